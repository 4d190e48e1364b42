import { describe, expect, test } from 'vitest';
import { loadTree } from '../../shared/artifact/store.ts';
import { sha256Hex } from '../../shared/core/digests.ts';
import { INDEX, pushArtifact, pushManifest } from '../servers/oci-push.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { countingStore, create, edit, kustomization, type Reconciled, reconcile } from './drive.ts';
import { ANNOTATIONS, layerOf, lines, ociAt, ociRepository, push, useServer, watchedHttp } from './oci.ts';
import { applierAt, configMap, keepingQueues, newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('oci-artifacts');
const registry = useServer(() => startRegistry());
const { namespace } = setting;

async function filesOf({ status }: Reconciled): Promise<Record<string, string>> {
  const tree = await loadTree(setting.world.runtime.ports.store, status.artifact?.digest ?? '');
  return Object.fromEntries([...tree].map(([path, body]) => [path, Buffer.from(body).toString()]));
}

async function visit(name: string): Promise<Reconciled> {
  return reconcile(setting.world, ociAt(setting, name));
}

describe('the first artifact', () => {
  test('[OCI-02 default-tag] [OCI-04 tag] [OCI-07 file] [OCI-07 metadata] [OCI-17 event] [OCI-10 insecure] is stored, advertised and told', async () => {
    const { digest } = await push(
      registry,
      'org/first',
      'latest',
      { 'a.yaml': 'a' },
      { annotations: ANNOTATIONS },
    );
    await create(setting.world, ociRepository(registry, setting, 'first'));

    const done = await visit('first');

    expect(done.status.artifact).toMatchObject({
      revision: `latest@${digest}`,
      path: `ocirepository/${namespace}/first/${digest}.tar.gz`,
      metadata: ANNOTATIONS,
    });
    expect(told(done)).toBe(`True Succeeded: stored artifact for digest 'latest@${digest}'`);
    expect(told(done, 'ArtifactInStorage')).toBe(told(done));
    expect(done.status.conditions.map(({ type }) => type).toSorted()).toEqual(['ArtifactInStorage', 'Ready']);
    expect(done.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    const url = `oci://${registry.server.host}/org/first`;
    const origin = `origin source '${ANNOTATIONS['org.opencontainers.image.source']}'`;
    const revision = `origin revision '${ANNOTATIONS['org.opencontainers.image.revision']}'`;
    expect(await newEvents(setting, ociAt(setting, 'first'))).toEqual([
      `Normal NewArtifact: stored artifact with revision 'latest@${digest}' from '${url}', ${origin}, ${revision}`,
    ]);
    expect(await filesOf(done)).toEqual({ 'a.yaml': 'a' });
  });

  test('[KS-01 oci] [OCI-17 origin] is applied by a Kustomization, and the next one too', async () => {
    const manifest = (v: string) => ({ 'app/one.yaml': configMap(namespace, 'from-registry', { v }) });
    await push(registry, 'org/applied', 'latest', manifest('1'), { annotations: ANNOTATIONS });
    const sourceRef = { kind: 'OCIRepository', name: 'applied' };
    await create(setting.world, ociRepository(registry, setting, 'applied'));
    await create(setting.world, kustomization(namespace, 'applied', { sourceRef, path: './app' }));
    const { queues, woken } = keepingQueues();
    const appliedData = async (): Promise<unknown> => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'from-registry' };
      return (await setting.world.cluster.get(reference))?.data;
    };

    const source = await reconcile(setting.world, ociAt(setting, 'applied'), { ports: { queues } });
    expect(woken()).toContain('apply Kustomization/applied');
    const applied = await reconcile(setting.world, applierAt(setting, 'applied'));
    const { revision } = source.status.artifact ?? {};
    expect(told(applied)).toBe(`True ReconciliationSucceeded: Applied revision: ${revision}`);
    expect(applied.status).toMatchObject({
      lastAppliedOriginRevision: ANNOTATIONS['org.opencontainers.image.revision'],
    });
    expect(await appliedData()).toEqual({ v: '1' });

    await push(registry, 'org/applied', 'latest', manifest('2'));
    await visit('applied');
    await reconcile(setting.world, applierAt(setting, 'applied'));
    expect(await appliedData()).toEqual({ v: '2' });
  });
});

describe('a run without news', () => {
  test('[OCI-05 unchanged] costs one request to the registry and writes nothing anywhere', async () => {
    await push(registry, 'org/quiet', 'latest', { 'a.yaml': 'a' });
    await create(setting.world, ociRepository(registry, setting, 'quiet'));
    const before = await visit('quiet');
    await newEvents(setting, ociAt(setting, 'quiet'));
    const { store, counts } = countingStore(setting.world.runtime.ports.store);
    const { queues, sent } = keepingQueues();
    const { http, asked } = watchedHttp(setting);
    // Whether the registry speaks HTTPS is learned once a process.
    await reconcile(setting.world, ociAt(setting, 'quiet'), { ports: { http } });
    asked.length = 0;
    setting.requests.length = 0;

    const ports = { store, queues, http };
    const after = await reconcile(setting.world, ociAt(setting, 'quiet'), { ports });

    expect(lines(asked)).toEqual(['HEAD /v2/org/quiet/manifests/latest']);
    expect([after, counts.writes, sent]).toEqual([before, 0, []]);
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, ociAt(setting, 'quiet'))).toEqual([]);
  });

  test('a suspended one asks nothing', async () => {
    await push(registry, 'org/asleep', 'latest', { 'a.yaml': 'a' });
    await create(setting.world, ociRepository(registry, setting, 'asleep', { suspend: true }));
    const { http, asked } = watchedHttp(setting);

    const { status } = await reconcile(setting.world, ociAt(setting, 'asleep'), { ports: { http } });

    expect([asked, status.artifact]).toEqual([[], undefined]);
  });
});

describe('spec.ref', () => {
  test('[OCI-02 semver] [OCI-02 filter] [OCI-02 tag] [OCI-02 precedence] [OCI-04 digest] names what is pulled', async () => {
    const digests: Record<string, string> = {};
    for (const tag of ['1.0.0', '1.1.0', '1.2.0-rc.1', '2.0.0', 'latest']) {
      const { digest } = await push(registry, 'org/refs', tag, { 'tag.txt': tag });
      digests[tag] = digest;
    }
    const ref = (spec: object) => ({ spec: { ref: spec } });
    await create(
      setting.world,
      ociRepository(registry, setting, 'refs', { ref: { semver: '1.x', tag: 'latest' } }),
    );
    const pulled = async (): Promise<string> => (await filesOf(await visit('refs')))['tag.txt'] ?? '';

    expect(await pulled()).toBe('1.1.0');
    await edit(setting.world, ociAt(setting, 'refs'), ref({ semver: '>=1.0.0-0', semverFilter: '.*-rc.*' }));
    expect(await pulled()).toBe('1.2.0-rc.1');
    await edit(
      setting.world,
      ociAt(setting, 'refs'),
      ref({ semver: null, semverFilter: null, tag: '2.0.0' }),
    );
    expect(await pulled()).toBe('2.0.0');
    await edit(setting.world, ociAt(setting, 'refs'), ref({ semver: '1.x', digest: digests['1.0.0'] }));
    const { http, asked } = watchedHttp(setting);
    const pinned = await reconcile(setting.world, ociAt(setting, 'refs'), { ports: { http } });
    expect((await filesOf(pinned))['tag.txt']).toBe('1.0.0');
    expect(pinned.status.artifact?.revision).toBe(digests['1.0.0']);

    asked.length = 0;
    await reconcile(setting.world, ociAt(setting, 'refs'), { ports: { http } });
    expect(asked).toEqual([]);
  });

  test('[OCI-03 chart-tags] a version with build metadata has an underscore in its tag, for charts alone', async () => {
    const mediaType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
    const { body } = await layerOf({ 'chart/Chart.yaml': 'name: chart' });
    const to = { url: registry.server.url, repository: 'org/chart' };
    const { digest } = await pushArtifact(to, '1.2.3_build.5', [{ mediaType, body }]);
    const spec = { ref: { semver: '>=1.2.0' }, layerSelector: { mediaType, operation: 'copy' } };
    await create(setting.world, ociRepository(registry, setting, 'chart', spec));

    const chart = await visit('chart');
    expect(chart.status.artifact?.revision).toBe(`1.2.3_build.5@${digest}`);

    await edit(setting.world, ociAt(setting, 'chart'), { spec: { layerSelector: null } });
    expect(told(await visit('chart'), 'FetchFailed')).toMatch(/no match found for semver: >=1.2.0$/);
  });

  test('[OCI-04 index] of several platforms the one for linux/amd64 is pulled, and the revision is that of the index', async () => {
    const to = { url: registry.server.url, repository: 'org/platforms' };
    const child = async (architecture: string) => {
      const descriptor = await push(registry, 'org/platforms', undefined, { 'arch.txt': architecture });
      return { ...descriptor, platform: { os: 'linux', architecture } };
    };
    const manifests = [await child('arm64'), await child('amd64')];
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    const { digest } = await pushManifest(to, 'latest', INDEX, index);
    await create(setting.world, ociRepository(registry, setting, 'platforms'));

    const done = await visit('platforms');

    expect(done.status.artifact?.revision).toBe(`latest@${digest}`);
    expect(await filesOf(done)).toEqual({ 'arch.txt': 'amd64' });

    await pushManifest(to, 'latest', INDEX, { ...index, manifests: manifests.slice(0, 1) });
    const failed = await visit('platforms');
    expect(told(failed, 'FetchFailed')).toMatch(
      /OCIArtifactPullFailed: .*no child with platform linux\/amd64/,
    );
    expect(failed.status.artifact).toEqual(done.status.artifact);
  });
});

describe('spec.layerSelector and spec.ignore', () => {
  test('[OCI-06 media-type] [OCI-06 copy] [OCI-06 not-found] [OCI-05 selector] choose the layer and what becomes of it', async () => {
    const to = { url: registry.server.url, repository: 'org/layers' };
    const first = await layerOf({ 'one.yaml': '1' });
    const second = { ...(await layerOf({ 'two.yaml': '2' })), mediaType: 'application/vnd.test.second' };
    await pushArtifact(to, 'latest', [first, second]);
    await create(setting.world, ociRepository(registry, setting, 'layers'));
    expect(await filesOf(await visit('layers'))).toEqual({ 'one.yaml': '1' });

    const select = (layerSelector: object) =>
      edit(setting.world, ociAt(setting, 'layers'), { spec: { layerSelector } });
    await select({ mediaType: second.mediaType });
    const selected = await visit('layers');
    expect(await filesOf(selected)).toEqual({ 'two.yaml': '2' });
    expect(selected.status).toMatchObject({ observedLayerSelector: { mediaType: second.mediaType } });

    await select({ operation: 'copy' });
    const copied = await visit('layers');
    expect(copied.status.artifact?.digest).toBe(`sha256:${sha256Hex(second.body)}`);

    await select({ mediaType: 'application/none' });
    const failed = await visit('layers');
    const message = "failed to find layer with media type 'application/none' in artifact";
    expect(told(failed, 'FetchFailed')).toBe(`True OCIArtifactLayerOperationFailed: ${message}`);
    expect(failed.status.artifact).toEqual(copied.status.artifact);
  });

  test('[OCI-06 ignore] [OCI-05 ignore] rules are obeyed when a layer is unpacked, not when it is copied', async () => {
    const files = {
      '.sourceignore': 'docs/\n',
      'a.yaml': 'a',
      'docs/b.md': 'b',
      'run.sh': '#!',
      'x.txt': 'x',
    };
    await push(registry, 'org/ignores', 'latest', files);
    await create(setting.world, ociRepository(registry, setting, 'ignores', { ignore: '*.txt\n' }));

    const done = await visit('ignores');
    expect(Object.keys(await filesOf(done))).toEqual(['.sourceignore', 'a.yaml', 'run.sh']);
    expect(done.status).toMatchObject({ observedIgnore: '*.txt\n' });

    await edit(setting.world, ociAt(setting, 'ignores'), { spec: { ignore: null } });
    expect(Object.keys(await filesOf(await visit('ignores')))).toContain('x.txt');

    const copy = { spec: { ignore: '*.txt\n', layerSelector: { operation: 'copy' } } };
    await edit(setting.world, ociAt(setting, 'ignores'), copy);
    expect(Object.keys(await filesOf(await visit('ignores'))).toSorted()).toEqual(
      Object.keys(files).toSorted(),
    );
  });
});

describe('an artifact that was lost, and one that is deleted', () => {
  test('is pulled again, and takes what was stored with it', async () => {
    await push(registry, 'org/lost', 'latest', { 'a.yaml': 'a' });
    await create(setting.world, ociRepository(registry, setting, 'lost'));
    const { status } = await visit('lost');
    const { store } = setting.world.runtime.ports;
    await store.delete(`blobs/${status.artifact?.digest.slice('sha256:'.length)}`);

    expect(await filesOf(await visit('lost'))).toEqual({ 'a.yaml': 'a' });

    const kept = async (prefix: string): Promise<number> => {
      let count = 0;
      for await (const { key } of store.list(prefix)) if (key.includes('/lost')) count++;
      return count;
    };
    expect([await kept('artifacts/'), await kept('urls/')].map((count) => count > 0)).toEqual([true, true]);
    await setting.world.cluster.delete(ociAt(setting, 'lost'));
    await expect(visit('lost')).rejects.toThrow('is not there');
    expect([await kept('artifacts/'), await kept('urls/')]).toEqual([0, 0]);
  });
});
