import { GROUP } from '../../shared/api/vocabulary.ts';
import type { KubernetesObject } from '../../shared/ports.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { FLUX_NAMESPACE } from './namespace.ts';

/** Where Sluice may act in a cluster: everywhere, or in some namespaces. */
export type Access = { readonly everywhere: true } | { readonly namespaces: readonly string[] };

/** Names of what belongs to Sluice's identity; `namespaced` is a cluster-wide name used with `--namespaces`. */
export const NAME = {
  account: 'sluice',
  token: 'sluice-token',
  everywhere: 'sluice',
  namespaced: 'sluice-namespaced',
} as const;

/** Marks what `cluster remove` may take away again. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'sluice' } as const;

const RBAC = 'rbac.authorization.k8s.io/v1';
const ADMIN = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' } as const;
const SUBJECTS = [{ kind: 'ServiceAccount', name: NAME.account, namespace: FLUX_NAMESPACE }] as const;

/**
 * The cluster-wide binding that owns everything else of the identity: when Sluice leaves it deletes this one object with
 * its last right, and the garbage collector takes the rest.
 */
export function rootOf(access: Access): KubernetesObject {
  const name = 'everywhere' in access ? NAME.everywhere : NAME.namespaced;
  const roleRef = 'everywhere' in access ? ADMIN : { ...ADMIN, name };
  return {
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: MANAGED_BY },
    roleRef,
    subjects: SUBJECTS,
  };
}

/** The rest of the identity, owned by the root binding with this uid. */
export function dependentsOf(access: Access, rootUid: string): readonly KubernetesObject[] {
  const root = rootOf(access);
  const ownerReferences = [
    { apiVersion: root.apiVersion, kind: root.kind, name: root.metadata.name, uid: rootUid },
  ];
  const shared = { labels: MANAGED_BY, ownerReferences };
  return [...rolesOf(access), ...accountOf()].map((object) => ({
    ...object,
    metadata: { ...object.metadata, ...shared },
  }));
}

function accountOf(): readonly KubernetesObject[] {
  const namespace = FLUX_NAMESPACE;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME.account, namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: NAME.token,
        namespace,
        annotations: { 'kubernetes.io/service-account.name': NAME.account },
      },
      type: 'kubernetes.io/service-account-token',
    },
  ];
}

function rolesOf(access: Access): readonly KubernetesObject[] {
  if ('everywhere' in access) return [];
  const bindings = access.namespaces.map((namespace) => ({
    apiVersion: RBAC,
    kind: 'RoleBinding',
    metadata: { name: NAME.account, namespace },
    roleRef: ADMIN,
    subjects: SUBJECTS,
  }));
  return [
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: NAME.namespaced }, rules: READING },
    ...bindings,
  ];
}

/** What finding and judging Flux objects needs beyond the namespaces, and the right to leave. */
const READING = [
  { apiGroups: Object.values(GROUP), resources: ['*'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [OWNER.name], verbs: ['get', 'delete'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] },
  {
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterrolebindings'],
    resourceNames: [NAME.namespaced],
    verbs: ['get', 'delete'],
  },
] as const;

/** One question of a SelfSubjectAccessReview. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What the identity must be allowed to do. */
export function rightsOf(access: Access): readonly Right[] {
  const anything = { verb: '*', group: '*', resource: '*' };
  if ('everywhere' in access) return [anything];
  return [
    ...access.namespaces.map((namespace) => ({ ...anything, namespace })),
    ...Object.values(GROUP).map((group) => ({ verb: 'list', group, resource: '*' })),
    { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' },
    { verb: 'get', group: '', resource: 'configmaps', namespace: OWNER.namespace, name: OWNER.name },
  ];
}

/** A right in words. */
export function rightText({ verb, group, resource, namespace, name }: Right): string {
  const what =
    resource === '*'
      ? group === '*'
        ? 'anything'
        : `all of ${group}`
      : `${resource}${name ? ` ${name}` : ''}`;
  const doing = verb === '*' ? 'do everything with' : verb;
  return `${doing} ${what}${namespace ? ` in namespace ${namespace}` : ' in the whole cluster'}`;
}
