import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Store, type S3Store } from '../../shared/adapters/aws/s3-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { serveArtifact } from '../../shared/artifact/serve.ts';
import { artifactRequest } from '../../shared/core/artifact-token.ts';
import type { KubernetesObject, Ports } from '../../shared/ports.ts';
import { type Flux, startFlux } from '../servers/flux.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { condition, create, edit, gitRepository, kustomization, read, reconcile } from './drive.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, publish, sourceAt, useWorld } from './setting.ts';

const own = useOwnPlane();
const setting = useWorld('stock', own.place);
const { namespace } = setting;
const s3 = useS3(setting);
const registry = useServer(startRegistry);
const SOON = { timeout: 60_000, interval: 100 };
/** What the stock source-controller sees to; everything else is ours. */
const THEIRS = { 'sources-by': 'flux' };
const STATE = 'sluice-state';
const scratch = mkdtempSync(join(tmpdir(), 'stock-'));
let flux: Flux;
let state: S3Store;
let redirecting: Server;

beforeAll(async () => {
  const { kubeconfigPath } = own.plane;
  const selector = Object.entries(THEIRS).map(([key, value]) => `--watch-label-selector=${key}=${value}`);
  flux = await startFlux({ dir: scratch, kubeconfigPath, flags: { 'source-controller': selector } });
  await s3.fill(STATE, {});
  const world = { clock: systemClock, chance: systemChance };
  state = createS3Store({ ...world, access: s3.server.access, bucket: STATE });
  redirecting = await startFunction();
});

afterAll(async () => {
  await flux?.stop();
  redirecting?.closeAllConnections();
  redirecting?.close();
  state?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** The function `artifact` behind plain HTTP, with the real S3 server as its bucket. */
async function startFunction(): Promise<Server> {
  const { deployment } = setting.world.runtime.ports;
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://function');
    const http = { method: request.method ?? 'GET' };
    const event = {
      ...{ rawPath: pathname, rawQueryString: search.slice(1), headers: {} },
      ...{ isBase64Encoded: false, requestContext: { http } },
    };
    const { statusCode, headers, body } = await serveArtifact(event, {
      deployment,
      store: state,
      linkTo: state.presign,
    });
    response.writeHead(statusCode, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The ports of a function on AWS, as far as artifacts go. */
function onAws(): Partial<Ports> {
  const { key } = setting.world.runtime.ports.deployment;
  const base = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  return { store: state, artifactUrl: (cluster, path) => base + artifactRequest(key, cluster, path) };
}

function applying(kind: string, name: string, spec: object = {}): KubernetesObject {
  return kustomization(namespace, name, { sourceRef: { kind, name }, interval: '1m', ...spec });
}

/** The value that the stock kustomize-controller has applied. */
async function applied(name: string): Promise<string | undefined> {
  const at = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  const found = (await setting.world.cluster.get(at)) as
    | { readonly data?: Record<string, string> }
    | undefined;
  return found?.data?.value;
}

const file = (name: string, value: string) => ({
  'map.yaml': configMap(namespace, name, { value }),
});

describe('the stock kustomize-controller applies what we made and serve', { timeout: 180_000 }, () => {
  test('of a GitRepository from the local runtime, and the next commit', async () => {
    await publish(setting, 'git', file('git', 'one'));
    await create(setting.world, gitRepository(setting.world, namespace, 'git'));
    const { status } = await reconcile(setting.world, sourceAt(setting, 'git'));
    await create(setting.world, applying('GitRepository', 'git'));

    await expect.poll(() => applied('git'), SOON).toBe('one');
    await publish(setting, 'git', file('git', 'two'));
    const next = await reconcile(setting.world, sourceAt(setting, 'git'));
    await expect.poll(() => applied('git'), SOON).toBe('two');

    expect(next.status.artifact?.url).not.toBe(status.artifact?.url);
    await expect
      .poll(
        async () => condition(await read(setting.world, applierAt(setting, 'git')), 'Ready')?.message,
        SOON,
      )
      .toBe(`Applied revision: ${next.status.artifact?.revision}`);
  });

  test('of an OCIRepository from the function, which leads it to a real S3 server', async () => {
    await push(registry, 'org/oci', 'latest', file('oci', 'one'));
    await create(setting.world, ociRepository(registry, setting, 'oci'));
    const { status } = await reconcile(setting.world, ociAt(setting, 'oci'), { ports: onAws() });
    await create(setting.world, applying('OCIRepository', 'oci'));
    const [head, whole] = [
      await fetch(status.artifact?.url ?? '', { method: 'HEAD' }),
      await fetch(status.artifact?.url ?? ''),
    ];
    const { byteLength } = await whole.arrayBuffer();
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${byteLength}`]);

    await expect.poll(() => applied('oci'), SOON).toBe('one');
    await push(registry, 'org/oci', 'latest', file('oci', 'two'));
    await reconcile(setting.world, ociAt(setting, 'oci'), { ports: onAws() });
    await expect.poll(() => applied('oci'), SOON).toBe('two');
  });

  test('of a Bucket, also when the address has moved since', async () => {
    await s3.fill('objects', file('objects', 'one'));
    await create(setting.world, bucket(s3, setting, 'objects'));
    const local = await reconcile(setting.world, bucketAt(setting, 'objects'));
    await reconcile(setting.world, bucketAt(setting, 'objects'), { ports: { ...onAws() } });
    const moved = await read(setting.world, bucketAt(setting, 'objects'));
    expect(moved.status.artifact?.url).not.toBe(local.status.artifact?.url);
    await create(setting.world, applying('Bucket', 'objects'));

    await expect.poll(() => applied('objects'), SOON).toBe('one');
  });
});

describe('the stock source-controller', { timeout: 180_000 }, () => {
  test('takes our mirror on a real S3 server for a Bucket, and follows it', async () => {
    await publish(setting, 'mirrored', file('mirrored', 'one'));
    await create(setting.world, gitRepository(setting.world, namespace, 'mirrored'));
    const annotations = { 'sluice.dev/mirror': 'tree' };
    await edit(setting.world, sourceAt(setting, 'mirrored'), { metadata: { annotations } });
    await reconcile(setting.world, sourceAt(setting, 'mirrored'), { ports: onAws() });
    const prefix = `tree/${setting.world.clusterId}/gitrepository/${namespace}/mirrored/`;
    const mirror = bucket(s3, setting, 'mirrored', { bucketName: STATE, prefix, interval: '1s' });
    await create(setting.world, { ...mirror, metadata: { ...mirror.metadata, labels: THEIRS } });
    await create(setting.world, applying('Bucket', 'mirrored', { path: `./${prefix}` }));

    await expect.poll(() => applied('mirrored'), SOON).toBe('one');
    await publish(setting, 'mirrored', file('mirrored', 'two'));
    await reconcile(setting.world, sourceAt(setting, 'mirrored'), { ports: onAws() });

    await expect.poll(() => applied('mirrored'), SOON).toBe('two');
    const theirs = await read(setting.world, bucketAt(setting, 'mirrored'));
    expect(condition(theirs, 'Ready')?.status).toBe('True');
    expect((theirs.status as { readonly url?: string }).url).not.toContain(setting.world.clusterId);
  });
});
