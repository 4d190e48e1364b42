import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { fieldsAt, fieldsOf, numberOf, sameValue, stringEntries } from '../../strategies/rules/fields.ts';
import { shareOf } from '../../strategies/workloads/numbers.ts';
import type { ControllerWorld } from '../controller.ts';
import { controllerReference } from '../owners.ts';
import { shortHash } from './hash.ts';
import { templateWithout } from './pods.ts';
import { REPLICA_SETS } from './replica-set.ts';

/** The label by which the pods of a Deployment's revisions are told apart. */
export const HASH = 'pod-template-hash';
/** The annotation that counts a Deployment's revisions. */
export const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MOST = 'deployment.kubernetes.io/max-replicas';
/** Annotations of a Deployment that its ReplicaSets do not get. */
const OWN = ['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MOST];

/** The ReplicaSets of a Deployment: that of its present template, if there is one, and the others, oldest first. */
export interface Revisions {
  readonly current: KubernetesObject | undefined;
  readonly old: readonly KubernetesObject[];
}

/** Finds a Deployment's ReplicaSets. */
export function revisionsOf(deployment: KubernetesObject, { manager }: ControllerWorld): Revisions {
  const sets = manager
    .controlled(REPLICA_SETS, deployment)
    .toSorted((one, other) => revisionOf(one) - revisionOf(other));
  const template = templateWithout(fieldsOf(deployment.spec)?.template, HASH);
  const current = sets.find((set) =>
    sameValue(templateWithout(fieldsOf(set.spec)?.template, HASH), template),
  );
  return { current, old: sets.filter((set) => set !== current) };
}

/** The number of a ReplicaSet's revision. */
export function revisionOf(set: KubernetesObject): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** How many pods a Deployment may have beyond, and miss of, what it asks for. */
export function bounds(deployment: KubernetesObject): { readonly surge: number; readonly missing: number } {
  const spec = fieldsOf(deployment.spec) ?? {};
  const replicas = numberOf(spec.replicas);
  const rolling = fieldsAt(spec, 'strategy.rollingUpdate');
  if (!rolling) return { surge: 0, missing: 0 };
  const surge = shareOf(rolling.maxSurge, replicas, 'up');
  const missing = shareOf(rolling.maxUnavailable, replicas, 'down');
  // Both may be rounded to nothing, and then nothing would ever move.
  return { surge, missing: surge === 0 && missing === 0 ? 1 : missing };
}

/** The annotations of a ReplicaSet at `revision`. */
export function annotationsOf(deployment: KubernetesObject, revision: number): Record<string, string> {
  const replicas = numberOf(fieldsOf(deployment.spec)?.replicas);
  const inherited = stringEntries(deployment.metadata.annotations).filter(([name]) => !OWN.includes(name));
  return {
    ...Object.fromEntries(inherited),
    [DESIRED]: String(replicas),
    [MOST]: String(replicas + bounds(deployment).surge),
    [REVISION]: String(revision),
  };
}

/** The ReplicaSet of a Deployment's present template. */
export function replicaSetFrom(
  deployment: KubernetesObject,
  revision: number,
  replicas: number,
): KubernetesObject {
  const spec = fieldsOf(deployment.spec) ?? {};
  const template = fieldsOf(spec.template) ?? {};
  const metadata = fieldsOf(template.metadata) ?? {};
  const hash = shortHash([template, fieldsOf(deployment.status)?.collisionCount]);
  const labels = { ...fieldsOf(metadata.labels), [HASH]: hash };
  const selector = fieldsOf(spec.selector) ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: annotationsOf(deployment, revision),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...fieldsOf(selector.matchLabels), [HASH]: hash } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  } as unknown as KubernetesObject;
}
