import { CONTROLLERS, LABEL, PART_OF_FLUX } from '../api/vocabulary.ts';
import { displayName, type KubernetesObject } from '../core/kubernetes-object.ts';

const NAMES: ReadonlySet<string> = new Set(CONTROLLERS);
const COMPONENT = 'app.kubernetes.io/component';

/** To be put into the kustomization.yaml beside gotk-components.yaml: it drops the controllers and keeps the CRDs. */
export const CONTROLLERS_PATCH = `patches:
  - target:
      kind: Deployment
      labelSelector: ${LABEL.partOf}=${PART_OF_FLUX}
    patch: |
      $patch: delete
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: all
`;

/** Why these objects may not be applied to a cluster that we reconcile: they would start Flux's own controllers there. Undefined when they may. */
export function refusedControllers(objects: readonly KubernetesObject[]): string | undefined {
  const found = objects.filter(startsController).map((object) => displayName(object));
  if (found.length === 0) return undefined;
  return [
    `the build would start Flux's own controllers in a cluster that is reconciled from outside: ${found.join(', ')}.`,
    'Nothing was applied. Commit this to the kustomization.yaml beside them (usually flux-system/kustomization.yaml):',
    CONTROLLERS_PATCH,
  ].join('\n');
}

function startsController(object: KubernetesObject): boolean {
  if (object.kind !== 'Deployment' || !object.apiVersion.startsWith('apps/')) return false;
  const labels = object.metadata.labels ?? {};
  const named = NAMES.has(object.metadata.name) || NAMES.has(labels[COMPONENT] ?? '');
  const replicas = (object.spec as { readonly replicas?: unknown } | undefined)?.replicas;
  return (
    named &&
    labels[LABEL.partOf] === PART_OF_FLUX &&
    (replicas === undefined || replicas === null || Number(replicas) > 0)
  );
}
