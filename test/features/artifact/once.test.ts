import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { sweepBlobs } from '../../../shared/artifact/blob-sweep.ts';
import { blobKey } from '../../../shared/artifact/blobs.ts';
import { fetchOnce } from '../../../shared/artifact/once.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { collect } from '../../contracts/collect.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const body = Buffer.from('the artifact');
const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
let clock: ReturnType<typeof createManualClock>;
let store: ObjectStore;
let fetches: number;

beforeEach(() => {
  clock = createManualClock();
  store = createMemoryStore(clock);
  fetches = 0;
});

const packed = () => ({ body, digest, size: body.length, facts: { id: 'c1' } });
const fetch = async () => {
  fetches++;
  return packed();
};
const once = (
  how: () => Promise<ReturnType<typeof packed>> = fetch,
  key = 'k',
  signal = new AbortController().signal,
) => fetchOnce(key, { store, clock, signal }, how);

/** Time goes on while others wait. */
async function settled<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const ending = () => {
    isOver = true;
  };
  work.then(ending, ending);
  while (!isOver) {
    await new Promise(setImmediate);
    if (!isOver) await clock.advance(1000);
  }
  return work;
}

describe('a fetch that many ask for', () => {
  test('is made once, also by a hundred at the same moment, and told to all', async () => {
    const all = await settled(Promise.all(Array.from({ length: 100 }, () => once())));

    expect(fetches).toBe(1);
    expect(all.map(({ facts, size }) => [facts.id, size])).toEqual(Array(100).fill(['c1', body.length]));
    // It is stored, and nobody has to store it again.
    expect(all.filter((one) => one.body !== undefined)).toEqual([]);
    expect(Buffer.from((await store.get(blobKey(digest)))?.body ?? []).toString()).toBe('the artifact');
  });

  test('is another for another key', async () => {
    await once();
    await once(fetch, 'other');

    expect(fetches).toBe(2);
  });

  test.each(['2999-01-01T00:00:00Z', 'never'])('waits for no lease until %s', async (until) => {
    await store.put('leases/k', Buffer.from(JSON.stringify({ until })));
    const started = clock.now().getTime();
    await settled(once());

    expect([fetches, clock.now().getTime() - started]).toEqual([1, 0]);
  });

  test('is told for ten minutes', async () => {
    await once();
    await clock.advance(599_999);
    await once();
    expect(fetches).toBe(1);

    await clock.advance(1);
    await once();
    expect(fetches).toBe(2);
  });

  test('is made again when the blob is gone', async () => {
    await once();
    await store.delete(blobKey(digest));

    await once();
    expect(fetches).toBe(2);
    expect((await store.get(blobKey(digest)))?.body).toEqual(new Uint8Array(body));
  });

  test('is made again when its bytes are half as old as what is swept', async () => {
    await store.put(blobKey(digest), body);
    await clock.advance(12 * 3_600_000 - 60_000);
    await once();
    await clock.advance(59_999);
    await once();
    expect(fetches).toBe(1);

    await clock.advance(1);
    await once();

    expect(fetches).toBe(2);
    const stored = await store.head(blobKey(digest));
    expect(stored?.lastModified).toEqual(clock.now());
  });

  test('that came to something else is nobody else\u2019s', async () => {
    const other = await once(async () => ({ ...packed(), alone: true as const }));
    await once();

    expect([other.alone, fetches]).toEqual([true, 1]);
    expect((await once()).body).toBeUndefined();
  });

  test('is taken over when the one who made it died', async () => {
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    void once(() => {
      begin();
      return new Promise(() => {});
    });
    await begun;
    const next = once();
    await clock.advance(29_000);
    expect(fetches).toBe(0);

    await settled(next);
    expect(fetches).toBe(1);
  });

  test('that took longer than its lease is told to all as soon as it is there', async () => {
    const slow = async () => {
      fetches++;
      await clock.sleep(40_000);
      return packed();
    };
    const started = clock.now().getTime();
    const all = Array.from({ length: 20 }, async () => {
      await once(slow);
      return clock.now().getTime() - started;
    });
    const took = await settled(Promise.all(all));

    expect(fetches).toBe(2);
    // Of a clock that tells the time by itself: all but the second wait for the first alone.
    expect(took.filter((time) => time < 45_000)).toHaveLength(19);
  });

  test('that fails is told to the one who made it, and the next one tries at once', async () => {
    await faultOf(
      once(async () => Promise.reject(new Fault('unreachable', 'no', {}))),
      'unreachable',
    );
    await once();

    expect(fetches).toBe(1);
  });

  test('that always fails does not fail one by one for all who wait', async () => {
    const started = clock.now().getTime();
    const fails = async () => {
      fetches++;
      await clock.sleep(10_000);
      throw new Fault('timeout', 'too slow', {});
    };
    const all = Array.from({ length: 50 }, () => faultOf(once(fails), 'timeout'));
    await settled(Promise.all(all));

    expect(fetches).toBe(50);
    expect(clock.now().getTime() - started).toBeLessThanOrEqual(60_000);
  });

  test('is made alone where the store does not answer', async () => {
    const refuse = async (): Promise<never> => {
      throw new Fault('unreachable', 'no store', {});
    };
    const deaf = { ...store, get: refuse };
    const mute = { ...store, put: refuse };
    const signal = new AbortController().signal;
    for (const broken of [deaf, mute])
      expect((await fetchOnce('k', { store: broken, clock, signal }, fetch)).body).toEqual(body);

    expect(fetches).toBe(2);
  });

  test('is not waited for longer than there is time', async () => {
    void once(() => new Promise(() => {}));
    await new Promise(setImmediate);
    const over = new AbortController();
    const waiting = once(fetch, 'k', over.signal);
    over.abort();

    await expect(settled(waiting)).rejects.toThrow();
    expect(fetches).toBe(0);
  });

  test.each(['', 'nonsense', '{}', '{"at":1}'])('is made when the entry says %j', async (text) => {
    await store.put('leases/k', Buffer.from(text));

    await once();

    expect(fetches).toBe(1);
  });

  test('is forgotten by the daily sweep', async () => {
    await once();
    await clock.advance(24 * 3_600_000 + 1);
    await sweepBlobs(store, clock);

    expect(await collect(store.list('leases/'))).toEqual([]);
  });
});
