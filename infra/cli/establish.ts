import { type ConnectOptions, connect } from '../../shared/adapters/kubernetes/connect.ts';
import type { ParsedKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { Fault, isFault } from '../../shared/core/failures.ts';
import { referenceOf } from '../../shared/core/kubernetes-object.ts';
import type { Clock, Cluster, KubernetesObject, ObjectReference } from '../../shared/ports.ts';
import { type Access, dependentsOf, MANAGED_BY, NAME, type Right, rightText, rootOf } from './identity.ts';
import { FIELD_MANAGER, FLUX_NAMESPACE } from './namespace.ts';

/** Ours: how long the token controller may take to fill the Secret, and RBAC to hear of new bindings, in milliseconds. */
const SETTLED_WITHIN_MS = 15_000;
const ASK_EVERY_MS = 100;
const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' } as const;
const MANAGED = Object.entries(MANAGED_BY)
  .map(([key, value]) => `${key}=${value}`)
  .join();

/** Creates Sluice's identity, or brings it up to date, and returns its token. */
export async function establishIdentity(cluster: Cluster, access: Access, clock: Clock): Promise<string> {
  const options = { fieldManager: FIELD_MANAGER };
  const root = await cluster.apply(rootOf(access), options);
  const dependents = dependentsOf(access, root.metadata.uid ?? '');
  for (const object of dependents) await cluster.apply(object, options);
  await removeStale(cluster, access);
  return readToken(cluster, clock);
}

/** Where Sluice may act by an earlier registration; undefined when it has no identity there. */
export async function presentAccess(cluster: Cluster): Promise<Access | undefined> {
  const { apiVersion, kind } = rootOf({ everywhere: true });
  const [everywhere, namespaced] = await Promise.all(
    [NAME.everywhere, NAME.namespaced].map((name) => cluster.get({ apiVersion, kind, name })),
  );
  if (everywhere) return { everywhere: true };
  if (!namespaced) return undefined;
  return { namespaces: (await roleBindings(cluster)).map(({ metadata: { namespace = '' } }) => namespace) };
}

async function roleBindings(cluster: Cluster): Promise<readonly KubernetesObject[]> {
  const bindings = await cluster.list({ ...RBAC, kind: 'RoleBinding' }, { labelSelector: MANAGED });
  return bindings.items.filter(({ metadata: { name } }) => name === NAME.account);
}

/** Bindings of an earlier registration with other namespaces, after what replaces them. */
async function removeStale(cluster: Cluster, access: Access): Promise<void> {
  const namespaces = 'namespaces' in access ? access.namespaces : [];
  const stale: ObjectReference[] = (await roleBindings(cluster))
    .filter(({ metadata: { namespace = '' } }) => !namespaces.includes(namespace))
    .map(referenceOf);
  const other = 'everywhere' in access ? NAME.namespaced : NAME.everywhere;
  stale.push({ ...RBAC, kind: 'ClusterRoleBinding', name: other });
  if ('everywhere' in access) stale.push({ ...RBAC, kind: 'ClusterRole', name: NAME.namespaced });
  for (const reference of stale) await cluster.delete(reference);
}

async function readToken(cluster: Cluster, clock: Clock): Promise<string> {
  const reference = { apiVersion: 'v1', kind: 'Secret', namespace: FLUX_NAMESPACE, name: NAME.token };
  const token = await settled(clock, async () => {
    const secret = (await cluster.get(reference)) as { data?: { token?: string } } | undefined;
    return secret?.data?.token;
  });
  if (token) return Buffer.from(token, 'base64').toString('utf8');
  const text = `no token came into Secret ${FLUX_NAMESPACE}/${NAME.token} within ${SETTLED_WITHIN_MS / 1000} s; is kube-controller-manager running?`;
  throw new Fault('timeout', text);
}

/** The rights that the credentials in `config` lack, asked as themselves, until none is missing or time is up. */
export async function missingRights(
  config: ParsedKubeconfig & Pick<ConnectOptions, 'tunnel'>,
  rights: readonly Right[],
  clock: Clock,
  patient: boolean,
): Promise<readonly string[]> {
  const connection = connect({ id: 'sluice', ...config });
  let missing: readonly Right[] = rights;
  const ask = async () => {
    const allowed = await Promise.all(missing.map((right) => isAllowed(connection, right)));
    missing = missing.filter((_, index) => !allowed[index]);
    return missing.length === 0 || undefined;
  };
  try {
    if (patient) await settled(clock, () => ask().catch(notYetKnown));
    else await ask();
    return missing.map(rightText);
  } finally {
    connection.close();
  }
}

/** The authenticator may not have seen a token that is some milliseconds old. */
function notYetKnown(error: unknown): undefined {
  if (!isFault(error, 'unauthorized')) throw error;
}

async function isAllowed(cluster: Cluster, resourceAttributes: Right): Promise<boolean> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: { name: '' },
    spec: { resourceAttributes },
  };
  const answer = await cluster.create(review, { fieldManager: FIELD_MANAGER });
  return (answer as { status?: { allowed?: boolean } }).status?.allowed === true;
}

async function settled<T>(clock: Clock, question: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = clock.now().getTime() + SETTLED_WITHIN_MS;
  for (;;) {
    const answer = await question();
    if (answer !== undefined || clock.now().getTime() > deadline) return answer;
    await clock.sleep(ASK_EVERY_MS);
  }
}
