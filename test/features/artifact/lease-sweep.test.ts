import { describe, expect, test } from 'vitest';
import { handler } from '../../../functions/blobs.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { runBlobSweeps } from '../../../shared/runtime/local/blobs.ts';
import { createWorld } from '../reconcile/world.ts';

const BLOB = `blobs/${'a'.repeat(64)}`;
const WARNED = { level: 'warn', message: 'leases not swept', data: { error: 'slow down' } };
const SWEPT = { level: 'info', message: 'blobs swept', data: { deleted: 1, bytes: 6 } };

/** A store with an old lease and an unused blob, which fails where leases are concerned. */
async function failing(call: 'list' | 'delete') {
  const world = createWorld();
  await world.store.put('leases/old', Buffer.from('{}'));
  await world.store.put(BLOB, Buffer.from('unused'));
  await world.clock.advance(25 * 3_600_000);
  const slow = () => {
    throw new Fault('server-error', 'slow down');
  };
  const store: ObjectStore = {
    ...world.store,
    list: (prefix) => (call === 'list' && prefix === 'leases/' ? slow() : world.store.list(prefix)),
    delete: async (key, condition) =>
      call === 'delete' && key.startsWith('leases/') ? slow() : world.store.delete(key, condition),
  };
  return { world, ports: { ...world.ports, store } };
}

describe.each(['list', 'delete'] as const)('where leases cannot be swept (%s)', (call) => {
  test('the function deletes unused blobs all the same, and says so', async () => {
    const { world, ports } = await failing(call);

    await handler(ports, new AbortController().signal);

    expect(world.log.entries).toEqual([WARNED, SWEPT]);
    expect(await world.store.head(BLOB)).toBeUndefined();
    expect(await world.store.head('leases/old')).toBeDefined();
  });

  test('so does the local runtime, which is done for the day then', async () => {
    const { world, ports } = await failing(call);
    const stop = new AbortController();

    void runBlobSweeps(ports, stop.signal);
    await world.clock.settle();
    stop.abort();

    expect(world.log.entries).toEqual([WARNED, SWEPT]);
    expect(await world.store.head(BLOB)).toBeUndefined();
    expect(await world.store.head('watermarks/blobs.json')).toBeDefined();
  });
});
