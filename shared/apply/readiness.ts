import { type KubernetesObject, type ObjectReference, referenceOf } from '../core/kubernetes-object.ts';
import type { ApplyContext } from './context.ts';
import { isCustomResourceDefinition } from './stages.ts';

/** fluxcd/pkg ssa DefaultApplyOptions: how long the objects of a stage may take. */
const READY_TIMEOUT_MS = 60_000;
/** Flux polls every 2 s; a CRD is served some ten milliseconds after its creation, so we start earlier. */
const FIRST_POLL_MS = 25;
const SLOWEST_POLL_MS = 2_000;

type Readiness = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound';

/** Waits until objects are served; the message in Flux's words when they are not in 60 s, with the names of those concerned. */
export async function awaitReady(
  context: ApplyContext,
  objects: readonly KubernetesObject[],
): Promise<{ readonly message: string; readonly unready: readonly ObjectReference[] } | undefined> {
  const states = new Map(
    objects.map((object): [ObjectReference, Readiness] => [referenceOf(object), readinessOf(object)]),
  );
  const deadline = context.clock.now().getTime() + READY_TIMEOUT_MS;
  for (let delay = FIRST_POLL_MS; ; delay = Math.min(delay * 2, SLOWEST_POLL_MS)) {
    const pending = [...states].filter(([, state]) => state !== 'Current');
    if (pending.length === 0) return undefined;
    if (pending.every(([, state]) => state === 'Failed')) {
      return unreadyReport('failed early due to stalled resources', pending);
    }
    if (context.clock.now().getTime() >= deadline) return unreadyReport('timeout waiting for', pending);
    await context.clock.sleep(delay, context.signal);
    for (const [reference] of pending) {
      const live = await context.cluster.get(reference);
      states.set(reference, live ? readinessOf(live) : 'NotFound');
    }
  }
}

function unreadyReport(message: string, pending: readonly [ObjectReference, Readiness][]) {
  const list = pending.map(([reference, state]) => `${nameOf(reference)} status: '${state}'`);
  return { message: `${message}: [${list.join(', ')}]`, unready: pending.map(([reference]) => reference) };
}

function nameOf({ kind, namespace, name }: ObjectReference): string {
  return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
}

interface Condition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly reason?: unknown;
}

/** kstatus for the kinds of the awaited stages: definitions by their own conditions, the rest by the general rule. */
export function readinessOf(object: KubernetesObject): Readiness {
  const { deletionTimestamp, generation } = object.metadata;
  if (deletionTimestamp) return 'Terminating';
  const status = (object.status ?? {}) as { observedGeneration?: unknown; conditions?: unknown };
  const { observedGeneration } = status;
  if (generation !== undefined && observedGeneration !== undefined && observedGeneration !== generation) {
    return 'InProgress';
  }
  const conditions = Array.isArray(status.conditions) ? (status.conditions as readonly Condition[]) : [];
  const has = (type: string, value: string) =>
    conditions.find((condition) => condition.type === type && condition.status === value);
  if (has('Reconciling', 'True')) return 'InProgress';
  if (has('Stalled', 'True')) return 'Failed';
  if (isCustomResourceDefinition(object)) {
    const refused = has('Established', 'False');
    if (has('NamesAccepted', 'False') || (refused && refused.reason !== 'Installing')) return 'Failed';
    return has('Established', 'True') ? 'Current' : 'InProgress';
  }
  const notReady = has('Ready', 'False') ?? has('Ready', 'Unknown');
  return notReady ? 'InProgress' : 'Current';
}
