import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';

/** What a CRD of these tests differs in. */
export interface CrdWishes {
  readonly names?: Readonly<Record<string, unknown>>;
  readonly versions?: readonly object[];
  readonly spec?: object;
}

/** The resource of CRDs, as the calls of the test cluster name it. */
export const CRDS = 'apiextensions.k8s.io/v1/-/customresourcedefinitions';

/** A version whose spec has `size` (an integer), `color` (default `red`) and `replicas`. */
export function version(name: string, more: object = {}): object {
  const spec = {
    type: 'object',
    properties: {
      size: { type: 'integer' },
      color: { type: 'string', default: 'red' },
      replicas: { type: 'integer' },
    },
  };
  const status = {
    type: 'object',
    properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
  };
  const openAPIV3Schema = { type: 'object', properties: { spec, status } };
  return {
    name,
    served: true,
    storage: true,
    schema: { openAPIV3Schema },
    subresources: { status: {} },
    ...more,
  };
}

/** A CRD of kind Gizmo in `example.com`. */
export function crd({ names = {}, versions = [version('v1')], spec = {} }: CrdWishes = {}): KubernetesObject {
  const all = { kind: 'Gizmo', plural: 'gizmos', ...names };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${all.plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: all, versions, ...spec },
  };
}
