import { describe, expect, test } from 'vitest';
import { arrive } from '../../../shared/reconcile/arrivals.ts';
import { forward } from '../../../shared/reconcile/later.ts';
import { parseWork } from '../../../shared/reconcile/work.ts';
import { delivery, NOW, workMessage } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const { signal } = new AbortController();

describe('a work message', () => {
  test('is what we write', () => {
    expect(parseWork(JSON.stringify(workMessage()))).toEqual(workMessage());
  });

  test.each<readonly [string, string]>([
    ['no JSON', '{'],
    ['no object', '"text"'],
    ['nothing', 'null'],
    ['a list', '[]'],
    ...(['cluster', 'kind', 'namespace', 'name', 'reason', 'hops', 'since', 'trace'] as const).map(
      (field) => [`without ${field}`, JSON.stringify({ ...workMessage(), [field]: undefined })] as const,
    ),
    ['with hops that are no number', JSON.stringify({ ...workMessage(), hops: '1' })],
    ['with a name that is no text', JSON.stringify({ ...workMessage(), name: 1 })],
  ])('is not %s', (_name, body) => {
    expect(parseWork(body)).toBeUndefined();
  });
});

describe('arrivals', () => {
  test("go to their kind's queue, each delivery once", async () => {
    const world = createWorld();
    const source = workMessage({ kind: 'GitRepository', reason: 'delivery' });
    const batch = [delivery('1', source), delivery('2', workMessage()), delivery('1', source)];

    expect(await arrive(batch, world.ports, signal)).toEqual(['1', '2', '1'].map((id) => ({ id, ok: true })));
    expect(await bodiesOf(world, 'source')).toEqual([source]);
    expect(await bodiesOf(world, 'apply')).toEqual([workMessage()]);
  });

  test('that are not ours are buried with a reason, and done with', async () => {
    const world = createWorld();
    const batch = [
      delivery('1', 'hello'),
      delivery('2', workMessage({ kind: 'Pod' })),
      delivery('3', workMessage({ cluster: 'unknown' })),
    ];

    expect((await arrive(batch, world.ports, signal)).every(({ ok }) => ok)).toBe(true);
    expect(await bodiesOf(world, 'dead')).toEqual([
      { reason: 'not a trigger of ours', body: 'hello', id: '1', at: NOW.toISOString(), queue: 'arrivals' },
      expect.objectContaining({ reason: 'not a trigger of ours', id: '2' }),
      expect.objectContaining({ reason: 'no cluster unknown is registered', id: '3' }),
    ]);
  });

  test('of any size and any text can be buried', async () => {
    const world = createWorld();
    const bodies = ['x'.repeat(262_144), '"'.repeat(262_144), '🦭'.repeat(65_536), 'ä'.repeat(131_072)];

    const settled = await arrive(
      bodies.map((body, index) => delivery(String(index), body)),
      world.ports,
      signal,
    );

    expect(settled.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(await bodiesOf(world, 'dead')).toHaveLength(4);
  });

  test('that cannot be sent come again, the others do not', async () => {
    const world = createWorld();
    const send: typeof world.queues.send = async (queue, messages) => {
      if (queue === 'source') throw new Error('no queue');
      return world.queues.send(queue, messages);
    };
    const ports = { ...world.ports, queues: { send } };
    const batch = [delivery('1', workMessage({ kind: 'GitRepository' })), delivery('2', workMessage())];

    expect(await arrive(batch, ports, signal)).toEqual([
      { id: '1', ok: false },
      { id: '2', ok: true },
    ]);
    expect(world.log.entries.at(-1)).toMatchObject({ level: 'error', message: 'message failed' });
  });
});

describe('later', () => {
  const waited = (overrides: object = {}) => ({
    to: 'apply',
    dedupId: 'id',
    message: workMessage(),
    ...overrides,
  });

  test('forwards under the id that the message carried', async () => {
    const world = createWorld();

    await forward([delivery('1', waited()), delivery('2', waited())], world.ports);

    expect(await bodiesOf(world, 'apply')).toEqual([workMessage()]);
  });

  test('drops what is for a cluster that is gone', async () => {
    const world = createWorld();
    const message = workMessage({ cluster: 'gone' });

    expect(await forward([delivery('1', waited({ message }))], world.ports)).toEqual([{ id: '1', ok: true }]);
    expect(await bodiesOf(world, 'dead')).toEqual([]);
  });

  test.each([
    ['no JSON', '{'],
    ['for no queue', waited({ to: 'nowhere' })],
    ['for a standard queue, which takes no work', waited({ to: 'later' })],
    ['without an id', waited({ dedupId: 1 })],
    ['without a message', waited({ message: undefined })],
    ['with half a message', waited({ message: { cluster: 'c1' } })],
  ])('buries what is %s', async (_name, body) => {
    const world = createWorld();

    expect(await forward([delivery('1', body)], world.ports)).toEqual([{ id: '1', ok: true }]);
    expect(await bodiesOf(world, 'dead')).toMatchObject([
      { reason: 'not a message that waited here', id: '1' },
    ]);
  });
});
