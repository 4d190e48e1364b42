import { expect } from 'vitest';
import type { WorkQueues } from '../../shared/adapters/local/work-queues.ts';
import { createManualClock, type ManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { buriedBody, type DeadLetter } from '../../shared/core/dead-letters.ts';
import type { Clock, DeadLetters } from '../../shared/ports.ts';
import { type KnownFailures, testOrKnown } from './known-failures.ts';
import { fifo } from './queues.ts';

/** The dead-letter queue from both ends. */
export interface DeadLetterQueue {
  readonly queues: WorkQueues;
  readonly dead: DeadLetters;
}

/** What every reading end of the dead-letter queue does; `open` is called once per test. */
export function deadLettersContract(
  open: (clock: Clock) => Promise<DeadLetterQueue>,
  knownFailures: KnownFailures = {},
): void {
  const test = testOrKnown(knownFailures);

  async function opened() {
    const clock = createManualClock();
    return { clock, ...(await open(clock)) };
  }
  const all = (dead: DeadLetters) => dead.hold(async ({ letters }) => letters);

  test('shows what workers gave up, oldest first, whole, as often as it is asked', async () => {
    const { clock, queues, dead } = await opened();
    for (let index = 0; index < 23; index += 1) {
      await bury(queues, clock, `m${index}`);
      await clock.advance(1000);
    }

    const seen = await all(dead);

    expect(seen.map(({ body }) => body)).toEqual(Array.from({ length: 23 }, (_, index) => `m${index}`));
    expect(seen[2]).toMatchObject({ reason: 'why m2', queue: 'apply', cut: false });
    expect(seen[2]?.diedAt).toEqual(new Date('2026-01-01T00:00:02Z'));
    expect(await all(dead)).toEqual(seen);
  });

  test('tells of a message that was received too often where it was, and its group', async () => {
    const { queues, dead } = await opened();
    await queues.send('apply', [fifo('poison', 'c1#3')]);
    await queues.release('apply', await queues.receive('apply', 1, 1000, 1));
    await queues.receive('apply', 1, 1000, 1);

    expect(await all(dead)).toMatchObject([
      {
        body: 'poison',
        queue: 'apply',
        group: 'c1#3',
        cut: false,
        reason: expect.stringContaining('1 time'),
      },
    ]);
  });

  test('what is removed is gone, what is not stays, whoever removes it', async () => {
    const { clock, queues, dead } = await opened();
    for (const body of ['a', 'b', 'c']) await bury(queues, clock, body);
    const [first] = await all(dead);

    await dead.hold(async ({ letters, remove }) => {
      await remove(letters[1] as DeadLetter);
      await remove(letters[1] as DeadLetter);
    });

    expect((await all(dead)).map(({ body }) => body)).toEqual([first?.body, 'c']);
  });

  test('a reader that fails changes nothing', async () => {
    const { clock, queues, dead } = await opened();
    await bury(queues, clock, 'a');

    const failing = dead.hold(async () => {
      throw new Error('the reader fails');
    });

    await expect(failing).rejects.toThrow('the reader fails');
    expect(await all(dead)).toMatchObject([{ body: 'a' }]);
  });

  test('what no worker of ours wrote is shown as it is', async () => {
    const { queues, dead } = await opened();
    await queues.send('dead', [fifo('{"reason":1}')]);

    const [letter] = await all(dead);

    expect(letter).toMatchObject({ body: '{"reason":1}', reason: expect.stringContaining('unknown') });
    expect(letter?.queue).toBeUndefined();
  });
}

async function bury(queues: WorkQueues, clock: ManualClock, body: string): Promise<void> {
  const letter = {
    id: `id of ${body}`,
    body,
    reason: `why ${body}`,
    at: clock.now(),
    queue: 'apply',
  } as const;
  await queues.send('dead', [fifo(buriedBody(letter), `group-of-${body}`)]);
}
