import { expect, test } from 'vitest';
import { createSharing } from '../../../shared/adapters/kubernetes/sharing.ts';

/** A read that is answered when the test says so; `asked` counts how often it was sent. */
function slowRead() {
  const answers: ((value: string) => void)[] = [];
  const refusals: ((error: Error) => void)[] = [];
  const read = (): Promise<string> =>
    new Promise((resolve, reject) => {
      answers.push(resolve);
      refusals.push(reject);
    });
  return { read, answers, refusals, asked: () => answers.length };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('whoever comes while a read is under way shares the next one, and is never told what was read before', async () => {
  const share = createSharing();
  const { read, answers, asked } = slowRead();

  const first = share('a', read);
  const others = [share('a', read), share('a', read), share('a', read)];
  expect(asked()).toBe(1);
  answers[0]?.('before');
  expect(await first).toBe('before');
  await turn();
  expect(asked()).toBe(2);
  answers[1]?.('after');

  expect(await Promise.all(others)).toEqual(['after', 'after', 'after']);
});

test('other reads are not held up', async () => {
  const share = createSharing();
  const one = slowRead();
  const other = slowRead();

  void share('one', one.read);
  const answer = share('other', other.read);
  other.answers[0]?.('other');

  expect(await answer).toBe('other');
});

test('a read that fails fails for those who shared it, and not for the next', async () => {
  const share = createSharing();
  const { read, answers, refusals } = slowRead();

  const first = share('a', read);
  const next = share('a', read);
  refusals[0]?.(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await turn();
  answers[1]?.('well');

  expect(await next).toBe('well');
});

test('one after the other each is sent', async () => {
  const share = createSharing();
  let sent = 0;
  const read = async (): Promise<number> => ++sent;

  expect([await share('a', read), await share('a', read)]).toEqual([1, 2]);
});

test('those who may wait are gathered', async () => {
  const share = createSharing();
  const { read, answers, asked } = slowRead();
  const first = share('a', read, { gather: true });
  const second = share('a', read, { gather: true });
  answers[0]?.('one');
  await first;
  const third = share('a', read, { gather: true });
  await new Promise((resolve) => setTimeout(resolve, 120));
  answers[1]?.('two');

  expect(await Promise.all([second, third])).toEqual(['two', 'two']);
  expect(asked()).toBe(2);
});
