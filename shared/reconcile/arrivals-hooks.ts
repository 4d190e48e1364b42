import type { ReceiverResource } from '../api/receiver.ts';
import { Fault, isFault, messageOf } from '../core/failures.ts';
import { MAX_DELAY_SECONDS } from '../core/queue-rules.ts';
import { together } from '../core/together.ts';
import type { ClusterRecord, Ports } from '../ports.ts';
import type { HookedReceiver, HookMessage } from '../receive/hook-message.ts';
import { markSeen } from '../receive/probe-mark.ts';
import { type IndexedObject, objectsOf } from '../receive/repository-index.ts';
import { collectionOf, selectorOf, type Wanted, wantedBy } from '../receive/resources.ts';
import { newMessage, sendWork, type Target } from './enqueue.ts';
import { queueOf } from './registry.ts';

/** How long one cluster may take to list what a wildcard means, milliseconds: others' deliveries wait for it. */
const LIST_TIME = 5000;
/** The first delay before a cluster that could not be asked is asked again, seconds; each further one is three times as long. */
const FIRST_DELAY = 5;
/** How often it is asked again, the last time about 10 minutes after the delivery; from then on the intervals catch up. */
const MAX_HOPS = 5;

/** Wakes all that a delivery is meant for, cluster by cluster, so that one that is down holds up no other. */
export async function expandHook(message: HookMessage, ports: Ports, signal: AbortSignal): Promise<void> {
  await together([
    ...message.receivers.map((receiver) => wakeReceiver(receiver, message, ports, signal)),
    wakeRepositories(message, ports),
  ]);
  if (message.probe !== undefined) await markSeen(ports, message.probe, message.since);
}

async function wakeReceiver(
  receiver: HookedReceiver,
  message: HookMessage,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const record = await ports.clusters.get(receiver.cluster);
  if (record === undefined) {
    ports.log.warn('delivery for a cluster that is not registered', { cluster: receiver.cluster });
    return;
  }
  const unasked: ReceiverResource[] = [];
  await together(
    receiver.resources.map(async (resource) => {
      try {
        await wake(await targetsOf(resource, receiver, record, ports, signal), record, message, ports);
      } catch (error) {
        if (!isFault(error)) throw error;
        if (error.code !== 'invalid' && resource.name === '*') unasked.push(resource);
        else if (error.code !== 'invalid') throw error;
        tell(receiver, resource, record, error, ports);
      }
    }),
  );
  if (unasked.length > 0) await putOff({ ...receiver, resources: unasked }, message, ports);
}

function tell(
  { namespace, name }: HookedReceiver,
  resource: ReceiverResource,
  record: ClusterRecord,
  error: Fault,
  { log }: Ports,
): void {
  const about = { cluster: record.name, receiver: `${namespace}/${name}`, resource };
  log.error('unable to request reconciliation', { ...about, error: messageOf(error) });
}

async function targetsOf(
  resource: ReceiverResource,
  receiver: HookedReceiver,
  record: ClusterRecord,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Target[]> {
  const crossNamespace = record.settings.profile !== 'lockdown';
  const wanted = wantedBy(resource, { namespace: receiver.namespace, crossNamespace });
  const { kind, namespace, name } = wanted;
  if (kind.queue === null) throw new Fault('invalid', `objects of kind ${kind.kind} are not reconciled`);
  if (name !== undefined) return [{ kind: kind.kind, namespace, name }];
  const names = await namesOf(wanted, record, ports, signal);
  if (names.length === 0)
    ports.log.info('no objects have the labels of a receiver', { cluster: record.name, resource });
  return names.map((found) => ({ kind: kind.kind, namespace, name: found }));
}

/** What a wildcard means at this moment; none when the cluster does not have the kind. */
async function namesOf(
  wanted: Wanted,
  record: ClusterRecord,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const limit = AbortSignal.any([signal, ports.clock.timeout(LIST_TIME)]);
  try {
    const { cluster } = await ports.clusters.open(record.id);
    const labelSelector = selectorOf(wanted.labels);
    const { items } = await cluster.until(limit).listMetadata(collectionOf(wanted), { labelSelector });
    return items.map(({ metadata }) => metadata.name);
  } catch (error) {
    if (isFault(error, 'no-such-kind')) return [];
    if (isFault(error)) throw new Fault('unreachable', error.message, error.data, error);
    throw error;
  }
}

/** Asks a cluster that could not be asked again later, for this Receiver alone. */
async function putOff(receiver: HookedReceiver, message: HookMessage, ports: Ports): Promise<void> {
  if (message.hops >= MAX_HOPS) return;
  const delaySeconds = Math.min(FIRST_DELAY * 3 ** message.hops, MAX_DELAY_SECONDS);
  const again: HookMessage = { ...message, receivers: [receiver], repositories: [], hops: message.hops + 1 };
  await ports.queues.send('arrivals', [{ body: JSON.stringify(again), delaySeconds }]);
}

async function wakeRepositories({ repositories, ...message }: HookMessage, ports: Ports): Promise<void> {
  const found = (await together(repositories.map((digest) => objectsOf(ports.store, digest)))).flat();
  const byCluster = Map.groupBy(found, ({ cluster }) => cluster);
  await together(
    [...byCluster].map(async ([id, objects]) => {
      const record = await ports.clusters.get(id);
      if (record !== undefined) await wake(distinct(objects), record, message, ports);
    }),
  );
}

/** An object may be found by several names of its repository. */
function distinct(objects: readonly IndexedObject[]): readonly Target[] {
  return [...new Map(objects.map((object) => [JSON.stringify(object), object])).values()];
}

async function wake(
  targets: readonly Target[],
  record: ClusterRecord,
  { delivery, since, trace }: Pick<HookMessage, 'delivery' | 'since' | 'trace'>,
  ports: Ports,
): Promise<void> {
  const byQueue = Map.groupBy(targets, ({ kind }) => queueOf(kind));
  for (const [queue, some] of byQueue) {
    if (queue === undefined) continue;
    const items = some.map((target) => {
      const message = newMessage(record.id, target, 'delivery', new Date(since), trace);
      return { message, unique: ['delivery', delivery] };
    });
    await sendWork(ports, record, queue, items);
  }
}
