import { type Fault, messageOf } from '../core/failures.ts';
import type { ShardMessage } from '../core/messages.ts';
import type { Delivery, Ports, Settled } from '../ports.ts';
import { openCluster } from './clusters.ts';
import { type Addressed, createOutbox } from './outbox.ts';
import { shardsOf } from './shards.ts';
import type { Window } from './slots.ts';
import { dueOn } from './sweep-cluster.ts';
import {
  AHEAD,
  type Behind,
  fallBehind,
  isDown,
  readWatermark,
  windowOf,
  writeWatermark,
} from './watermark.ts';
import { bury, parseJson } from './work.ts';

/** The clock ticks this often, milliseconds. */
export const TICK = 60_000;
/** A shard older than this takes the newest tick instead of its own, milliseconds. */
const STALE_AFTER = 55_000;
/** How long one cluster may take in a sweep, milliseconds: the others of its shard wait for it. */
const CLUSTER_TIME = 10_000;
/** How long what was found waits for the other clusters of the shard, to be sent together, milliseconds. */
const GATHER_TIME = 1000;

/** Sweeps each shard named: finds what is due on its clusters and sends it to its kind's queue; the watermark is the only write. */
export async function sweep(
  batch: readonly Delivery[],
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Settled[]> {
  const settled: Settled[] = [];
  for (const delivery of batch)
    settled.push({ id: delivery.id, ok: await sweepOne(delivery, ports, signal) });
  return settled;
}

async function sweepOne(delivery: Delivery, ports: Ports, signal: AbortSignal): Promise<boolean> {
  const shard = parseShard(delivery.body);
  if (shard === undefined) return bury(delivery, 'not a shard of a tick', ports, 'sweep');
  const now = ports.clock.now().getTime();
  const tick = currentTick(Date.parse(shard.tick), now);
  const mark = await readWatermark(ports.store, shard.shard, now);
  if (mark.tick !== undefined && mark.tick >= tick) return true;
  const left = shard.clusters.filter((id) => isDown(mark, id, tick));
  const rest = shard.clusters.filter((id) => !isDown(mark, id, tick));
  const failed = await sweepClusters(rest, (id) => windowOf(mark, id, tick), ports, signal);
  const behind: readonly (readonly [string, Behind | undefined])[] = [
    ...left.map((id) => [id, mark.behind.get(id)] as const),
    ...failed.map((id) => [id, fallBehind(mark, id, tick)] as const),
  ];
  const known = behind.flatMap(([id, one]) => (one === undefined ? [] : [[id, one] as const]));
  await writeWatermark(ports.store, shard.shard, { tick, behind: new Map(known) });
  return true;
}

/** A shard that waited for long takes the newest tick, so that those behind it have nothing left to do; so does one of a time to come. */
function currentTick(tick: number, now: number): number {
  return now - tick > STALE_AFTER || tick > now + AHEAD ? tickAt(now) : tick;
}

function tickAt(now: number): number {
  return Math.floor(now / TICK) * TICK;
}

function parseShard(body: string): ShardMessage | undefined {
  const value = parseJson(body) as Partial<ShardMessage> | null | undefined;
  const isWhole =
    typeof value?.shard === 'string' && Array.isArray(value.clusters) && typeof value.tick === 'string';
  return isWhole && !Number.isNaN(Date.parse(value?.tick ?? '')) ? (value as ShardMessage) : undefined;
}

/** The clusters that could not be looked at, or whose messages could not be sent: their windows stay open. */
async function sweepClusters(
  ids: readonly string[],
  window: (id: string) => Window,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const outbox = createOutbox(ports.queues);
  const over = new AbortController();
  const flushing = flushNowAndThen(outbox.flush, ports, over.signal);
  let looking = ids.length;
  const find = async (id: string): Promise<{ readonly sent: Promise<void> }> => {
    try {
      return { sent: outbox.put(await lookAt(id, window(id), ports, signal)) };
    } finally {
      looking -= 1;
      if (looking === 0) outbox.flush();
    }
  };
  const failed = await Promise.all(
    ids.map(async (id) => {
      try {
        const { sent } = await find(id);
        await sent;
        return [];
      } catch (error) {
        ports.log.warn('cluster not swept', { cluster: id, error: messageOf(error) });
        return [id];
      }
    }),
  );
  over.abort();
  await flushing;
  return failed.flat();
}

/** A cluster that is slow holds up what was found on the others for this long only. */
async function flushNowAndThen(flush: () => void, { clock }: Ports, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await clock.sleep(GATHER_TIME, over).catch(() => undefined);
    flush();
  }
}

async function lookAt(
  id: string,
  window: Window,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Addressed[]> {
  const limit = AbortSignal.any([signal, ports.clock.timeout(CLUSTER_TIME)]);
  const visit = await openCluster(id, ports, limit);
  if (visit.refused === undefined) return dueOn(visit, window, ports);
  ports.log.warn('cluster left out', { cluster: visit.record.name, why: visit.refused });
  return [];
}

/** Enqueues every registered cluster, in shards, for the tick at `now`. */
export async function tick(now: Date, ports: Ports): Promise<void> {
  const unreadable = (id: string, fault: Fault) =>
    ports.log.warn('cluster left out', { cluster: id, error: fault.message });
  const owned = (await ports.clusters.list(unreadable)).filter(({ settings }) => settings.owns !== 'none');
  ports.metrics?.clusters(owned.map(({ name }) => name));
  const clusters = owned.map(({ id }) => id);
  if (clusters.length === 0) return;
  const at = new Date(tickAt(now.getTime())).toISOString();
  const shards = shardsOf(clusters).map(
    ({ shard, clusters }): ShardMessage => ({ shard, clusters, tick: at }),
  );
  await ports.queues.send(
    'sweep',
    shards.map((shard) => ({
      body: JSON.stringify(shard),
      group: shard.shard,
      dedupId: `${shard.shard}-${Date.parse(at)}`,
    })),
  );
}
