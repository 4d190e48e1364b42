import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import type { Ports } from '../../shared/ports.ts';
import { clusterWays } from '../../shared/runtime/cluster-ways.ts';
import { readProxies } from '../../shared/runtime/config.ts';
import { waysOut } from '../../shared/runtime/ways-out.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { type NamingProxy, startNamingProxy } from '../servers/naming-proxy.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { create, gitRepository, reconcile } from './drive.ts';
import { helmAt, helmRepository, serveFiles } from './helm.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('environment-proxies');
const locked = useWorld('environment-proxies-locked', async () => ({ settings: { profile: 'lockdown' } }));
const { namespace } = setting;
const s3 = useS3(setting);
const registry = useServer(() => startRegistry());
const secret = secretsIn(setting);
const places: Record<string, number> = {};
let proxy: NamingProxy;
let other: NamingProxy;

const portOf = (url: string): number => Number(new URL(url).port);

beforeAll(async () => {
  Object.assign(places, {
    'git.inside.test:80': portOf(setting.world.git.url),
    's3.inside.test:9000': portOf(s3.server.access.endpoint),
    'registry.inside.test:5000': portOf(registry.server.url),
  });
  [proxy, other] = await Promise.all([startNamingProxy(places), startNamingProxy(places)]);
});
afterAll(() => {
  proxy.stop();
  other.stop();
});
beforeEach(() => {
  proxy.asked.length = 0;
  other.asked.length = 0;
});

/** The ways of a runtime in an environment that names the proxy. */
function through(): Partial<Ports> {
  const { git, http } = waysOut(true, readProxies({ HTTP_PROXY: proxy.url, https_proxy: proxy.url }));
  return { git, http };
}

describe('[COM-22 environment] what only the proxy of the environment reaches', () => {
  test('a GitRepository', async () => {
    await publish(setting, 'git', { 'a.yaml': 'a: 1\n' });
    const url = 'http://git.inside.test/git.git';
    await create(setting.world, gitRepository(setting.world, namespace, 'git', { url }));

    const done = await reconcile(setting.world, sourceAt(setting, 'git'), { ports: through() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(proxy.asked).toContain('POST http://git.inside.test/git.git/git-upload-pack');
  });

  test('an OCIRepository', async () => {
    await push(registry, 'org/oci', 'latest', { 'a.yaml': 'a: 1\n' });
    const url = 'oci://registry.inside.test:5000/org/oci';
    await create(setting.world, ociRepository(registry, setting, 'oci', { url }));

    const done = await reconcile(setting.world, ociAt(setting, 'oci'), { ports: through() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(proxy.asked).toContain('HEAD http://registry.inside.test:5000/v2/org/oci/manifests/latest');
  });

  test('a HelmRepository', async () => {
    const index = indexYaml({ app: [versionYaml('app', '1.0.0')] });
    const { url } = await serveFiles({ '/charts/index.yaml': index });
    places['charts.inside.test:80'] = portOf(url);
    await create(setting.world, helmRepository(setting, 'helm', 'http://charts.inside.test/charts'));

    const done = await reconcile(setting.world, helmAt(setting, 'helm'), { ports: through() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(proxy.asked).toContain('GET http://charts.inside.test/charts/index.yaml');
  });

  test('a Bucket', async () => {
    await s3.fill('proxied', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, bucket(s3, setting, 'proxied', { endpoint: 's3.inside.test:9000' }));

    const done = await reconcile(setting.world, bucketAt(setting, 'proxied'), { ports: through() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(proxy.asked.join('\n')).toContain('GET http://s3.inside.test:9000/proxied');
  });
});

test('[COM-22 replaces-environment] an object with a proxy of its own does not use it', async () => {
  await publish(setting, 'own', { 'a.yaml': 'a: 1\n' });
  await secret('own', { address: other.url });
  const spec = { url: 'http://git.inside.test/own.git', proxySecretRef: { name: 'own' } };
  await create(setting.world, gitRepository(setting.world, namespace, 'own', spec));

  const done = await reconcile(setting.world, sourceAt(setting, 'own'), { ports: through() });

  expect(told(done)).toMatch(/^True Succeeded: /);
  expect(other.asked).toContain('POST http://git.inside.test/own.git/git-upload-pack');
  expect(proxy.asked).toEqual([]);
});

test.each([
  ['metadata', setting, 'http://169.254.169.254/x.git', 'link-local or metadata address'],
  ['named', setting, 'http://metadata.google.internal/x.git', 'names a metadata service'],
  ['private', locked, 'http://10.0.0.1/x.git', 'private address'],
] as const)('a tenant reaches no more through it than without: %s', async (name, where, url, why) => {
  await create(where.world, gitRepository(where.world, where.namespace, name, { url }));

  const failed = await reconcile(where.world, sourceAt(where, name), { ports: through() });

  expect(told(failed)).toContain(why);
  expect(proxy.asked).toEqual([]);
});

test('[COM-22 environment] an API server is read, written and watched through it', async () => {
  places['api.inside.test:6443'] = portOf(inject('server'));
  const server = 'https://api.inside.test:6443';
  const { tunnelFor } = clusterWays(true, readProxies({ HTTPS_PROXY: proxy.url }));
  const cluster = connect({
    ...{ id: 'inside', server, ca: inject('ca'), tlsServerName: 'kubernetes.default.svc' },
    ...{ credentials: { token: inject('token') }, tunnel: tunnelFor(server) },
  });
  onTestFinished(cluster.close);
  const kind = { apiVersion: 'v1', kind: 'ConfigMap', namespace };
  const { resourceVersion } = await cluster.list(kind);
  const over = new AbortController();
  const watch = cluster.watch(kind, { resourceVersion, signal: over.signal })[Symbol.asyncIterator]();
  const first = watch.next();

  await cluster.create({ ...kind, metadata: { namespace, name: 'seen' } }, { fieldManager: 'person' });

  expect((await first).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'seen' } } });
  over.abort();
  expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT api.inside.test:6443']));
});
