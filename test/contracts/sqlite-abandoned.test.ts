import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance } from '../../shared/adapters/local/system.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { bodies, fifo } from './queues.ts';
import { scratchDirectory } from './scratch.ts';

async function open() {
  const path = join(await scratchDirectory(), 'queues.db');
  const queues = openSqliteQueues({ path, clock: createManualClock(), chance: systemChance });
  onTestFinished(() => queues.close());
  return queues;
}

test('what a dead process holds can be freed at once: it comes again, with its count, and blocks its group no more', async () => {
  const queues = await open();
  await queues.send('apply', [fifo('1', 'g', 'one'), fifo('2', 'g', 'two')]);
  const [held] = await queues.receive('apply', 1, 60_000);
  expect(await queues.receive('apply', 10, 60_000)).toEqual([]);

  expect(await queues.freeHeld()).toBe(1);

  const again = await queues.receive('apply', 10, 60_000);
  expect(bodies(again)).toEqual(['1', '2']);
  expect(again.map(({ receiveCount }) => receiveCount)).toEqual([2, 1]);
  expect(await queues.acknowledge('apply', held ? [held] : [])).toBe(0);
});

test('what was given back for later stays for later, and nothing held is nothing freed', async () => {
  const queues = await open();
  await queues.send('apply', [fifo('1', 'g', 'one')]);
  await queues.release('apply', await queues.receive('apply', 1, 60_000), 30_000);

  expect(await queues.freeHeld()).toBe(0);

  expect(await queues.receive('apply', 10, 60_000)).toEqual([]);
});
