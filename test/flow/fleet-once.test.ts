import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { sweepBlobs } from '../../shared/artifact/blob-sweep.ts';
import { bucket } from '../../shared/reconcile/bucket/effects.ts';
import { gitRepository } from '../../shared/reconcile/git-repository/effects.ts';
import { helmRepository } from '../../shared/reconcile/helm-repository/effects.ts';
import { ociRepository } from '../../shared/reconcile/oci-repository/effects.ts';
import { collect } from '../contracts/collect.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { serve } from '../features/http/web-server.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { commit, createRepository, type GitServer, startGitServer } from '../servers/git-http.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { type Relay, startRelay } from '../servers/relay.ts';
import { s3Objects } from '../servers/s3-objects.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { type Fleet, openFleet, type SourceStatus } from './many-clusters.ts';
import { archive } from './oci.ts';
import { ahead } from './setting.ts';

/** Clusters of one deployment. */
const MANY = 100;
const CLUSTERS = Array.from({ length: MANY }, (_, index) => `cluster-${index}`);
/** What cannot be packed smaller. */
const LOAD = randomBytes(200_000).toString('base64');

let registry: OciServer;
let s3: AwsServer;
let git: GitServer;
const gitRoot = mkdtempSync(join(tmpdir(), 'fleet-git-'));
const relays: Relay[] = [];

beforeAll(async () => {
  const login = { username: 'ada', password: 'word' };
  const starting = [startRegistry({ basic: true }), startS3Server(), startGitServer(gitRoot, login)] as const;
  [registry, s3, git] = await Promise.all(starting);
});
afterAll(async () => {
  for (const relay of relays) await relay.stop();
  await Promise.all([registry.stop(), s3.stop(), git.stop()]);
  rmSync(gitRoot, { recursive: true, force: true });
});

/** A fleet and what its server is asked. */
interface Stage {
  readonly fleet: Fleet;
  readonly relay: Relay;
  /** Which of the requests bring what is packed, with so many an artifact. */
  readonly isDownload: (path: string, method: string, bytes: number) => boolean;
  /** The same of a request that is not sent yet, where its path does not tell. */
  readonly willDownload?: (body: Uint8Array) => boolean;
  readonly downloads: number;
  /** Which requests every object makes itself; one each. */
  readonly isOwn: (path: string, method: string, bytes: number) => boolean;
  /** What is kept of one artifact: its bytes, and what a kind keeps besides; pointers beside its own. */
  readonly blobs: number;
  readonly links: number;
}

const right = (cluster: string): boolean => cluster !== 'stranger';

async function relayTo(url: string): Promise<Relay> {
  const relay = await startRelay(url);
  relays.push(relay);
  return relay;
}

const STAGES: Readonly<Record<string, (name: string) => Promise<Stage>>> = {
  GitRepository: async (name) => {
    const repository = await createRepository(gitRoot, name);
    await commit(repository, { 'a.yaml': 'a: 1\n', load: LOAD }, 'first');
    const relay = await relayTo(git.url);
    const spec = {
      ...{ url: `${relay.url}/${name}.git`, ref: { branch: 'main' }, interval: '10m', timeout: '60s' },
      ...{ provider: 'generic', secretRef: { name: 'login' } },
    };
    const fleet = openFleet(gitRepository, { spec }, (cluster) => ({
      login: { username: 'ada', password: right(cluster) ? 'word' : 'guess' },
    }));
    const isDownload = (_path: string, _method: string, bytes: number) => bytes > LOAD.length / 2;
    // One line of refs; a fetch may come in two parts, of which one is small.
    const isOwn = (_path: string, _method: string, bytes: number) => bytes < 100;
    const willDownload = (body: Uint8Array) => Buffer.from(body).includes('command=fetch');
    return { fleet, relay, isDownload, willDownload, downloads: 1, isOwn, blobs: 2, links: 0 };
  },
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
    return { fleet, relay, isDownload, downloads: 1, isOwn, blobs: 1, links: 1 };
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
    return { fleet, relay, isDownload, downloads: 3, isOwn, blobs: 1, links: 1 };
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
    return {
      fleet,
      relay,
      isDownload,
      downloads: 1,
      isOwn: (_, method) => method === 'HEAD',
      blobs: 1,
      links: 1,
    };
  },
};

function counts({ relay, isDownload, isOwn }: Stage) {
  const good = relay.seen.filter(({ status }) => status === 200);
  return {
    downloads: good.filter(({ path, method, bytes }) => isDownload(path, method, bytes)).length,
    own: good.filter(({ path, method, bytes }) => isOwn(path, method, bytes)).length,
    bytes: good.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const readyOf = ({ conditions = [] }: SourceStatus): string =>
  conditions.find(({ type }) => type === 'Ready')?.status ?? 'none';

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
    expect(await stage.fleet.stored()).toEqual({
      ...{ blobs: stage.blobs, leases: 1 },
      pointers: MANY * (1 + stage.links),
    });
    await annotate(`${stage.relay.seen.length} requests, ${bytes} bytes for ${MANY} clusters`);

    stage.relay.seen.length = 0;
    await Promise.all(CLUSTERS.map((cluster) => stage.fleet.visit(cluster)));
    expect(counts(stage)).toMatchObject({ downloads: 0, own: MANY });
  });

  test('is another one where it is packed by other rules', async () => {
    const stage = await open(named('rules'));
    const rules = kind === 'HelmRepository' ? {} : { ignore: 'load\nb\n' };

    const whole = await stage.fleet.visit('cluster-0');
    const [part, again] = [
      await stage.fleet.visit('cluster-1', {}, rules),
      await stage.fleet.visit('cluster-2', {}, rules),
    ];

    expect(again.artifact?.digest).toBe(part.artifact?.digest);
    expect(part.artifact?.digest === whole.artifact?.digest).toBe(kind === 'HelmRepository');
  });

  test('is nothing for one whom the remote refuses', async () => {
    const stage = await open(named('refused'));
    await stage.fleet.visit('cluster-0');

    const refused = await stage.fleet.visit('stranger');

    expect(readyOf(refused)).toBe('False');
    expect(refused.artifact).toBeUndefined();
    expect(await stage.fleet.stored()).toMatchObject({ blobs: stage.blobs, pointers: 1 + stage.links });
  });

  test('is fetched by another when the one who fetches dies', async () => {
    const stage = await open(named('died'));
    const { ports, visit } = stage.fleet;
    // Its lease is nearly over when the others look.
    const clock = ahead(-29_000);
    const begun = Promise.withResolvers<void>();
    const http = ports.http('flux');
    const dies = () => ({
      request: (request: Parameters<typeof http.request>[0]) => {
        const { pathname } = new URL(request.url);
        const { willDownload = () => stage.isDownload(pathname, request.method, 0) } = stage;
        if (!willDownload(request.body ?? new Uint8Array())) return http.request(request);
        begun.resolve();
        return new Promise<never>(() => {});
      },
    });
    void visit('cluster-0', { clock, http: dies, git: createGit({ http: dies() }) });
    await begun.promise;

    const statuses = await Promise.all(CLUSTERS.slice(1, 20).map((cluster) => visit(cluster)));

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
    expect(await sweepBlobs(ports.store, DAY_LATER)).toMatchObject({ deleted: stage.blobs });
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
