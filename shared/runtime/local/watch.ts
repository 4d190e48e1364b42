import { apiVersionOf, KINDS, type Kind } from '../../api/kinds.ts';
import { ANNOTATION, LABEL, WATCH_ENABLED } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import type { Cluster, ClusterRecord, Collection, KubernetesObject, Ports } from '../../ports.ts';
import { configurationOf, isWokenByConfiguration, READERS } from '../../reconcile/configuration.ts';
import { isChanged } from '../../reconcile/due.ts';
import { ownedBy } from '../../reconcile/engine.ts';
import { newMessage, sendWork } from '../../reconcile/enqueue.ts';
import { withinReach } from '../../reconcile/reach.ts';
import type { Reconciled } from '../../reconcile/reconciler.ts';
import { queueOf } from '../../reconcile/registry.ts';
import { listIfServed } from '../../reconcile/served.ts';

/** Pause before a watch that broke, or ended at once, is opened again, milliseconds: grows to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A watch that ended sooner did not end as API servers end them (after 5 to 10 minutes), milliseconds: each costs a list. */
const LONG_LIVED = 5000;
const CONFIGURATION = ['ConfigMap', 'Secret'] as const;

/** Watches the metadata of every kind that has a reconciler on one cluster, until `signal` fires; a hint only, the sweep finds what it misses. */
export async function watchCluster(record: ClusterRecord, ports: Ports, signal: AbortSignal): Promise<void> {
  const kinds = KINDS.filter(({ kind }) => queueOf(kind) !== undefined);
  const watches = kinds.map((kind) => {
    const seen = new Map<string, string>();
    const once: Watch = (cluster, listed) =>
      watchOnce(kind, record, { cluster, listed }, seen, ports, signal);
    return keepWatching(kind.kind, once, record, ports, signal);
  });
  const collections = CONFIGURATION.flatMap((kind) =>
    withinReach({ apiVersion: 'v1', kind }, record.settings),
  );
  const configuration = collections.map((collection) => {
    const once: Watch = (cluster, listed) =>
      watchConfiguration(collection, record, { cluster, listed }, ports, signal);
    return keepWatching(collection.kind, once, record, ports, signal);
  });
  await Promise.all([...watches, ...configuration]);
}

/** Follows one collection until the server ends the watch or a Fault breaks it; calls `listed` between its list and its watch. */
type Watch = (cluster: Cluster, listed: () => void) => Promise<void>;

async function keepWatching(
  kind: string,
  once: Watch,
  record: ClusterRecord,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  let pause = 0;
  while (!signal.aborted) {
    const { lived, error } = await watchTimed(once, record, ports, signal);
    if (signal.aborted) return;
    const isBroken = error !== undefined && !isFault(error, 'gone');
    if (lived >= LONG_LIVED) pause = 0;
    if (lived >= LONG_LIVED && !isBroken) continue;
    if (isBroken && pause === 0)
      ports.log.warn('watch broken', { cluster: record.name, kind, error: messageOf(error) });
    pause = Math.min(Math.max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE);
    await ports.clock.sleep(pause, signal).catch(() => undefined);
  }
}

/** For how many milliseconds the watch was open after its list, and what broke it. */
async function watchTimed(
  once: Watch,
  record: ClusterRecord,
  { clusters, clock }: Ports,
  signal: AbortSignal,
): Promise<{ readonly lived: number; readonly error?: unknown }> {
  let since: number | undefined;
  const lived = (): number => (since === undefined ? 0 : clock.now().getTime() - since);
  try {
    const { cluster } = await clusters.open(record.id);
    await once(cluster.until(signal), () => {
      since = clock.now().getTime();
    });
    return { lived: lived() };
  } catch (error) {
    return { lived: lived(), error };
  }
}

interface Opened {
  readonly cluster: Cluster;
  readonly listed: () => void;
}

async function watchOnce(
  kind: Kind,
  record: ClusterRecord,
  { cluster, listed }: Opened,
  seen: Map<string, string>,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const collection = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  const { items, resourceVersion } = await cluster.list(collection);
  const fresh = (items as readonly Reconciled[]).filter(
    (object) => isUnseen(object, seen) && needsWork(object),
  );
  await wake(fresh, kind, record, ports);
  listed();
  for await (const { type, object } of cluster.watch(collection, {
    resourceVersion,
    metadataOnly: true,
    signal,
  })) {
    if (type === 'BOOKMARK') continue;
    if (type === 'DELETED') seen.delete(object.metadata.uid ?? '');
    else if (isUnseen(object, seen)) await wake([object], kind, record, ports);
  }
}

/** Wakes those that read a watched ConfigMap or Secret, at once when it is written (COM-25). */
async function watchConfiguration(
  collection: Collection,
  record: ClusterRecord,
  { cluster, listed }: Opened,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = `${LABEL.watch}=${WATCH_ENABLED}`;
  const { resourceVersion } = await cluster.listMetadata(collection, { labelSelector });
  listed();
  const options = { resourceVersion, labelSelector, metadataOnly: true, signal };
  for await (const { type, object } of cluster.watch(collection, options)) {
    if (type !== 'BOOKMARK') await wakeReaders(collection.kind, object, record, cluster, ports);
  }
}

async function wakeReaders(
  kind: string,
  { metadata }: KubernetesObject,
  record: ClusterRecord,
  cluster: Cluster,
  ports: Ports,
): Promise<void> {
  const { namespace = '', name, uid = '', resourceVersion = '' } = metadata;
  const now = ports.clock.now();
  for (const reader of READERS) {
    if (!isWokenByConfiguration(reader.kind, record.settings)) continue;
    const items = await listIfServed(cluster, { ...reader, namespace });
    const readers = items.filter((item) => ownedBy({ record }, item) && isReadBy(item, kind, name));
    const work = readers.map(({ metadata }) => {
      const target = { kind: reader.kind, namespace, name: metadata.name };
      const message = newMessage(record.id, target, 'configuration', now, ports.chance.uuid());
      return { message, unique: ['configuration', uid, resourceVersion] };
    });
    const queue = queueOf(reader.kind);
    if (queue !== undefined) await sendWork(ports, record, queue, work);
  }
}

function isReadBy(object: KubernetesObject, kind: string, name: string): boolean {
  return configurationOf(object).some((one) => one.kind === kind && one.name === name);
}

function needsWork(object: Reconciled): boolean {
  return object.metadata.deletionTimestamp !== undefined || isChanged(object);
}

/** Whether something about the object that calls for work differs from when it was last seen; status writes do not. */
function isUnseen({ metadata }: KubernetesObject, seen: Map<string, string>): boolean {
  const mark = markOf({ metadata });
  if (seen.get(metadata.uid ?? '') === mark) return false;
  seen.set(metadata.uid ?? '', mark);
  return true;
}

function markOf({ metadata }: Pick<KubernetesObject, 'metadata'>): string {
  const { generation, deletionTimestamp, annotations } = metadata;
  return [generation, deletionTimestamp, annotations?.[ANNOTATION.requestedAt]].join('\n');
}

async function wake(
  objects: readonly KubernetesObject[],
  kind: Kind,
  record: ClusterRecord,
  ports: Ports,
): Promise<void> {
  const queue = queueOf(kind.kind);
  if (queue === undefined) return;
  const now = ports.clock.now();
  const items = objects
    .filter((object) => ownedBy({ record }, object))
    .map((object) => {
      const target = {
        kind: kind.kind,
        namespace: object.metadata.namespace ?? '',
        name: object.metadata.name,
      };
      const message = newMessage(record.id, target, 'watch', now, ports.chance.uuid());
      return { message, unique: ['watch', object.metadata.uid ?? '', markOf(object)] };
    });
  await sendWork(ports, record, queue, items);
}
