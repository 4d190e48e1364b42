import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { WorkQueues } from '../../shared/adapters/local/work-queues.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import type { Clock } from '../../shared/ports.ts';
import { bodies, fifo, receivingContract, sendingContract } from './queues.ts';
import { timedQueuesContract } from './queues-in-time.ts';
import { delayedQueuesContract } from './queues-sqs.ts';
import { scratchDirectory } from './scratch.ts';

function openAt(path: string, clock: Clock = systemClock): WorkQueues {
  const queues = openSqliteQueues({ path, clock, chance: systemChance });
  onTestFinished(() => queues.close());
  return queues;
}

function start(script: string, ...args: readonly string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, 'children', script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function drain(queues: WorkQueues): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const batch = await queues.receive('apply', 10, 60_000);
    if (batch.length === 0) return all;
    all.push(...bodies(batch));
    await queues.acknowledge('apply', batch);
  }
}

describe('SQLite queues', () => {
  const open = async (clock: Clock) => openAt(join(await scratchDirectory(), 'state', 'queues.db'), clock);

  sendingContract(() => open(createManualClock()));
  receivingContract(open);
  delayedQueuesContract(open);
  timedQueuesContract(open);

  test('only the owner can read the file', async () => {
    const path = join(await scratchDirectory(), 'state', 'queues.db');

    await openAt(path).send('apply', [fifo('secret')]);

    for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o777, file).toBe(0o600);
  });

  test('what was sent and what was handled is still so after opening again', async () => {
    const path = join(await scratchDirectory(), 'queues.db');
    const clock = createManualClock();
    const first = openSqliteQueues({ path, clock, chance: systemChance });
    await first.send('apply', [fifo('1', 'g', 'one'), fifo('2', 'g', 'two')]);
    await first.acknowledge('apply', await first.receive('apply', 1, 1000));
    first.close();

    const second = openAt(path, clock);
    await second.send('apply', [fifo('1 again', 'g', 'one')]);

    expect(await drain(second)).toEqual(['2']);
  });

  test('kill -9: every message whose send had resolved is there, once and in order', async () => {
    const path = join(await scratchDirectory(), 'queues.db');
    const sender = start('send-forever.ts', path);
    let printed = '';
    sender.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    while (printed.split('\n').length < 300) await once(sender.stdout, 'data');
    sender.kill('SIGKILL');
    await once(sender, 'close');

    const received = (await drain(openAt(path))).map(Number);

    const resolved = printed.slice(0, printed.lastIndexOf('\n')).split('\n').map(Number);
    expect(resolved.length).toBeGreaterThan(290);
    expect(received.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: received.length }, (_, index) => index),
    );
    expect(received.length).toBeGreaterThanOrEqual(resolved.length);
    for (let group = 0; group < 7; group += 1) {
      const ofGroup = received.filter((number) => number % 7 === group);
      expect(ofGroup).toEqual(ofGroup.toSorted((a, b) => a - b));
    }
  });

  test('kill -9 between receive and acknowledge: it comes again after the visibility timeout, with count 2', async () => {
    const path = join(await scratchDirectory(), 'queues.db');
    const queues = openAt(path);
    await queues.send('apply', [fifo('x'), fifo('behind')]);
    const worker = start('receive-and-hang.ts', path, '700');
    await once(worker.stdout, 'data');
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect(await queues.receive('apply', 10, 1000)).toEqual([]);

    await queues.waitForWork('apply', new AbortController().signal);

    expect(await queues.receive('apply', 10, 1000)).toMatchObject([
      { body: 'x', receiveCount: 2 },
      { body: 'behind', receiveCount: 1 },
    ]);
  });

  test('a waiter notices what another process sends', async () => {
    const path = join(await scratchDirectory(), 'queues.db');
    const waiting = openAt(path).waitForWork('apply', new AbortController().signal);

    await openAt(path).send('apply', [fifo('x')]);

    await waiting;
  });

  test('two connections never hold one group at once', async () => {
    const path = join(await scratchDirectory(), 'queues.db');
    const [one, two] = [openAt(path), openAt(path)];
    await one.send('apply', [fifo('1'), fifo('2')]);

    const held = await Promise.all([one.receive('apply', 1, 1000), two.receive('apply', 1, 1000)]);

    expect(held.flatMap((batch) => bodies(batch))).toEqual(['1']);
  });
});
