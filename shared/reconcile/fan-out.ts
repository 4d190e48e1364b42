import type { Condition } from '../api/meta.ts';
import { API_VERSION, FIELD_MANAGER, REASON } from '../api/vocabulary.ts';
import { conditionOf } from '../core/conditions.ts';
import type { Reason } from '../core/messages.ts';
import { namespacedName, type SourceReference, sourceOf } from '../core/references.ts';
import type { KubernetesObject } from '../ports.ts';
import { dependenciesOf, inDependencyOrder } from './dependency-order.ts';
import { ownedBy } from './engine.ts';
import { newMessage, sendWork } from './enqueue.ts';
import { emit } from './events.ts';
import type { Scope } from './reconciler.ts';
import { isDependedOn } from './relations.ts';
import { listIfServed } from './served.ts';

const KUSTOMIZATIONS = { apiVersion: API_VERSION.kustomize, kind: 'Kustomization' };

interface Consumer extends KubernetesObject {
  readonly spec?: {
    readonly sourceRef: SourceReference;
    readonly dependsOn?: readonly { name: string; namespace?: string; readyExpr?: string }[];
  };
  readonly status?: { readonly lastAttemptedRevision?: string; readonly conditions?: readonly Condition[] };
}

/** The consumers of `source` that have not attempted `revision` yet, or found no artifact, dependencies first, and the cycles among them (KS-16). */
export function staleConsumers(
  source: { readonly kind: string; readonly namespace: string; readonly name: string },
  revision: string,
  consumers: readonly KubernetesObject[],
): { readonly ordered: readonly Consumer[]; readonly cycles: readonly (readonly string[])[] } {
  const stale = (consumers as readonly Consumer[]).filter((consumer) => {
    if (consumer.spec?.sourceRef === undefined) return false;
    const wanted = sourceOf(consumer.spec.sourceRef, consumer.metadata.namespace ?? '');
    if (wanted.kind !== source.kind || wanted.name !== source.name || wanted.namespace !== source.namespace)
      return false;
    return consumer.status?.lastAttemptedRevision !== revision || lacksArtifact(consumer);
  });
  return inDependencyOrder(stale);
}

/** Whether its last run found no artifact: at a cluster's hand-over it may come before the source, of which it knows the revision. */
function lacksArtifact({ status }: Consumer): boolean {
  return conditionOf(status?.conditions, 'Ready')?.reason === REASON.artifactFailed;
}

/** A source, and the artifact that its consumers are to have. */
export interface Offered {
  readonly source: KubernetesObject;
  readonly artifact: { readonly revision: string };
}

/** Wakes every consumer of a source that has not attempted its artifact, whether or not this run changed it. */
export async function wakeConsumers(
  source: KubernetesObject,
  artifact: { readonly revision: string } | undefined,
  scope: Scope,
): Promise<void> {
  if (artifact !== undefined) await wakeAllConsumers([{ source, artifact }], scope);
}

/** The same of several sources. */
export async function wakeAllConsumers(offered: readonly Offered[], scope: Scope): Promise<void> {
  if (offered.length === 0) return;
  const items = await listIfServed(scope.cluster, KUSTOMIZATIONS);
  const ours = items.filter((item) => ownedBy(scope, item));
  for (const { source, artifact } of offered) {
    const { name, namespace = '' } = source.metadata;
    const key = { kind: source.kind, namespace, name };
    const { ordered, cycles } = staleConsumers(key, artifact.revision, ours);
    for (const cycle of cycles) await reportCycle(cycle, ordered, scope);
    await wake(ordered, 'source', versionOf(source), scope);
  }
}

/** Wakes what depends on `object`, in any namespace; `curious`: only those whose expression may look at anything of it. */
export async function wakeDependents(
  object: KubernetesObject,
  scope: Scope,
  { curious = false }: { readonly curious?: boolean } = {},
): Promise<void> {
  if (!(await isDependedOn(object, scope))) return;
  const key = keyOf(object);
  const collection = { apiVersion: object.apiVersion, kind: object.kind };
  // Everything that is reconciled asks for this list: those of the same moment share one.
  const items = await listIfServed(scope.cluster, collection, { gather: true });
  const dependents = (items as readonly Consumer[]).filter(
    (item) =>
      ownedBy(scope, item) &&
      dependenciesOf(item).includes(key) &&
      !isReadyWith(item) &&
      (!curious || hasExpressionOn(item, key)),
  );
  await wake(dependents, 'dependency', versionOf(object), scope);
}

/** Wakes `object` itself once more: what it was told to wait for came while that was written. */
export async function wakeAgain(object: KubernetesObject, scope: Scope): Promise<void> {
  await wake([object], 'dependency', ['again', ...versionOf(object)], scope);
}

function versionOf({ metadata }: KubernetesObject): readonly string[] {
  return [metadata.uid ?? '', metadata.resourceVersion ?? ''];
}

function keyOf({ metadata }: KubernetesObject): string {
  return namespacedName({ name: metadata.name, namespace: metadata.namespace ?? '' });
}

function hasExpressionOn({ metadata, spec }: Consumer, key: string): boolean {
  return (spec?.dependsOn ?? []).some(({ name, namespace, readyExpr }) => {
    const named = namespacedName({ name, namespace: namespace || (metadata.namespace ?? '') });
    return readyExpr && named === key;
  });
}

/** A dependent that is ready with what it last attempted has nothing to gain from a dependency's news. */
function isReadyWith(dependent: Consumer): boolean {
  const ready = conditionOf(dependent.status?.conditions, 'Ready');
  return ready?.status === 'True';
}

async function wake(
  objects: readonly KubernetesObject[],
  reason: Reason,
  unique: readonly string[],
  scope: Scope,
): Promise<void> {
  const since = scope.ports.clock.now();
  const items = objects.map((object) => {
    const target = {
      kind: object.kind,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
    };
    return {
      message: newMessage(scope.record.id, target, reason, since, scope.message.trace),
      unique: [reason, ...unique],
    };
  });
  await sendWork(scope.ports, scope.record, 'apply', items);
}

async function reportCycle(
  cycle: readonly string[],
  objects: readonly Consumer[],
  scope: Scope,
): Promise<void> {
  const message = `dependency cycle detected: ${cycle.join(' -> ')}; these Kustomizations wait for each other until one spec.dependsOn is removed`;
  const members = objects.filter((object) => cycle.includes(keyOf(object)));
  for (const member of members) {
    await emit(
      member,
      FIELD_MANAGER.kustomize,
      [{ type: 'Warning', reason: REASON.dependencyNotReady, message }],
      scope,
    );
  }
}
