import { apiVersionOf, KINDS, type Kind } from '../api/kinds.ts';
import { API_VERSION, LABEL, WATCH_ENABLED } from '../api/vocabulary.ts';
import { conditionOf } from '../core/conditions.ts';
import { isFault, messageOf } from '../core/failures.ts';
import { isOpen } from '../core/feature-gates.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import type { Reason } from '../core/messages.ts';
import { namespacedName } from '../core/references.ts';
import { resourceOf } from '../core/resource-info.ts';
import { inParallel } from '../core/together.ts';
import type { ClusterRecord, KubernetesObject, Ports } from '../ports.ts';
import type { Visit } from './clusters.ts';
import { configurationOf, isWokenByConfiguration } from './configuration.ts';
import { FIRST_SWEPT_HOP } from './delays.ts';
import { due, lateBoundary, lateHop, type Neighbours, type Timing } from './due.ts';
import { ownedBy } from './engine.ts';
import { groupOfMessage, newMessage } from './enqueue.ts';
import type { Addressed } from './outbox.ts';
import { withinReach } from './reach.ts';
import type { Reconciled } from './reconciler.ts';
import { isAtRest, queueOf, timingOf } from './registry.ts';
import { listIfServed } from './served.ts';
import type { Window } from './slots.ts';
import { hopId } from './visit-ids.ts';

/** Requests to one cluster at a time: each needs a connection of its own, and at the next tick all of them are closed. */
const AT_ONCE = 4;

/** The messages for whatever is due in `window` on an opened cluster, each for its own kind's queue. */
export async function dueOn(visit: Visit, window: Window, ports: Ports): Promise<readonly Addressed[]> {
  const listed: Reconciled[] = [];
  await inParallel(KINDS, AT_ONCE, async (kind) => {
    listed.push(...(await listKind(visit, kind)));
  });
  listed.push(...(await listExternals(visit, listed)));
  const objects = listed.filter((object) => ownedBy(visit, object));
  const { name } = visit.record;
  ports.metrics?.surveyed(
    name,
    objects.map((object) => resourceOf(object, name)),
  );
  const changed = await changedConfiguration(visit, window);
  const byName = new Map(objects.map((object) => [keyOf(object.kind, object), object]));
  const trace = ports.chance.uuid();
  return objects.flatMap((object) => {
    try {
      return (
        ifDue(
          object,
          neighboursOf(
            object,
            byName,
            isWokenByConfiguration(object.kind, visit.record.settings) ? changed : NOTHING,
          ),
          visit.record,
          window,
          trace,
        ) ?? []
      );
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
      ports.log.warn('object left out', { object: keyOf(object.kind, object), error: messageOf(error) });
      return [];
    }
  });
}

function ifDue(
  object: Reconciled,
  neighbours: Neighbours,
  record: ClusterRecord,
  window: Window,
  trace: string,
): Addressed | undefined {
  if (isAtRest(object)) return undefined;
  const queue = queueOf(object.kind);
  if (queue === undefined) return undefined;
  const timing = timingOf(object);
  const reason = due(object, neighbours, timing, window);
  if (reason === undefined) return undefined;
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
  return { queue, message: { body: JSON.stringify(message), group, dedupId } };
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

const EXTERNAL = 'ExternalArtifact';

/** Artifacts that others make, where somebody may apply them or generates others of them. */
async function listExternals(visit: Visit, listed: readonly Reconciled[]): Promise<readonly Reconciled[]> {
  const isApplied = isOpen(EXTERNAL, visit.record.settings);
  const isPart = (object: Reconciled): boolean =>
    ((object.spec ?? {}) as Consuming).sources?.some(({ kind }) => kind === EXTERNAL) ?? false;
  if (!isApplied && !listed.some((object) => object.kind === 'ArtifactGenerator' && isPart(object)))
    return [];
  const items = await listIfServed(visit.cluster, { apiVersion: API_VERSION.source, kind: EXTERNAL });
  return items as readonly Reconciled[];
}

/** No ConfigMap and no Secret. */
const NOTHING: ReadonlySet<string> = new Set();
const CONFIGURATION = ['ConfigMap', 'Secret'] as const;

/** `Kind/namespace/name` of watched ConfigMaps and Secrets written in the window (COM-25). */
async function changedConfiguration(visit: Visit, window: Window): Promise<ReadonlySet<string>> {
  const labelSelector = `${LABEL.watch}=${WATCH_ENABLED}`;
  const collections = CONFIGURATION.flatMap((kind) =>
    withinReach({ apiVersion: 'v1', kind }, visit.record.settings),
  );
  const changed = new Set<string>();
  await inParallel(collections, AT_ONCE, async (collection) => {
    const { items } = await visit.cluster.listMetadata(collection, { labelSelector });
    for (const item of items.filter((one) => lastWrite(one) > window.from))
      changed.add(keyOf(collection.kind, item));
  });
  return changed;
}

function lastWrite({ metadata }: KubernetesObject): number {
  const times = (metadata.managedFields ?? []).map(({ time }) => Date.parse(time ?? '') + 999);
  return Math.max(...times, Date.parse(metadata.creationTimestamp ?? '') + 999);
}

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Consuming {
  readonly sourceRef?: Named;
  /** An ArtifactGenerator's. */
  readonly sources?: readonly Named[];
  readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
}

function neighboursOf(
  object: Reconciled,
  byName: ReadonlyMap<string, Reconciled>,
  changed: ReadonlySet<string>,
): Neighbours {
  const { sourceRef, dependsOn = [], sources = [] } = (object.spec ?? {}) as Consuming;
  const namespace = object.metadata.namespace ?? '';
  const find = (kind: string, reference: { name: string; namespace?: string }): Reconciled | undefined =>
    byName.get(keyOf(kind, { metadata: { namespace, ...reference } }));
  const source =
    sourceRef &&
    find(sourceRef.kind, {
      name: sourceRef.name,
      ...(sourceRef.namespace && { namespace: sourceRef.namespace }),
    });
  const parts = object.kind === 'ArtifactGenerator' ? sources : [];
  return {
    ...(source && { source: source as NonNullable<Neighbours['source']> }),
    parts: parts.flatMap(
      ({ kind, name, namespace: other }) =>
        (find(kind, { name, namespace: other || namespace }) as NonNullable<Neighbours['source']>) ?? [],
    ),
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
