import { afterEach, expect, test } from 'vitest';
import type { ObjectStore } from '../../../shared/ports.ts';
import { runBlobSweeps } from '../../../shared/runtime/local/blobs.ts';
import { runClock } from '../../../shared/runtime/local/tick.ts';
import { createWorld } from '../reconcile/world.ts';

const HOUR = 3_600_000;
const BLOB = `blobs/${'a'.repeat(64)}`;
const stop = { now: new AbortController() };

afterEach(() => {
  stop.now.abort();
  stop.now = new AbortController();
});

test('the clock of the local runtime sweeps the blobs at its start, and remembers it', async () => {
  const world = await worldWithBlob();

  void runClock(world.ports, stop.now.signal);
  await world.clock.settle();

  expect(await world.store.head(BLOB)).toBeUndefined();
  expect(world.log.entries).toEqual([
    { level: 'info', message: 'blobs swept', data: { deleted: 1, bytes: 3 } },
  ]);
  expect(JSON.parse(Buffer.from((await mark(world.store)) ?? []).toString())).toEqual({
    sweptAt: world.clock.now().toISOString(),
  });
});

test('blobs are swept once a day, also over a restart', async () => {
  const world = await worldWithBlob();
  const sweptAt = async () => JSON.parse(Buffer.from((await mark(world.store)) ?? []).toString()).sweptAt;
  const first = new AbortController();
  void runBlobSweeps(world.ports, first.signal);
  await world.clock.advance(HOUR);
  first.abort();
  await world.store.put(BLOB, Buffer.from('new'));

  void runBlobSweeps(world.ports, stop.now.signal);
  const times = [await sweptAt()];
  for (const hours of [22, 2, 22, 1]) {
    await world.clock.advance(hours * HOUR);
    times.push(await sweptAt());
  }

  const [once, still, again, unchanged, thrice] = times;
  expect([still, unchanged]).toEqual([once, again]);
  expect(new Set([once, again, thrice]).size).toBe(3);
  // What deletes nothing is no news.
  expect(sweeps(world)).toBe(2);
  expect(await world.store.head(BLOB)).toBeUndefined();
});

test.each(['{', 'null', '{}', '{"sweptAt":"soon"}', '{"sweptAt":"2999-01-01T00:00:00Z"}'])(
  'a watermark that cannot be true counts as none: %s',
  async (text) => {
    const world = await worldWithBlob();
    await world.store.put('watermarks/blobs.json', Buffer.from(text));

    void runBlobSweeps(world.ports, stop.now.signal);
    await world.clock.settle();

    expect(sweeps(world)).toBe(1);
  },
);

test('a sweep that is refused or fails says so and is tried again an hour later', async () => {
  const world = await worldWithBlob();
  const pointer = 'artifacts/c1/gitrepository/apps/a/b.tar.gz';
  await world.store.put(pointer, Buffer.from('{'));

  void runBlobSweeps(world.ports, stop.now.signal);
  await world.clock.settle();
  expect(world.log.entries).toMatchObject([
    {
      level: 'warn',
      message: 'blobs not swept',
      data: { deleted: 0, error: expect.stringContaining(pointer) },
    },
  ]);
  await world.store.delete(pointer);
  await world.clock.advance(HOUR);

  expect(sweeps(world)).toBe(1);
});

test('a store that is down does not end it', async () => {
  const world = await worldWithBlob();
  const { get } = world.store;
  const down: ObjectStore['get'] = async () => {
    throw new Error('down');
  };
  world.store.get = down;
  void runBlobSweeps(world.ports, stop.now.signal);
  await world.clock.settle();
  world.store.get = get;
  await world.clock.advance(HOUR);

  expect(world.log.entries.map(({ message }) => message)).toEqual(['blobs not swept', 'blobs swept']);
});

async function worldWithBlob(): Promise<ReturnType<typeof createWorld>> {
  const world = createWorld();
  await world.store.put(BLOB, Buffer.from('old'));
  await world.clock.advance(25 * HOUR);
  return world;
}

function sweeps({ log }: ReturnType<typeof createWorld>): number {
  return log.entries.filter(({ message }) => message === 'blobs swept').length;
}

async function mark(store: ObjectStore): Promise<Uint8Array | undefined> {
  return (await store.get('watermarks/blobs.json'))?.body;
}
