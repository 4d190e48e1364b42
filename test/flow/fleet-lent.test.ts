import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import type { Ports } from '../../shared/ports.ts';
import { bucket } from '../../shared/reconcile/bucket/effects.ts';
import { gitRepository } from '../../shared/reconcile/git-repository/effects.ts';
import { helmChart } from '../../shared/reconcile/helm-chart/effects.ts';
import { ociRepository } from '../../shared/reconcile/oci-repository/effects.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { startAzureBlobs } from '../servers/azure-blobs.ts';
import type { CloudStub } from '../servers/cloud-stub.ts';
import { commit, createRepository, type GitServer, startGitServer } from '../servers/git-http.ts';
import { startGoogleObjects } from '../servers/google-objects.ts';
import { chartFiles, packCharts } from '../servers/helm.ts';
import { startMoto } from '../servers/moto.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { type Relay, startRelay } from '../servers/relay.ts';
import { s3Objects } from '../servers/s3-objects.ts';
import {
  AZURE_BLOBS,
  assuming,
  basic,
  type Clouds,
  CODE_COMMIT,
  ECR,
  emailOf,
  GOOGLE_STORAGE,
  openClouds,
  TENANT,
  wayOf,
} from './lending-clouds.ts';
import { type Around, type Fleet, openFleet, type SourceStatus } from './many-clusters.ts';
import { archive } from './oci.ts';

/** Clusters of one deployment. */
const MANY = 100;
const CLUSTERS = Array.from({ length: MANY }, (_, index) => `cluster-${index}`);
/** What cannot be packed smaller. */
const LOAD = randomBytes(100_000).toString('base64');
const ROLE = 'arn:aws:iam::123456789012:role/team';
const OTHER_ROLE = 'arn:aws:iam::999999999999:role/team';
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const LOGIN = { username: 'ada', password: 'word' };

let registry: OciServer;
let s3: AwsServer;
let git: GitServer;
const gitRoot = mkdtempSync(join(tmpdir(), 'fleet-lent-'));
const relays: Relay[] = [];
const stubs: Pick<CloudStub, 'stop'>[] = [];

beforeAll(async () => {
  const starting = [startRegistry({ basic: true }), startMoto(), startGitServer(gitRoot, LOGIN)] as const;
  [registry, s3, git] = await Promise.all(starting);
});
afterAll(async () => {
  for (const relay of relays) await relay.stop();
  for (const stub of stubs) stub.stop();
  await Promise.all([registry.stop(), s3.stop(), git.stop()]);
  rmSync(gitRoot, { recursive: true, force: true });
});

/** A fleet, its clouds, and what its server is asked. */
interface Stage {
  readonly clouds: Clouds;
  readonly relay: Relay;
  readonly visit: (cluster: string) => Promise<SourceStatus>;
  readonly fleet: Fleet;
  readonly isDownload: (path: string, bytes: number) => boolean;
}

/** Each cluster's run in a worker of its own, which remembers nothing of the others. */
function visiting(clouds: Clouds, relay: Relay, login: string, fleet: Fleet): Stage['visit'] {
  return (cluster) => {
    const { clock, store, http } = fleet.ports;
    const way = wayOf(clouds, http('flux'), relay, login);
    const { url } = clouds.stub;
    const endpoints = { ...PUBLIC_ENDPOINTS, aws: () => url, entra: url, googleSts: url, googleIam: url };
    const lending = { http: http('flux'), clock, endpoints, assumeIdentity: assuming(clouds) };
    const identities = createIdentities(lending);
    const others = { identities, store: { ...store }, http: () => way, git: createGit({ http: way }) };
    return fleet.visit(cluster, others as Partial<Ports>);
  };
}

/** The account of each cluster, of which one belongs to another role. */
function account(annotations: (cluster: string) => object): Around {
  const metadata = { namespace: 'apps', name: 'reader', uid: 'u1' };
  return {
    settings: { featureGates: { ObjectLevelWorkloadIdentity: true } },
    objectsOf: (cluster) => {
      const found = { apiVersion: 'v1', kind: 'ServiceAccount' };
      return [{ ...found, metadata: { ...metadata, annotations: annotations(cluster) } } as KubernetesObject];
    },
  };
}

const roleOf = (cluster: string): string => (cluster === 'other' ? OTHER_ROLE : ROLE);
const asRole = (cluster: string) => ({ 'eks.amazonaws.com/role-arn': roleOf(cluster) });
const asClient = (cluster: string) => ({
  'azure.workload.identity/tenant-id': TENANT,
  'azure.workload.identity/client-id': cluster === 'other' ? 'other-client' : 'client',
});
const asEmail = (cluster: string) => ({
  'gcp.auth.fluxcd.io/workload-identity-provider':
    'projects/1/locations/global/workloadIdentityPools/fleet/providers/hub',
  'iam.gke.io/gcp-service-account': emailOf(cluster === 'other' ? 'other' : 'reader'),
});
const timing = { interval: '10m', timeout: '60s' };
const READER = { ...timing, serviceAccountName: 'reader' };

async function relayTo(url: string): Promise<Relay> {
  const relay = await startRelay(url);
  relays.push(relay);
  return relay;
}

async function staged(
  relay: Relay,
  login: string,
  open: (clouds: Clouds) => Fleet,
  isDownload: Stage['isDownload'],
): Promise<Stage> {
  const clouds = await openClouds();
  stubs.push(clouds.stub);
  const fleet = open(clouds);
  return { clouds, relay, fleet, visit: visiting(clouds, relay, login, fleet), isDownload };
}

async function fillBucket(name: string): Promise<void> {
  const { createBucket, put } = s3Objects(s3);
  await createBucket(name);
  for (const key of ['a', 'b']) await put(name, key, LOAD);
}

async function gitStage(name: string, urlOf: (relay: Relay) => string, provider: string, around: Around) {
  await commit(await createRepository(gitRoot, name), { 'a.yaml': 'a: 1\n', load: LOAD }, 'first');
  const relay = await relayTo(git.url);
  const spec = { url: urlOf(relay), ref: { branch: 'main' }, provider, ...READER };
  const open = () => openFleet(gitRepository, { spec }, () => ({}), around);
  return staged(relay, basic(LOGIN), open, (_path, bytes) => bytes > LOAD.length / 2);
}

const STAGES: Readonly<Record<string, (name: string) => Promise<Stage>>> = {
  'Bucket as the role of an account': async (name) => {
    await fillBucket(name);
    const relay = await relayTo(s3.access.endpoint);
    const place = { bucketName: name, endpoint: relay.host, region: s3.access.region, insecure: true };
    const spec = { ...place, provider: 'aws', ...READER };
    const open = () => openFleet(bucket, { spec }, () => ({}), account(asRole));
    return staged(relay, '', open, (path) => /\/[ab](\?|$)/.test(path));
  },
  'Bucket as the role that is registered': async (name) => {
    await fillBucket(name);
    const relay = await relayTo(s3.access.endpoint);
    const place = { bucketName: name, endpoint: relay.host, region: s3.access.region, insecure: true };
    const settings = { identityRoleArn: ROLE };
    const open = () =>
      openFleet(bucket, { spec: { ...place, provider: 'aws', ...timing } }, () => ({}), { settings });
    return staged(relay, '', open, (path) => /\/[ab](\?|$)/.test(path));
  },
  'Bucket as a user of LDAP': async (name) => {
    await fillBucket(name);
    const relay = await relayTo(s3.access.endpoint);
    const place = { bucketName: name, endpoint: relay.host, region: s3.access.region, insecure: true };
    const users = (cluster: string) => ({
      user: {
        username: cluster === 'other' ? 'grace' : 'ada',
        password: cluster === 'stranger' ? 'guess' : 'word',
      },
    });
    const open = ({ stub }: Clouds) => {
      const sts = { provider: 'ldap', endpoint: stub.url, secretRef: { name: 'user' } };
      return openFleet(bucket, { spec: { ...place, provider: 'generic', sts, ...timing } }, users);
    };
    return staged(relay, '', open, (path) => /\/[ab](\?|$)/.test(path));
  },
  'Bucket of Azure as the application of an account': async (name) => {
    const blobs = await startAzureBlobs({ container: name, blobs: { a: LOAD, b: LOAD }, token: 'of-server' });
    stubs.push(blobs);
    const relay = await relayTo(blobs.url);
    const spec = { bucketName: name, endpoint: `https://${AZURE_BLOBS}`, provider: 'azure', ...READER };
    const open = () => openFleet(bucket, { spec }, () => ({}), account(asClient));
    return staged(relay, 'Bearer of-server', open, (path) => /\/[ab]$/.test(path));
  },
  'Bucket of Google as the service account of an account': async (name) => {
    const objects = await startGoogleObjects({
      bucket: name,
      objects: { a: LOAD, b: LOAD },
      token: 'of-server',
    });
    stubs.push(objects);
    const relay = await relayTo(objects.url);
    const spec = { bucketName: name, endpoint: GOOGLE_STORAGE, provider: 'gcp', ...READER };
    const open = () => openFleet(bucket, { spec }, () => ({}), account(asEmail));
    return staged(relay, 'Bearer of-server', open, (path) => path.includes('alt=media'));
  },
  'OCIRepository as the role of an account': async (name) => {
    const layer = { mediaType: FLUX.content, body: await archive({ 'a.yaml': 'a: 1\n', load: LOAD }) };
    const to = { url: registry.url, repository: `org/${name}`, authorization: basic(REGISTRY_USER) };
    await pushArtifact(to, 'latest', [layer]);
    const relay = await relayTo(registry.url);
    const spec = { url: `oci://${ECR}/org/${name}`, provider: 'aws', ...READER };
    const open = () => openFleet(ociRepository, { spec }, () => ({}), account(asRole));
    return staged(relay, basic(REGISTRY_USER), open, (path) => path.includes('/blobs/'));
  },
  'HelmChart of a registry as the role that is registered': async (name) => {
    const { packed } = await packCharts([chartFiles('app', '1.0.0', { 'files/load': LOAD })]);
    const body = packed[0]?.body ?? Buffer.alloc(0);
    const to = { url: registry.url, repository: `${name}/app`, authorization: basic(REGISTRY_USER) };
    await pushArtifact(to, '1.0.0', [{ mediaType: CHART, body }]);
    const relay = await relayTo(registry.url);
    const repository = { url: `oci://${ECR}/${name}`, type: 'oci', provider: 'aws', interval: '10m' };
    const metadata = { namespace: 'apps', name: 'charts' };
    const found = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata,
      spec: repository,
    };
    const spec = {
      chart: 'app',
      version: '1.0.0',
      sourceRef: { kind: 'HelmRepository', name: 'charts' },
      interval: '10m',
    };
    const around = {
      settings: { identityRoleArn: ROLE },
      objectsOf: () => [found as unknown as KubernetesObject],
    };
    const open = () => openFleet(helmChart, { spec }, () => ({}), around);
    return staged(relay, basic(REGISTRY_USER), open, (path) => path.includes('/blobs/'));
  },
  'GitRepository of CodeCommit as the role of an account': (name) =>
    gitStage(name, () => `https://${CODE_COMMIT}/v1/repos/${name}`, 'aws', account(asRole)),
  'GitRepository of Azure DevOps as the application of an account': (name) =>
    gitStage(name, ({ url }) => `${url}/${name}.git`, 'azure', account(asClient)),
};

function downloads({ relay, isDownload }: Stage): number {
  return relay.seen.filter(({ status, path, bytes }) => status === 200 && isDownload(path, bytes)).length;
}

const readyOf = ({ conditions = [] }: SourceStatus): string => {
  const { status, message } = conditions.find(({ type }) => type === 'Ready') ?? {};
  return status === 'True' ? 'True' : `${status} ${message}`;
};

describe.each(Object.entries(STAGES))('a %s, whom a cloud lends something else each time', (title, open) => {
  const named = (what: string): string =>
    `${what}-${title
      .toLowerCase()
      .replace(/[^a-z]+/g, '-')
      .slice(0, 40)
      .replace(/-$/, '')}`;

  test('is fetched and stored once for all who became the same', async () => {
    const stage = await open(named('once'));
    const alone = await stage.visit('cluster-0');
    expect(readyOf(alone)).toBe('True');
    const each = downloads(stage);

    const statuses = await Promise.all(CLUSTERS.map((cluster) => stage.visit(cluster)));

    expect(statuses.map(readyOf)).toEqual(Array(MANY).fill('True'));
    expect(new Set(statuses.map(({ artifact }) => artifact?.digest)).size).toBe(1);
    expect(downloads(stage)).toBe(each);
    expect(stage.clouds.issued.size).toBeGreaterThanOrEqual(MANY);
    const puts = stage.fleet.puts.filter((key) => key.startsWith('blobs/'));
    expect(new Set(puts).size).toBe(puts.length);
  });

  test('is nothing for whom the cloud refuses, and another one for who is somebody else', async () => {
    const stage = await open(named('refused'));
    expect(readyOf(await stage.visit('cluster-0'))).toBe('True');
    const each = downloads(stage);

    const refused = await stage.visit('stranger');

    expect(readyOf(refused)).toMatch(/^False/);
    expect(refused.artifact).toBeUndefined();
    expect(JSON.stringify(refused)).not.toContain('lent-');
    expect(downloads(stage)).toBe(each);
    if (title.includes('registered')) return;
    expect(readyOf(await stage.visit('other'))).toBe('True');
    expect(downloads(stage)).toBe(2 * each);
  });
});
