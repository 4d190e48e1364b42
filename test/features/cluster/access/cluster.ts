import {
  type Identity,
  makeIdentity,
  makeServerIdentity,
} from '../../../../infra/local/cluster/access/identity.ts';
import { type OpenAccess, openAccess } from '../../../../infra/local/cluster/access/open-access.ts';
import type { Attempt } from '../../../../infra/local/cluster/access.ts';
import { ApiError } from '../../../../infra/local/cluster/api-error.ts';
import type { Call, Nature, Store, User } from '../../../../infra/local/cluster/model.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';

/** Nature whose time is set by hand, and whose chance counts. */
export interface SetNature extends Nature {
  /** Moves time on. */
  pass(seconds: number): void;
}

/** An access with its store, and short ways to fill and ask it. */
export interface TestCluster {
  readonly access: OpenAccess;
  readonly store: Store;
  readonly nature: SetNature;
  readonly identity: Identity;
  /** Stores a ServiceAccount and returns its uid. */
  account(namespace: string, name: string): string;
  clusterRole(name: string, rules: readonly unknown[], more?: Readonly<Record<string, unknown>>): void;
  role(namespace: string, name: string, rules: readonly unknown[]): void;
  /** Binds subjects (`User:joe`, `Group:g`, `ServiceAccount:ns/name`) cluster-wide, or in a namespace. */
  bind(namespace: string, role: string, ...subjects: readonly string[]): void;
  /** A token of TokenRequest. */
  token(namespace: string, name: string, spec?: Readonly<Record<string, unknown>>): string;
  /** Who a request with this bearer token is. */
  whoIs(token: string, headers?: Readonly<Record<string, string | readonly string[]>>): User;
}

export const ADMIN: User = { name: 'admin', groups: ['system:masters'] };
export const START = new Date('2026-03-04T05:06:07.890Z');

const RBAC = 'rbac.authorization.k8s.io';
const shared = makeServerIdentity(START);

/** An empty cluster; its administrator's token is `admin-token`. */
export function testCluster(): TestCluster {
  const nature = setNature(START);
  const store = openStore({ nature });
  const identity = makeIdentity(shared, START);
  const access = openAccess({ store, nature, identity, tokens: { 'admin-token': ADMIN } });
  const put = (id: string, kind: string, namespace: string, name: string, rest: object) =>
    store.put(id, {
      apiVersion: `${RBAC}/v1`,
      kind,
      ...rest,
      metadata: { name, ...(namespace && { namespace }), uid: nature.uuid(), ...Object(rest).metadata },
    });

  return {
    ...{ access, store, nature, identity },
    account: (namespace, name) => put('/serviceaccounts', 'ServiceAccount', namespace, name, {}).uid,
    clusterRole: (name, rules, more = {}) =>
      void put(`${RBAC}/clusterroles`, 'ClusterRole', '', name, { rules, ...more }),
    role: (namespace, name, rules) => void put(`${RBAC}/roles`, 'Role', namespace, name, { rules }),
    bind(namespace, role, ...subjects) {
      const [kind = '', name = ''] = role.split(':');
      const id = `${RBAC}/${namespace ? 'rolebindings' : 'clusterrolebindings'}`;
      put(id, namespace ? 'RoleBinding' : 'ClusterRoleBinding', namespace, `${name}-to-${subjects.length}`, {
        roleRef: { apiGroup: RBAC, kind, name },
        subjects: subjects.map(toSubject),
      });
    },
    token(namespace, name, spec = {}) {
      const request = {
        apiVersion: 'v1',
        kind: 'TokenRequest',
        metadata: {},
        spec,
      } as unknown as KubernetesObject;
      const answer = access.virtual.get('/serviceaccounts/token')?.(
        callOf(ADMIN, { group: '', plural: 'serviceaccounts', kind: 'ServiceAccount' }, namespace, name),
        request,
      );
      return (answer as unknown as { status: { token: string } }).status.token;
    },
    whoIs: (token, headers = {}) =>
      access.identify({ headers: { ...headers, authorization: `Bearer ${token}` } }),
  };
}

/** A call on one resource of version v1. */
export function callOf(
  user: User,
  { group, plural, kind }: { readonly group: string; readonly plural: string; readonly kind: string },
  namespace = '',
  name = '',
): Call {
  return {
    user,
    namespace,
    name,
    type: { group, version: 'v1', plural, kind } as unknown as Call['type'],
  };
}

/** What somebody wants to do with a resource of the core group. */
export function attemptTo(verb: string, resource: string, namespace = '', name = ''): Attempt {
  const [plural = '', subresource] = resource.split('/');
  return {
    verb,
    group: '',
    version: 'v1',
    resource: plural,
    ...(subresource && { subresource }),
    namespace,
    name,
  };
}

/** The ApiError that `work` throws; fails when it throws none. */
export function refusal(work: () => unknown): { readonly code: number; readonly message: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

function toSubject(text: string): Readonly<Record<string, string>> {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (kind !== 'ServiceAccount') return { kind, name, apiGroup: RBAC };
  const [namespace = '', account = ''] = name.split('/');
  return { kind, name: account, namespace };
}

function setNature(start: Date): SetNature {
  let now = start.getTime();
  let count = 0;
  return {
    now: () => new Date(now),
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    suffix: (length) => 'x'.repeat(length),
    after: () => () => {},
    pass(seconds) {
      now += seconds * 1000;
    },
  };
}
