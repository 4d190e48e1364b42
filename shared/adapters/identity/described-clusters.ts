import { canonicalJson } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import {
  type ApiServer,
  canonicalAddress,
  chooseServer,
  decodeBase64,
  serversIn,
} from '../../core/identity/address.ts';
import { type EksCluster, eksToken, parseEksCluster } from '../../core/identity/aws.ts';
import { AKS_SCOPE, ARM_SCOPE, aksPathOf } from '../../core/identity/azure.ts';
import { gkePathOf } from '../../core/identity/google.ts';
import { NO_PAYLOAD, signV4 } from '../../core/sigv4.ts';
import type { Asker, AwsKeys, ClusterAccess, DescribedCluster } from '../../ports.ts';
import { borrowerOf, isLent, readAccount, tokenOf } from './account.ts';
import { ask, objectIn, partOf, textIn } from './ask.ts';
import { AWS, awsKeys } from './aws-keys.ts';
import { AZURE, azureToken } from './azure-token.ts';
import { GOOGLE, googleToken } from './google-token.ts';
import { accountNameOf, type Lending } from './lending.ts';

/** Managed clusters as this version of Azure's API tells them. */
const AKS_API = 'api-version=2024-09-01';

const LENDERS = { aws: AWS, azure: AZURE, gcp: GOOGLE };

/** Address, CA and token of a cluster that a cloud, or its address, names; kept for those who ask as the same identity for the same cluster. */
export async function clusterAccess(
  lending: Lending,
  asker: Asker,
  described: DescribedCluster,
): Promise<ClusterAccess> {
  const { provider, cluster = '', address = '', ca = '' } = described;
  if (provider === 'generic') return genericAccess(lending, asker, described);
  const { record, audiences = [] } = asker;
  const identity = await identityOf(asker, provider);
  const key = ['cluster', record.id, provider, ...identity, cluster, address, ca, ...audiences];
  return lending.keep(key, () => cloudAccess(lending, asker, { ...described, provider }));
}

/** What tells identities apart, as it is now: an account by all that its cloud reads of it. */
async function identityOf(asker: Asker, provider: keyof typeof LENDERS): Promise<readonly string[]> {
  const { identityRoleArn } = asker.record.settings;
  const lent = isLent(asker) ? ['lent'] : [];
  if (isLent(asker) && provider === 'aws' && identityRoleArn !== undefined) return [...lent, identityRoleArn];
  const { account } = await borrowerOf(asker, LENDERS[provider]);
  const { namespace, name, uid, annotations } = account;
  // Where a lent token goes is looked up, so nobody else's answer will do.
  return [...lent, namespace, name, uid, canonicalJson(annotations)];
}

function cloudAccess(
  lending: Lending,
  asker: Asker,
  described: DescribedCluster & { readonly provider: 'aws' | 'azure' | 'gcp' },
): Promise<ClusterAccess> {
  switch (described.provider) {
    case 'aws':
      return eksAccess(lending, asker, described);
    case 'azure':
      return aksAccess(lending, asker, described);
    case 'gcp':
      return gkeAccess(lending, asker, described);
  }
}

async function eksAccess(
  lending: Lending,
  asker: Asker,
  described: DescribedCluster,
): Promise<ClusterAccess> {
  const cluster = parseEksCluster(described.cluster ?? '');
  const keys = await awsKeys(lending, { ...asker, region: cluster.region });
  const server = await serverOf(described, isLent(asker), () =>
    describeEks(lending, cluster, keys, asker.signal),
  );
  const now = lending.clock.now();
  const { token, expiresAt } = eksToken(cluster, keys, now, lending.endpoints.aws('sts', cluster.region));
  const until = Math.min(expiresAt.getTime(), keys.expiresAt.getTime());
  return { ...server, token, expiresAt: new Date(until) };
}

async function describeEks(
  lending: Lending,
  cluster: EksCluster,
  keys: AwsKeys,
  signal: AbortSignal,
): Promise<readonly ApiServer[]> {
  const what = `failed to describe EKS cluster '${cluster.arn}'`;
  const url = new URL(`${lending.endpoints.aws('eks', cluster.region)}/clusters/${cluster.name}`);
  const unsigned = { method: 'GET', url, headers: {}, payload: NO_PAYLOAD };
  const scope = { region: cluster.region, service: 'eks', now: lending.clock.now() };
  const headers = signV4(unsigned, keys, scope);
  const answer = objectIn(await ask(lending, { method: 'GET', url: url.href, headers }, signal), what);
  const found = partOf(answer, 'cluster');
  const ca = textIn(partOf(found, 'certificateAuthority'), 'data', what);
  return [{ server: textIn(found, 'endpoint', what), ca: decodeBase64(ca) }];
}

async function aksAccess(
  lending: Lending,
  asker: Asker,
  described: DescribedCluster,
): Promise<ClusterAccess> {
  const token = await azureToken(lending, { ...asker, scope: AKS_SCOPE });
  const server = await serverOf(described, isLent(asker), async () => {
    const path = aksPathOf(described.cluster ?? '');
    const arm = await azureToken(lending, { ...asker, scope: ARM_SCOPE });
    return describeAks(lending, path, described.cluster ?? '', arm.token, asker.signal);
  });
  return { ...server, ...token };
}

async function describeAks(
  lending: Lending,
  path: string,
  cluster: string,
  token: string,
  signal: AbortSignal,
): Promise<readonly ApiServer[]> {
  const what = `failed to describe AKS cluster '${cluster}'`;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const url = `${lending.endpoints.arm}${path}`;
  const found = objectIn(
    await ask(lending, { method: 'GET', url: `${url}?${AKS_API}`, headers }, signal),
    what,
  );
  if (partOf(found, 'properties').aadProfile === undefined) {
    const text = `AKS cluster ${cluster} does not have Microsoft Entra ID integration enabled`;
    throw new Fault('invalid', text, { field: 'cluster' });
  }
  const asked = { method: 'POST', url: `${url}/listClusterUserCredential?${AKS_API}`, headers, body: '' };
  const { kubeconfigs } = objectIn(await ask(lending, asked, signal), what);
  const listed = Array.isArray(kubeconfigs) ? (kubeconfigs as readonly unknown[]) : [];
  return listed.flatMap((one) => {
    const value = (one as { readonly value?: unknown } | null)?.value;
    return typeof value === 'string' ? serversIn(decodeBase64(value)).slice(0, 1) : [];
  });
}

async function gkeAccess(
  lending: Lending,
  asker: Asker,
  described: DescribedCluster,
): Promise<ClusterAccess> {
  const token = await googleToken(lending, asker);
  const server = await serverOf(described, isLent(asker), async () => {
    const { cluster = '' } = described;
    const what = `failed to describe GKE cluster '${cluster}'`;
    const url = `${lending.endpoints.gke}/v1${gkePathOf(cluster)}`;
    const headers = { authorization: `Bearer ${token.token}`, accept: 'application/json' };
    const found = objectIn(await ask(lending, { method: 'GET', url, headers }, asker.signal), what);
    return gkeServers(found, what);
  });
  return { ...server, ...token };
}

/** Its main address first, and the others that it may have: private, public, by name. */
function gkeServers(found: Readonly<Record<string, unknown>>, what: string): readonly ApiServer[] {
  const ca = decodeBase64(textIn(partOf(found, 'masterAuth'), 'clusterCaCertificate', what));
  const control = partOf(found, 'controlPlaneEndpointsConfig');
  const places = [partOf(found, 'privateClusterConfig'), partOf(control, 'ipEndpointsConfig')];
  const others = places.flatMap(({ privateEndpoint, publicEndpoint }) => [privateEndpoint, publicEndpoint]);
  const addresses = [textIn(found, 'endpoint', what), ...others.filter(isAddress)];
  const { endpoint } = partOf(control, 'dnsEndpointConfig');
  // Google's own certificate stands behind the name.
  const named = isAddress(endpoint) ? [{ server: endpoint }] : [];
  return [...addresses.map((server) => ({ server, ca })), ...named];
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The account's own token, for the address unless audiences are named. */
async function genericAccess(
  lending: Lending,
  asker: Asker,
  { address, ca }: DescribedCluster,
): Promise<ClusterAccess> {
  if (address === undefined || address === '') {
    throw new Fault('invalid', 'provider generic needs the address of the cluster', { field: 'address' });
  }
  const server = canonicalAddress(address);
  const audiences = asker.audiences ?? [address];
  const token = await keptToken(lending, { ...asker, audiences }, audiences);
  return { server, ...(ca && { ca }), ...token };
}

/** A token of the asker's own account, kept. Nobody's else: who says what it is good for may say that a cloud takes it. */
export async function keptToken(lending: Lending, asker: Asker, audiences: readonly string[]) {
  const account = await readAccount(asker, accountNameOf(asker));
  const key = ['generic', asker.record.id, account.namespace, account.name, account.uid, ...audiences];
  return lending.keep(key, () => tokenOf(asker, account, audiences));
}

/**
 * What is given, and the rest as the cloud tells it; it is not asked where both are given. But what is registered is lent
 * to all tenants: such a token goes to the cluster it is for, as its cloud knows it, and nowhere else. Fault `invalid`.
 */
async function serverOf(
  { cluster = '', address, ca }: DescribedCluster,
  lent: boolean,
  lookUp: () => Promise<readonly ApiServer[]>,
): Promise<ApiServer> {
  if (address && ca && !lent) return { server: canonicalAddress(address), ca };
  const found = chooseServer(await lookUp(), address || undefined, cluster);
  if (!ca) return found;
  if (!lent || found.ca?.trim() === ca.trim()) return { ...found, ca };
  const advice =
    'take that away, or name a service account: the registered identity goes by what its cloud says';
  const text = `cluster ${cluster} has another CA than the one in ca.crt; ${advice}`;
  throw new Fault('invalid', text, { field: 'ca.crt' });
}
