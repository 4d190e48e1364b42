import { describe, expect, test } from 'vitest';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { type LeasedRecord, onCall, onSqs } from '../../../shared/runtime/aws/invocation.ts';
import type { SqsEvent } from '../../../shared/runtime/lambda.ts';

function record(id: string, group?: string): LeasedRecord {
  const attributes = { ApproximateReceiveCount: '1', ...(group !== undefined && { MessageGroupId: group }) };
  return { messageId: id, body: id, receiptHandle: `receipt-${id}`, attributes };
}

function setting() {
  const clock = createManualClock();
  const extended: string[] = [];
  const extend = async (queue: string, receipts: readonly string[], seconds: number): Promise<void> => {
    extended.push(`${clock.now().getTime() / 1000}s ${queue} ${receipts.join()} ${seconds}`);
  };
  const ports = { clock, log: createCollectingLog() };
  return { clock, extended, ports, world: async () => ({ ports, extend }) };
}

const failing =
  (...ids: readonly string[]) =>
  async () => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

const PLENTY = { getRemainingTimeInMillis: () => 120_000 };

describe('a batch', () => {
  test('is given back from the first failure of a group on, and other groups are done with', async () => {
    const { world } = setting();
    const handler = onSqs('source', world, failing('b'));
    const Records = [record('a', 'x'), record('b', 'x'), record('c', 'y'), record('d', 'x')];

    expect(await handler({ Records }, PLENTY)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'd' }],
    });
  });

  test('of a standard queue gives back only what failed', async () => {
    const { world } = setting();
    const handler = onSqs('arrivals', world, failing('a'));

    expect(await handler({ Records: [record('a'), record('b')] }, PLENTY)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }],
    });
  });

  test('that throws is thrown, so that Lambda gives all of it back', async () => {
    const { world } = setting();
    const handler = onSqs('source', world, async () => {
      throw new Error('no memory');
    });

    await expect(handler({ Records: [record('a', 'x')] }, PLENTY)).rejects.toThrow('no memory');
  });
});

describe('a lease', () => {
  test('is shortened to a minute after 2 s, and renewed each 20 s until the batch is done', async () => {
    const { clock, extended, world } = setting();
    const start = clock.now().getTime() / 1000;
    const handler = onSqs('apply', world, async (): Promise<{ batchItemFailures: [] }> => {
      for (const _ of [1, 2, 3]) await clock.advance(15_000);
      return { batchItemFailures: [] };
    });
    await handler({ Records: [record('a', 'x'), record('b', 'x')] }, PLENTY);
    await clock.advance(60_000);

    expect(extended).toEqual([2, 22, 42].map((at) => `${start + at}s apply receipt-a,receipt-b 60`));
  });

  test('of a batch that is done within 2 s is left alone', async () => {
    const { clock, extended, world } = setting();
    const handler = onSqs('apply', world, async (): Promise<{ batchItemFailures: [] }> => {
      await clock.advance(1_900);
      return { batchItemFailures: [] };
    });
    await handler({ Records: [record('a', 'x')] }, PLENTY);
    await clock.advance(60_000);

    expect(extended).toEqual([]);
  });

  test('of a queue whose own is a minute is left alone', async () => {
    const { extended, world } = setting();
    await onSqs('later', world, failing())({ Records: [record('a')] }, PLENTY);

    expect(extended).toEqual([]);
  });
});

describe('the time left', () => {
  test('ends 5 s before Lambda does', async () => {
    const { clock, world } = setting();
    let signal: AbortSignal | undefined;
    const handler = onSqs('later', world, async (_event: SqsEvent, _ports, given) => {
      signal = given;
      await clock.advance(24_999);
      expect(given.aborted).toBe(false);
      await clock.advance(1);
      return { batchItemFailures: [] };
    });
    await handler({ Records: [record('a')] }, { getRemainingTimeInMillis: () => 30_000 });

    expect(signal?.aborted).toBe(true);
  });
});

test('what could not be opened is opened anew by the next invocation, and then kept', async () => {
  const { ports } = setting();
  const tries: number[] = [];
  const open = async () => {
    tries.push(tries.length);
    if (tries.length === 1) throw new Error('no key yet');
    return ports;
  };
  const handler = onCall(open, async (event: string) => event);

  await expect(handler('one', PLENTY)).rejects.toThrow('no key yet');
  expect(await handler('two', PLENTY)).toBe('two');
  expect(await handler('three', PLENTY)).toBe('three');
  expect(tries).toHaveLength(2);
});
