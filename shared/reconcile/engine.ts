import { ANNOTATION, LABEL, REASON } from '../api/vocabulary.ts';
import { conditionOf } from '../core/conditions.ts';
import { Fault, isFault, messageOf } from '../core/failures.ts';
import type { ObjectReference } from '../core/kubernetes-object.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import type { QueueName, WorkMessage } from '../core/messages.ts';
import { forgetRepository } from '../receive/repository-index.ts';
import { MAX_HOPS, SWEEP_FROM } from './delays.ts';
import { isChanged, type Timing } from './due.ts';
import { sendLater } from './enqueue.ts';
import { emit } from './events.ts';
import { indexed, keepFound } from './found.ts';
import { measured, measuredBy } from './measure.ts';
import type { CommonStatus, Next, Outcome, Reconciled, Reconciler, Scope } from './reconciler.ts';
import { refuse } from './refusal.ts';
import { getIfServed } from './served.ts';
import { nextBoundary } from './slots.ts';
import { type StatusWriter, statusWriter } from './status-writer.ts';
import { hopId, visitId } from './visit-ids.ts';

/** How often one message decides anew because the object changed under it, before it goes through `later`. */
const MAX_CONFLICTS = 4;

/** Carries out one message for one object, to the end. Faults of the cluster pass through: the message comes again. */
export type Run = (scope: Scope) => Promise<void>;

/** What the workers know of a kind. */
export interface Entry {
  readonly queue: QueueName;
  readonly run: Run;
  readonly timingOf: (spec: unknown) => Timing;
  /** Whether nothing is ever due about an object as it is. */
  readonly isStatic?: (object: Reconciled) => boolean;
}

/** The engine of one kind: what is the same for every kind is here. */
export function engineOf<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
): Run {
  return (scope) => untilNoConflict(kind, queue, scope);
}

async function untilNoConflict<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  scope: Scope,
): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      return await once(kind, queue, scope);
    } catch (error) {
      if (!isFault(error, 'conflict') || round >= MAX_CONFLICTS) throw error;
    }
  }
}

async function once<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  scope: Scope,
): Promise<void> {
  const found = (await getIfServed(scope.cluster, referenceTo(kind, scope.message))) as
    | Reconciled<Spec, Status>
    | undefined;
  if (found === undefined) return scope.ports.metrics?.forgotten(measuredBy(scope));
  if (!ownedBy(scope, found)) return;
  if (found.metadata.deletionTimestamp === undefined && (await kind.passOver?.(found, scope))) return;
  // A watch sees the same change more than once; what is handled already is nothing to do.
  const isDeleted = found.metadata.deletionTimestamp !== undefined;
  if (!isDeleted && scope.message.reason === 'watch' && !scope.redelivered && !isChanged(found)) return;
  await measured(scope, async () => {
    if (isDeleted) return { gone: await remove(kind, queue, found, scope) };
    await reconcile(kind, queue, found, scope);
    return { gone: false };
  });
}

async function reconcile<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  found: Reconciled<Spec, Status>,
  scope: Scope,
): Promise<void> {
  const object = await withFinalizer(kind, found, scope);
  const invalid = invalidSpec(kind, object);
  if (invalid !== undefined) {
    return refuse(object, { reason: REASON.invalidSpec, message: invalid, manager: kind.manager }, scope);
  }
  const writer = statusWriter(kind, referenceTo(kind, scope.message), object, scope);
  try {
    await carryOut(kind, queue, object, writer, scope);
  } finally {
    await writer.close();
  }
}

async function carryOut<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  object: Reconciled<Spec, Status>,
  writer: StatusWriter<Spec, Status>,
  scope: Scope,
): Promise<void> {
  if ((object.spec as { suspend?: boolean }).suspend === true) {
    await kind.suspend?.(object, scope);
    return writer.write(handled(object, suspendedStatus(object)));
  }
  const seen = await kind.observe(object, scope).catch(unlessInvalid);
  if (isFault(seen)) {
    return refuse(
      object,
      { reason: REASON.invalidSpec, message: seen.message, manager: kind.manager },
      scope,
    );
  }
  const plan = kind.decide(object, seen);
  const report = await kind.act(object, plan, seen, scope, writer.progress);
  const conclude = () => kind.conclude(writer.current(), plan, seen, report, scope.message.hops);
  const outcome = await settle(kind, object, conclude, writer, scope);
  await Promise.all([
    emit(writer.current(), kind.manager.component, outcome.events, scope),
    kind.fanOut(writer.current(), object, scope),
    keepFound(kind.repositoryOf?.(object.spec), object, kind.intervalOf(object.spec), scope),
  ]);
  await goOn(kind, queue, writer.current(), outcome.next, scope);
}

/** Writes what the run came to. Somebody else's write in between is no reason to do the work again, unless it changed the spec. */
async function settle<Spec, Status extends CommonStatus>(
  kind: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly manager: { readonly component: string };
  },
  object: Reconciled<Spec, Status>,
  conclude: () => Outcome<Status>,
  writer: StatusWriter<Spec, Status>,
  scope: Scope,
): Promise<Outcome<Status>> {
  for (let round = 1; ; round++) {
    const outcome = conclude();
    try {
      await writer.write(handled(object, outcome.status));
      return outcome;
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
      const fresh = await getIfServed(scope.cluster, referenceTo(kind, scope.message));
      const isSame = fresh && !fresh.metadata.deletionTimestamp && sameSpec(fresh, object);
      if (isSame && round < MAX_CONFLICTS) {
        writer.adopt(fresh as Reconciled<Spec, Status>);
        continue;
      }
      // The run decides again, and will find done what this one did: it is told now or never.
      await emit(object, kind.manager.component, outcome.events, scope);
      throw error;
    }
  }
}

function sameSpec(one: Pick<Reconciled, 'metadata'>, other: Pick<Reconciled, 'metadata'>): boolean {
  return one.metadata.uid === other.metadata.uid && one.metadata.generation === other.metadata.generation;
}

function referenceTo(kind: { apiVersion: string; kind: string }, message: WorkMessage): ObjectReference {
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace: message.namespace, name: message.name };
}

/** What is read by names of the spec: one that Kubernetes allows nowhere is the user's to mend, not ours to try for ever. */
function unlessInvalid(error: unknown): Fault {
  if (isFault(error, 'invalid')) return new Fault('invalid', `spec is invalid: ${error.message}`);
  throw error;
}

/** Why the spec cannot be worked with; the CRDs require neither a spec nor a duration that fits 64 bits. */
function invalidSpec<Spec, Status extends CommonStatus>(
  kind: { readonly intervalOf: (spec: Spec) => number },
  object: Reconciled<Spec, Status>,
): string | undefined {
  if (object.spec === undefined || object.spec === null) return 'spec is missing';
  try {
    kind.intervalOf(object.spec);
    return undefined;
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return `spec.interval is invalid: ${messageOf(error)}`;
  }
}

/** A suspended object keeps its conditions; when Ready, the generation counts as observed, for those who depend on it. */
function suspendedStatus<Status extends CommonStatus>({
  metadata,
  status,
}: Reconciled<unknown, Status>): Status {
  const isReady = conditionOf(status?.conditions, 'Ready')?.status === 'True';
  return { ...(status as Status), ...(isReady && { observedGeneration: metadata.generation }) };
}

/** Whether the cluster's setting makes `object` ours to reconcile. */
export function ownedBy(scope: Pick<Scope, 'record'>, object: { metadata: Reconciled['metadata'] }): boolean {
  const { owns, namespaces } = scope.record.settings;
  if (namespaces && !namespaces.includes(object.metadata.namespace ?? '')) return false;
  if (typeof owns === 'string') return owns === 'all';
  return object.metadata.labels?.[LABEL.shard] === owns.shard;
}

async function withFinalizer<Spec, Status extends CommonStatus>(
  kind: { finalizer: string; manager: { status: string } } & { apiVersion: string; kind: string },
  object: Reconciled<Spec, Status>,
  scope: Scope,
): Promise<Reconciled<Spec, Status>> {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(kind.finalizer)) return object;
  const merge = {
    metadata: {
      finalizers: [...finalizers, kind.finalizer],
      resourceVersion: object.metadata.resourceVersion,
    },
  };
  const reference = referenceTo(kind, scope.message);
  const options = { fieldManager: kind.manager.status };
  return (await scope.cluster.patch(reference, { merge }, options)) as Reconciled<Spec, Status>;
}

/** The status with the handled request token; copied on every run, failing ones too (COM-02). */
function handled<Status extends CommonStatus>(object: Reconciled<unknown, Status>, status: Status): Status {
  const token = object.metadata.annotations?.[ANNOTATION.requestedAt];
  return token === undefined ? status : { ...status, lastHandledReconcileAt: token };
}

/** Whether the object is gone by it. */
async function remove<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  object: Reconciled<Spec, Status>,
  scope: Scope,
): Promise<boolean> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(kind.finalizer)) return true;
  const removal = await kind.remove({ ...object, spec: object.spec ?? ({} as Spec) }, scope);
  await emit(object, kind.manager.component, removal.events, scope);
  if (!removal.finished) {
    await goOn(kind, queue, object, removal.next, scope);
    return false;
  }
  if (kind.repositoryOf) await forgetRepository(scope.ports.store, indexed(scope));
  const rest = finalizers.filter((finalizer) => finalizer !== kind.finalizer);
  const merge = { metadata: { finalizers: rest, resourceVersion: object.metadata.resourceVersion } };
  await scope.cluster.patch(
    referenceTo(kind, scope.message),
    { merge },
    { fieldManager: kind.manager.status },
  );
  return true;
}

/** Sees to it that the object comes back: below a minute through `later`, else by the sweep's slots. */
async function goOn<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  object: Reconciled<Spec, Status>,
  next: Next,
  scope: Scope,
): Promise<void> {
  if (next.after === 'nothing') return;
  if (next.after === 'interval') return repeat(kind, queue, object, scope);
  if (next.milliseconds >= SWEEP_FROM) return;
  const hops = next.hop ?? scope.message.hops + 1;
  if (hops > MAX_HOPS && next.reason !== 'wait') return;
  const { interrupted: _done, ...rest } = scope.message;
  const message: WorkMessage = { ...rest, reason: next.reason, hops };
  const id =
    next.hop === undefined ? visitId(object, next, scope.ports.clock.now()) : hopId(object, next.hop);
  await sendLater(scope.ports, queue, message, next.milliseconds, id);
}

async function repeat<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  kind: Reconciler<Spec, Status, Seen, Plan, Report>,
  queue: QueueName,
  object: Reconciled<Spec, Status>,
  scope: Scope,
): Promise<void> {
  const interval = kind.intervalOf(object.spec);
  // Go's controllers take a requeue after 0 for no requeue.
  if (interval >= SWEEP_FROM || interval <= 0) return;
  const now = scope.ports.clock.now();
  const uid = object.metadata.uid ?? '';
  const at = nextBoundary(uid, interval, now.getTime());
  const { interrupted: _done, ...rest } = scope.message;
  const message: WorkMessage = { ...rest, reason: 'sweep', hops: 0, since: now.toISOString() };
  await sendLater(scope.ports, queue, message, at - now.getTime(), dedupIdOf(uid, at));
}
