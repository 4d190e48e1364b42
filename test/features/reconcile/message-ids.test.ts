import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryQueues } from '../../../shared/adapters/memory/memory-queues.ts';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import { attemptId, dedupIdOf, groupOfObject } from '../../../shared/core/message-ids.ts';
import type { Ports } from '../../../shared/ports.ts';
import { groupOfMessage, newMessage, sendLater, sendWork } from '../../../shared/reconcile/enqueue.ts';
import { clusterRecord, NOW, workMessage } from '../../builders.ts';

const LONG = 'n'.repeat(253);
const CLUSTER = '3f6c1c1e-0000-4000-8000-000000000001';

function world() {
  const clock = createManualClock(NOW);
  const queues = createMemoryQueues(clock, createSeededChance());
  const ports = { queues, clock } as unknown as Ports;
  return { clock, queues, ports };
}

describe('groups', () => {
  test('hold at most 128 characters, for names of 253', () => {
    const message = workMessage({ cluster: CLUSTER, namespace: LONG, name: LONG });

    for (const queue of ['source', 'apply', 'image', 'helm'] as const) {
      expect(groupOfMessage(queue, message, clusterRecord()).length).toBeLessThanOrEqual(128);
    }
  });

  test('are the same for the same object, whatever woke it', () => {
    const one = workMessage({ reason: 'watch', hops: 0, trace: 'a' });
    const other = workMessage({ reason: 'retry', hops: 9, trace: 'b', since: '2020-01-01T00:00:00Z' });

    expect(groupOfMessage('apply', one, clusterRecord())).toBe(
      groupOfMessage('apply', other, clusterRecord()),
    );
  });

  test('[COM-30 concurrency] are as many as the cluster wants, all of them used, none shared with another cluster', () => {
    const settings = { owns: 'all', profile: 'flux', groups: 4 } as const;
    const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
    const groups = (cluster: string) =>
      new Set(names.map((name) => groupOfMessage('apply', workMessage({ cluster, name }), { settings })));

    expect(groups('c1').size).toBe(4);
    expect([...groups('c1')].filter((group) => groups('c2').has(group))).toEqual([]);
  });

  test('tell kind, namespace and name apart', () => {
    const base = { cluster: 'c1', kind: 'K', namespace: 'a', name: 'b' };
    const group = (overrides: Partial<typeof base>) => groupOfObject({ ...base, ...overrides }, 1 << 30);

    expect(
      new Set([group({}), group({ kind: 'L' }), group({ namespace: 'x' }), group({ name: 'x' })]).size,
    ).toBe(4);
  });

  test('of helm are one for each object', () => {
    const groups = Array.from({ length: 100 }, (_, index) =>
      groupOfMessage('helm', workMessage({ name: `n${index}` }), clusterRecord()),
    );

    expect(new Set(groups).size).toBe(100);
  });
});

describe('deduplication ids', () => {
  test('are digests of their parts, 64 characters', () => {
    expect(dedupIdOf(LONG, LONG, LONG)).toMatch(/^[0-9a-f]{64}$/);
    expect(dedupIdOf('a', 1)).toBe(dedupIdOf('a', 1));
    expect(dedupIdOf('a', 'b')).not.toBe(dedupIdOf('ab'));
  });

  test('of an attempt change with each of its parts', () => {
    const base = { uid: 'u', generation: 1, attemptedRevision: 'r', since: 't' };
    const ids = [
      base,
      { ...base, uid: 'v' },
      { ...base, generation: 2 },
      { ...base, attemptedRevision: 's' },
      { ...base, since: 'w' },
    ].map(attemptId);

    expect(new Set(ids).size).toBe(5);
  });
});

describe('enqueueing', () => {
  const consumer = { kind: 'Kustomization', namespace: LONG, name: LONG };

  async function fanOut({ ports }: ReturnType<typeof world>, resourceVersion: string) {
    const message = newMessage('c1', consumer, 'source', NOW, 'trace');
    await sendWork(ports, clusterRecord(), 'apply', [
      { message, unique: ['source', 'uid', resourceVersion] },
    ]);
  }

  test('revisions A, B and A again arrive three times within five minutes, a repetition does not', async () => {
    const there = world();

    for (const resourceVersion of ['101', '102', '103', '103']) await fanOut(there, resourceVersion);

    expect((await there.queues.depth('apply')).ready).toBe(3);
  });

  test('a message carries who, why and since when, and no hops', async () => {
    const there = world();

    await fanOut(there, '1');

    const [delivered] = await there.queues.receive('apply', 10, 1000);
    expect(JSON.parse(delivered?.body ?? '')).toEqual({
      cluster: 'c1',
      ...consumer,
      reason: 'source',
      hops: 0,
      since: NOW.toISOString(),
      trace: 'trace',
    });
  });

  test('a message for later keeps its id and waits whole seconds, at least one', async () => {
    const there = world();

    await sendLater(there.ports, 'apply', workMessage(), 1200, 'id-1');
    await there.clock.advance(1999);
    expect((await there.queues.depth('later')).ready).toBe(0);
    await there.clock.advance(1);

    const [delivered] = await there.queues.receive('later', 10, 1000);
    expect(JSON.parse(delivered?.body ?? '')).toEqual({
      to: 'apply',
      dedupId: 'id-1',
      message: workMessage(),
    });
  });

  test('a delay is never none and never more than SQS allows', async () => {
    const there = world();

    await sendLater(there.ports, 'apply', workMessage(), 0, 'none');
    await sendLater(there.ports, 'apply', workMessage(), 86_400_000, 'much');
    await there.clock.advance(1000);
    expect((await there.queues.depth('later')).ready).toBe(1);
    await there.clock.advance(899_000);

    expect((await there.queues.depth('later')).ready).toBe(2);
  });
});
