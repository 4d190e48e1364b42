import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { sweepBlobs } from '../../shared/artifact/blob-sweep.ts';
import type { Clock } from '../../shared/ports.ts';
import { bucket } from '../../shared/reconcile/bucket/effects.ts';
import { helmRepository } from '../../shared/reconcile/helm-repository/effects.ts';
import { ociRepository } from '../../shared/reconcile/oci-repository/effects.ts';
import { collect } from '../contracts/collect.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { serve } from '../features/http/web-server.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { type Relay, startRelay } from '../servers/relay.ts';
import { s3Objects } from '../servers/s3-objects.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { type Fleet, openFleet, type SourceStatus } from './many-clusters.ts';
import { archive } from './oci.ts';

/** Clusters of one deployment. */
const MANY = 100;
const CLUSTERS = Array.from({ length: MANY }, (_, index) => `cluster-${index}`);
/** What cannot be packed smaller. */
const LOAD = randomBytes(200_000).toString('base64');

let registry: OciServer;
let s3: AwsServer;
const relays: Relay[] = [];

beforeAll(async () => {
  [registry, s3] = await Promise.all([startRegistry({ basic: true }), startS3Server()]);
});
afterAll(async () => {
  for (const relay of relays) await relay.stop();
  await Promise.all([registry.stop(), s3.stop()]);
});

/** A fleet and what its server is asked. */
interface Stage {
  readonly fleet: Fleet;
  readonly relay: Relay;
  /** Which of the requests bring what is packed, with so many an artifact. */
  readonly isDownload: (path: string, method: string) => boolean;
  readonly downloads: number;
  /** Which requests every object makes itself; one each. */
  readonly isOwn: (path: string, method: string) => boolean;
  readonly links: number;
}

const right = (cluster: string): boolean => cluster !== 'stranger';

async function relayTo(url: string): Promise<Relay> {
  const relay = await startRelay(url);
  relays.push(relay);
  return relay;
}

const STAGES: Readonly<Record<string, (name: string) => Promise<Stage>>> = {
  OCIRepository: async (name) => {
    const { username, password } = REGISTRY_USER;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const layer = { mediaType: FLUX.content, body: await archive({ 'a.yaml': 'a: 1\n', load: LOAD }) };
    const to = { url: registry.url, repository: `org/${name}`, authorization };
    await pushArtifact(to, 'latest', [layer]);
    const relay = await relayTo(registry.url);
    const spec = {
      ...{ url: `oci://${relay.host}/org/${name}`, provider: 'generic', insecure: true },
      ...{ interval: '10m', timeout: '60s', secretRef: { name: 'login' } },
    };
    const login = (word: string) => JSON.stringify({ auths: { [relay.host]: { username, password: word } } });
    const fleet = openFleet(ociRepository, { spec }, (cluster) => ({
      login: { '.dockerconfigjson': login(right(cluster) ? password : 'guess') },
    }));
    const isDownload = (path: string) => path.includes('/blobs/');
    const isOwn = (path: string, method: string) => path.endsWith('/manifests/latest') && method === 'HEAD';
    return { fleet, relay, isDownload, downloads: 1, isOwn, links: 1 };
  },
  Bucket: async (name) => {
    const { createBucket, put } = s3Objects(s3);
    await createBucket(name);
    for (const key of ['a', 'b', 'c']) await put(name, key, LOAD);
    const relay = await relayTo(s3.access.endpoint);
    const { accessKeyId, secretAccessKey } = s3.access.credentials;
    const spec = {
      ...{ bucketName: name, endpoint: relay.host, region: s3.access.region, provider: 'generic' },
      ...{ insecure: true, interval: '10m', timeout: '60s', secretRef: { name: 'keys' } },
    };
    const fleet = openFleet(bucket, { spec }, (cluster) => ({
      keys: { accesskey: accessKeyId, secretkey: right(cluster) ? secretAccessKey : 'guess' },
    }));
    const isDownload = (path: string) => /\/[abc](\?|$)/.test(path);
    const isOwn = (path: string) => path.includes('list-type=2');
    return { fleet, relay, isDownload, downloads: 3, isOwn, links: 1 };
  },
  HelmRepository: async () => {
    const versions = Array.from({ length: 500 }, (_, index) => versionYaml('app', `1.0.${index}`));
    const index = indexYaml({ app: versions });
    const etag = `"${createHash('sha256').update(index).digest('hex')}"`;
    const proof = `Basic ${Buffer.from('ada:word').toString('base64')}`;
    const url = await serve((request, response) => {
      if (request.headers.authorization !== proof) response.writeHead(401).end();
      else response.writeHead(200, { etag }).end(index);
    });
    const relay = await relayTo(url);
    const spec = { url: relay.url, interval: '10m', secretRef: { name: 'login' } };
    const fleet = openFleet(helmRepository, { spec }, (cluster) => ({
      login: { username: 'ada', password: right(cluster) ? 'word' : 'guess' },
    }));
    const isDownload = (_path: string, method: string) => method === 'GET';
    return { fleet, relay, isDownload, downloads: 1, isOwn: (_, method) => method === 'HEAD', links: 1 };
  },
};

function counts({ relay, isDownload, isOwn }: Stage) {
  const good = relay.seen.filter(({ status }) => status === 200);
  return {
    downloads: good.filter(({ path, method }) => isDownload(path, method)).length,
    own: good.filter(({ path, method }) => isOwn(path, method)).length,
    bytes: good.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const readyOf = ({ conditions = [] }: SourceStatus): string =>
  conditions.find(({ type }) => type === 'Ready')?.status ?? 'none';

/** Time that runs a hundred times as fast for whoever waits for a lease. */
function hasty(): Clock {
  const start = Date.now();
  return {
    now: () => new Date(start + (Date.now() - start) * 100),
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 100, signal),
    timeout: systemClock.timeout,
  };
}

describe.each(Object.entries(STAGES))('a %s that all clusters of a fleet have', (kind, open) => {
  const named = (what: string): string => `${what}-${kind.toLowerCase()}`;

  test('is fetched and stored once when all wake in the same second; each asks the remote itself', async ({
    annotate,
  }) => {
    const stage = await open(named('once'));

    const statuses = await Promise.all(CLUSTERS.map((cluster) => stage.fleet.visit(cluster)));

    expect(statuses.map(readyOf)).toEqual(Array(MANY).fill('True'));
    expect(new Set(statuses.map(({ artifact }) => artifact?.digest)).size).toBe(1);
    const { downloads, own, bytes } = counts(stage);
    expect([downloads, own]).toEqual([stage.downloads, MANY]);
    expect(await stage.fleet.stored()).toEqual({ blobs: 1, pointers: MANY * (1 + stage.links), leases: 1 });
    await annotate(`${stage.relay.seen.length} requests, ${bytes} bytes for ${MANY} clusters`);

    stage.relay.seen.length = 0;
    await Promise.all(CLUSTERS.map((cluster) => stage.fleet.visit(cluster)));
    expect(counts(stage)).toMatchObject({ downloads: 0, own: MANY });
  });

  test('is nothing for one whom the remote refuses', async () => {
    const stage = await open(named('refused'));
    await stage.fleet.visit('cluster-0');

    const refused = await stage.fleet.visit('stranger');

    expect(readyOf(refused)).toBe('False');
    expect(refused.artifact).toBeUndefined();
    expect(await stage.fleet.stored()).toMatchObject({ blobs: 1, pointers: 1 + stage.links });
  });

  test('is fetched by another when the one who fetches dies', async () => {
    const stage = await open(named('died'));
    const { ports, visit } = stage.fleet;
    const clock = hasty();
    const begun = Promise.withResolvers<void>();
    const http = ports.http('flux');
    const dies = () => ({
      request: (request: Parameters<typeof http.request>[0]) => {
        if (!stage.isDownload(new URL(request.url).pathname, request.method)) return http.request(request);
        begun.resolve();
        return new Promise<never>(() => {});
      },
    });
    void visit('cluster-0', { clock, http: dies });
    await begun.promise;

    const statuses = await Promise.all(CLUSTERS.slice(1, 20).map((cluster) => visit(cluster, { clock })));

    expect(statuses.map(readyOf)).toEqual(Array(19).fill('True'));
    expect(counts(stage).downloads).toBe(stage.downloads);
  });

  test('is fetched again when its bytes were swept, though somebody was just told of them', async () => {
    const stage = await open(named('swept'));
    const { ports, visit } = stage.fleet;
    await visit('cluster-0');
    for await (const { key } of ports.store.list('artifacts/')) await ports.store.delete(key);
    const DAY_LATER = { now: () => new Date(Date.now() + 25 * 3_600_000) };
    const [lease] = await collect(ports.store.list('leases/'));
    const told = await ports.store.get(lease?.key ?? '');
    expect(await sweepBlobs(ports.store, DAY_LATER)).toMatchObject({ deleted: 1 });
    await ports.store.put(lease?.key ?? '', told?.body ?? new Uint8Array());

    const status = await visit('cluster-1');

    expect(readyOf(status)).toBe('True');
    const key = `blobs/${status.artifact?.digest.slice('sha256:'.length)}`;
    expect((await ports.store.head(key))?.size).toBe(status.artifact?.size);
    expect(counts(stage).downloads).toBe(2 * stage.downloads);
  });
});

test('an OCIRepository that names a digest asks for it itself before it is given what others pulled', async () => {
  const { username, password } = REGISTRY_USER;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const layer = { mediaType: FLUX.content, body: await archive({ 'a.yaml': 'a: 1\n' }) };
  const to = { url: registry.url, repository: 'org/pinned', authorization };
  const { digest } = await pushArtifact(to, undefined, [layer]);
  const relay = await relayTo(registry.url);
  const spec = {
    ...{ url: `oci://${relay.host}/org/pinned`, ref: { digest }, provider: 'generic', insecure: true },
    ...{ interval: '10m', timeout: '60s', secretRef: { name: 'login' } },
  };
  // One identity, whose right is taken back.
  const auths = { [relay.host]: { username, password } };
  const fleet = openFleet(ociRepository, { spec }, () => ({
    login: { '.dockerconfigjson': JSON.stringify({ auths }) },
  }));
  const http = fleet.ports.http('flux');
  const refused = () => ({
    request: (request: Parameters<typeof http.request>[0]) =>
      http.request({ ...request, headers: { ...request.headers, authorization: 'Basic bm86bm8=' } }),
  });

  const [first, second] = [await fleet.visit('cluster-0'), await fleet.visit('cluster-1')];
  const stranger = await fleet.visit('cluster-2', { http: refused });

  expect([first, second, stranger].map(readyOf)).toEqual(['True', 'True', 'False']);
  expect(stranger.artifact).toBeUndefined();
  const good = relay.seen
    .filter(({ status }) => status === 200)
    .map(({ method, path }) => `${method} ${path}`);
  expect(good.filter((line) => line.includes('/blobs/'))).toHaveLength(1);
});
