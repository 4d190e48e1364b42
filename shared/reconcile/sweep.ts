import { apiVersionOf, KINDS, type Kind } from '../api/kinds.ts';
import { LABEL, WATCH_ENABLED } from '../api/vocabulary.ts';
import { conditionOf } from '../core/conditions.ts';
import { type Fault, isFault, messageOf } from '../core/failures.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import type { Reason, ShardMessage } from '../core/messages.ts';
import { namespacedName } from '../core/references.ts';
import type { ClusterRecord, Delivery, KubernetesObject, Ports, Settled } from '../ports.ts';
import { openCluster, type Visit } from './clusters.ts';
import { configurationOf } from './configuration.ts';
import { FIRST_SWEPT_HOP } from './delays.ts';
import { due, lateBoundary, lateHop, type Neighbours, type Timing } from './due.ts';
import { hopId, ownedBy } from './engine.ts';
import { groupOfMessage, newMessage } from './enqueue.ts';
import { withinReach } from './reach.ts';
import type { Reconciled } from './reconciler.ts';
import { queueOf, timingOf } from './registry.ts';
import { listIfServed } from './served.ts';
import { shardsOf } from './shards.ts';
import type { Window } from './slots.ts';
import { readWatermark, windowOf, writeWatermark } from './watermark.ts';
import { bury, parseJson } from './work.ts';

/** The clock ticks this often, milliseconds. */
export const TICK = 60_000;
/** A shard older than this takes the newest tick instead of its own, milliseconds. */
const STALE_AFTER = 55_000;
/** How long one cluster may take in a sweep, milliseconds: the others of its shard wait for it. */
const CLUSTER_TIME = 10_000;

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
  const tick = currentTick(Date.parse(shard.tick), ports.clock.now().getTime());
  const mark = await readWatermark(ports.store, shard.shard);
  if (mark.tick !== undefined && mark.tick >= tick) return true;
  const behind = await Promise.all(
    shard.clusters.map(async (id) => {
      const window = windowOf(mark, id, tick);
      return (await sweepCluster(id, window, ports, signal)) ? [] : [[id, window.from] as const];
    }),
  );
  await writeWatermark(ports.store, shard.shard, { tick, behind: new Map(behind.flat()) });
  return true;
}

/** A shard that waited for long takes the newest tick, so that those behind it have nothing left to do. */
function currentTick(tick: number, now: number): number {
  return now - tick > STALE_AFTER ? Math.max(tick, tickAt(now)) : tick;
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

/** False when the cluster could not be looked at: then its window stays open. */
async function sweepCluster(id: string, window: Window, ports: Ports, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, ports.clock.timeout(CLUSTER_TIME)]);
    const visit = await openCluster(id, ports, limit);
    if (visit.refused !== undefined) {
      ports.log.warn('cluster left out', { cluster: visit.record.name, why: visit.refused });
      return true;
    }
    await sweepObjects(visit, window, ports);
    return true;
  } catch (error) {
    ports.log.warn('cluster not swept', { cluster: id, error: messageOf(error) });
    return false;
  }
}

async function sweepObjects(visit: Visit, window: Window, ports: Ports): Promise<void> {
  const lists = await Promise.all(KINDS.map((kind) => listKind(visit, kind)));
  const objects = lists.flat().filter((object) => ownedBy(visit, object));
  const changed = await changedConfiguration(visit, window);
  const byName = new Map(objects.map((object) => [keyOf(object.kind, object), object]));
  const trace = ports.chance.uuid();
  for (const object of objects) {
    try {
      await sendIfDue(object, neighboursOf(object, byName, changed), visit.record, window, trace, ports);
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
      ports.log.warn('object left out', { object: keyOf(object.kind, object), error: messageOf(error) });
    }
  }
}

async function sendIfDue(
  object: Reconciled,
  neighbours: Neighbours,
  record: ClusterRecord,
  window: Window,
  trace: string,
  ports: Ports,
): Promise<void> {
  const queue = queueOf(object.kind);
  const timing = timingOf(object);
  const reason = due(object, neighbours, timing, window);
  if (queue === undefined || reason === undefined) return;
  const { uid = '', name, namespace = '' } = object.metadata;
  const target = { kind: object.kind, namespace, name };
  const hop = reason === 'wait' ? lateHop(object, window.to) : undefined;
  const boundary = reason === 'sweep' ? lateBoundary(object, timing, window) : undefined;
  const hops = hop ?? (isAgain(reason, object, timing) ? FIRST_SWEPT_HOP : 0);
  const message = { ...newMessage(record.id, target, reason, new Date(window.to), trace), hops };
  // What a chain through `later` should have sent carries the id that it would have had.
  const dedupId =
    hop !== undefined
      ? hopId(object, hop)
      : boundary !== undefined
        ? dedupIdOf(uid, boundary)
        : dedupIdOf('sweep', uid, window.to);
  const group = groupOfMessage(queue, message, record);
  await ports.queues.send(queue, [{ body: JSON.stringify(message), group, dedupId }]);
}

/** Whether the visit continues a back-off whose first steps are behind it. */
function isAgain(reason: Reason, object: Reconciled, { retryInterval }: Timing): boolean {
  if (reason === 'retry') return object.metadata.deletionTimestamp !== undefined;
  return (
    reason === 'sweep' &&
    retryInterval === undefined &&
    conditionOf(object.status?.conditions, 'Ready')?.status === 'False'
  );
}

async function listKind(visit: Visit, { group, version, kind }: Kind): Promise<readonly Reconciled[]> {
  if (queueOf(kind) === undefined) return [];
  const items = await listIfServed(visit.cluster, { apiVersion: apiVersionOf({ group, version }), kind });
  return items as readonly Reconciled[];
}

const CONFIGURATION = ['ConfigMap', 'Secret'] as const;

/** `Kind/namespace/name` of watched ConfigMaps and Secrets written in the window (COM-25). */
async function changedConfiguration(visit: Visit, window: Window): Promise<ReadonlySet<string>> {
  const labelSelector = `${LABEL.watch}=${WATCH_ENABLED}`;
  const collections = CONFIGURATION.flatMap((kind) =>
    withinReach({ apiVersion: 'v1', kind }, visit.record.settings),
  );
  const lists = await Promise.all(
    collections.map(async (collection) => {
      const { items } = await visit.cluster.listMetadata(collection, { labelSelector });
      const written = items.filter((item) => lastWrite(item) > window.from);
      return written.map((item) => keyOf(collection.kind, item));
    }),
  );
  return new Set(lists.flat());
}

function lastWrite({ metadata }: KubernetesObject): number {
  const times = (metadata.managedFields ?? []).map(({ time }) => Date.parse(time ?? '') + 999);
  return Math.max(...times, Date.parse(metadata.creationTimestamp ?? '') + 999);
}

interface Consuming {
  readonly sourceRef?: { readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
}

function neighboursOf(
  object: Reconciled,
  byName: ReadonlyMap<string, Reconciled>,
  changed: ReadonlySet<string>,
): Neighbours {
  const { sourceRef, dependsOn = [] } = (object.spec ?? {}) as Consuming;
  const namespace = object.metadata.namespace ?? '';
  const find = (kind: string, reference: { name: string; namespace?: string }): Reconciled | undefined =>
    byName.get(keyOf(kind, { metadata: { namespace, ...reference } }));
  const source =
    sourceRef &&
    find(sourceRef.kind, {
      name: sourceRef.name,
      ...(sourceRef.namespace && { namespace: sourceRef.namespace }),
    });
  return {
    ...(source && { source: source as NonNullable<Neighbours['source']> }),
    dependencies: dependsOn.flatMap(
      ({ name, namespace: other }) => find(object.kind, { name, namespace: other || namespace }) ?? [],
    ),
    configurationChanged: configurationOf(object).some(({ kind, name }) =>
      changed.has(keyOf(kind, { metadata: { name, namespace } })),
    ),
  };
}

function keyOf(kind: string, { metadata }: { metadata: { name: string; namespace?: string } }): string {
  return `${kind}/${namespacedName({ name: metadata.name, namespace: metadata.namespace ?? '' })}`;
}

/** Enqueues every registered cluster, in shards, for the tick at `now`. */
export async function tick(now: Date, ports: Ports): Promise<void> {
  const unreadable = (id: string, fault: Fault) =>
    ports.log.warn('cluster left out', { cluster: id, error: fault.message });
  const clusters = (await ports.clusters.list(unreadable))
    .filter(({ settings }) => settings.owns !== 'none')
    .map(({ id }) => id);
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
