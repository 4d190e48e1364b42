import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsAt, fieldsOf, itemsOf, numberOf } from '../../strategies/rules/fields.ts';
import { conditionOf } from '../conditions.ts';
import type { ControllerWorld } from '../controller.ts';
import { controllerReference } from '../owners.ts';

/** The resource of pods. */
export const PODS = '/pods';

/** The pods that `owner` controls. */
export function podsOf(owner: KubernetesObject, { manager }: ControllerWorld): KubernetesObject[] {
  return manager.controlled(PODS, owner);
}

/** A pod of a workload's template, for `owner` to create. */
export function podFrom(
  owner: KubernetesObject,
  named: { readonly name: string } | { readonly generateName: string },
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  const template = fieldsAt(owner, 'spec.template') ?? {};
  const metadata = fieldsOf(template.metadata) ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(metadata.annotations !== undefined && { annotations: metadata.annotations }),
      ...(metadata.finalizers !== undefined && { finalizers: metadata.finalizers }),
      ...named,
      namespace: owner.metadata.namespace,
      labels: { ...fieldsOf(metadata.labels), ...labels },
      ownerReferences: [controllerReference(owner)],
    },
    spec: fieldsOf(template.spec) ?? {},
  } as unknown as KubernetesObject;
}

/** The phase of a pod. */
export function phaseOf(pod: KubernetesObject): string {
  return String(fieldsOf(pod.status)?.phase ?? '');
}

/** Whether a pod has neither ended nor been told to. */
export function isActive(pod: KubernetesObject): boolean {
  return !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Whether a pod has succeeded or failed. */
export function hasEnded(pod: KubernetesObject): boolean {
  return phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
}

/** Whether a pod is ready. */
export function isReady(pod: KubernetesObject): boolean {
  return conditionOf(fieldsOf(pod.status)?.conditions, 'Ready')?.status === 'True';
}

/** Milliseconds until a ready pod has been so for `seconds`; 0 when it has, undefined when it is not ready. */
export function untilAvailable(pod: KubernetesObject, seconds: number, now: Date): number | undefined {
  const ready = conditionOf(fieldsOf(pod.status)?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  const since = Date.parse(String(ready.lastTransitionTime));
  return Math.max(0, since + seconds * 1_000 - now.getTime());
}

/** How often the containers of a pod were started again. */
export function restartsOf(pod: KubernetesObject): number {
  const statuses = itemsOf(fieldsOf(pod.status)?.containerStatuses);
  return statuses.reduce((sum, { restartCount }) => sum + numberOf(restartCount), 0);
}

/** What a template is, without what its controller adds to its labels. */
export function templateWithout(template: unknown, label: string): Fields {
  const fields = fieldsOf(template) ?? {};
  const metadata = fieldsOf(fields.metadata) ?? {};
  const { [label]: _, ...labels } = fieldsOf(metadata.labels) ?? {};
  return { ...fields, metadata: { ...metadata, labels } };
}
