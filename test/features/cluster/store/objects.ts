import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';

/** A ConfigMap with a uid, as the requests would store it. */
export function configMap(
  name: string,
  namespace = 'a',
  data: Readonly<Record<string, string>> = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, uid: `uid-of-${namespace}-${name}`, labels: { name } },
    data,
  };
}

/** The resource of ConfigMaps. */
export const CONFIG_MAPS = '/configmaps';

/** Their kind. */
export const CONFIG_MAP = { group: '', version: 'v1', kind: 'ConfigMap' };

/** A nature for stores: they need nothing but names. */
export const NATURE = { uuid: () => '00000000-0000-4000-8000-000000000000' };
