import { randomKey } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { referenceOf } from '../../../shared/core/kubernetes-object.ts';
import type { Cluster, ClusterRecord, KubernetesObject } from '../../../shared/ports.ts';
import { readClaim } from '../claim.ts';
import { FLUX_NAMESPACE } from '../namespace.ts';
import type { State } from '../state.ts';
import type { SourceCredentials } from './git-host.ts';
import { HOOK_SECRET, SYNC_NAME, syncObjects, syncReceiver } from './sync-manifests.ts';

/** The manager under which `flux bootstrap` applies. */
const MANAGER = 'flux';
/** Bytes of a webhook's token: as many as the SHA-1 that Flux's guide makes one with. */
const TOKEN_BYTES = 20;

/** A registered cluster that is ours and ready to be bootstrapped. Faults: `not-found`, `conflict`, `no-such-kind` and those of the cluster. */
export async function openOwn(
  state: State | undefined,
  name: string,
): Promise<{ readonly record: ClusterRecord; readonly cluster: Cluster }> {
  const records = (await state?.clusters.list(() => undefined)) ?? [];
  const record = records.find((one) => one.name === name);
  if (!state || !record) {
    const text = `no cluster "${name}" is registered; "sluice cluster add ${name}" registers it`;
    throw new Fault('not-found', text, { name });
  }
  const { cluster } = await state.clusters.open(record.id);
  const claim = await readClaim(cluster);
  if (claim?.deployment !== state.deployment.id) {
    const whose = claim ? 'belongs to another deployment of Sluice' : 'is not claimed';
    const take = claim ? ' --take' : '';
    const text = `cluster ${name} ${whose}; "sluice cluster add ${name}${take}" changes that`;
    throw new Fault('conflict', text, { name });
  }
  return { record, cluster };
}

/** Refuses a cluster that lacks the kinds of a sync, or syncs another folder. Faults: `no-such-kind`, `conflict`. */
export async function checkSync(cluster: Cluster, path: string, withReceiver: boolean): Promise<void> {
  const sync = syncObjects({ url: '', branch: '', path, interval: 0, secret: false });
  for (const { apiVersion, kind } of [...sync, ...(withReceiver ? [syncReceiver('github')] : [])]) {
    if (await cluster.resource({ apiVersion, kind })) continue;
    throw new Fault('no-such-kind', `the cluster knows no ${kind}; run "sluice install"`, { kind });
  }
  const [, kustomization] = sync as readonly [KubernetesObject, KubernetesObject];
  const present = await cluster.get(referenceOf(kustomization));
  const { path: before } = (present?.spec ?? {}) as { readonly path?: string };
  if (before === undefined || folder(before) === path) return;
  const text = `the cluster syncs ${before} already, not ./${path}; give --path ${before}, or delete kustomization/${SYNC_NAME} first`;
  throw new Fault('conflict', text, { before });
}

function folder(path: string): string {
  return path.replace(/^\.?\/+/, '').replace(/\/+$/, '');
}

/** The password in the sync's Secret, undefined when there is none yet. */
export async function presentReader(cluster: Cluster): Promise<SourceCredentials | undefined> {
  const { username, password } = await secretData(cluster, SYNC_NAME);
  return password ? { username: username ?? '', password } : undefined;
}

/** Writes the sync's Secret as `flux bootstrap --token-auth` does; without credentials only the host's authority. */
export async function writeReader(
  cluster: Cluster,
  reader: SourceCredentials | undefined,
  ca: string | undefined,
): Promise<void> {
  await writeSecret(cluster, SYNC_NAME, { ...reader, ...(ca !== undefined && { 'ca.crt': ca }) });
}

/** The token that verifies deliveries, made when there is none. */
export async function hookToken(cluster: Cluster): Promise<string> {
  const { token: present } = await secretData(cluster, HOOK_SECRET);
  if (present) return present;
  const token = Buffer.from(randomKey(TOKEN_BYTES)).toString('hex');
  await writeSecret(cluster, HOOK_SECRET, { token });
  return token;
}

/** Applies what the repository now holds, so that nobody has to wait for the first sync. */
export async function applySync(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) await cluster.apply(object, { fieldManager: MANAGER });
}

const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: FLUX_NAMESPACE } as const;

async function secretData(cluster: Cluster, name: string): Promise<Readonly<Record<string, string>>> {
  const found = await cluster.get({ ...SECRET, name });
  const { data = {} } = (found ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

async function writeSecret(
  cluster: Cluster,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const { apiVersion, kind, namespace } = SECRET;
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const object = { apiVersion, kind, metadata: { name, namespace }, type: 'Opaque', data };
  await cluster.apply(object, { fieldManager: MANAGER });
}
