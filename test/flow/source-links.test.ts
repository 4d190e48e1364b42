import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../shared/core/digests.ts';
import { Fault } from '../../shared/core/failures.ts';
import type { ObjectReference, ObjectStore } from '../../shared/ports.ts';
import type { Scope } from '../../shared/reconcile/reconciler.ts';
import { addressesOf } from '../../shared/reconcile/source/addresses.ts';
import type { SourceObject } from '../../shared/reconcile/source/seen.ts';
import { collect } from '../contracts/collect.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { create, edit, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { helmAt, helmRepository, serveFiles } from './helm.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { ahead, newEvents, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('source-links');
const { namespace } = setting;
const s3 = useS3(setting);
const registry = useServer(startRegistry);

/** An object with an artifact, and how it gets another one. */
interface Linked {
  readonly at: ObjectReference;
  readonly file: string;
  readonly change: () => Promise<unknown>;
}

const KINDS: Readonly<Record<string, (name: string) => Promise<Linked>>> = {
  OCIRepository: async (name) => {
    await push(registry, `org/${name}`, 'latest', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, ociRepository(registry, setting, name));
    const change = () => push(registry, `org/${name}`, 'latest', { 'a.yaml': 'a: 2\n' });
    return { at: ociAt(setting, name), file: 'latest.tar.gz', change };
  },
  Bucket: async (name) => {
    await s3.fill(name, { 'a.yaml': 'a: 1\n' });
    await create(setting.world, bucket(s3, setting, name));
    const change = () => s3.objects.put(name, 'a.yaml', 'a: 2\n');
    return { at: bucketAt(setting, name), file: 'latest.tar.gz', change };
  },
  HelmRepository: async (name) => {
    const served = await serveFiles({ '/index.yaml': indexYaml({ app: [versionYaml('app', '1.0.0')] }) });
    await create(setting.world, helmRepository(setting, name, served.url));
    const change = async () => {
      served.files['/index.yaml'] = indexYaml({ app: [versionYaml('app', '2.0.0')] });
    };
    return { at: helmAt(setting, name), file: 'index.yaml', change };
  },
};

const urlOf = ({ status }: Reconciled): string => (status as { readonly url?: string }).url ?? 'none';

async function download(url: string): Promise<{ digest: string; type: string | null }> {
  const answer = await fetch(url);
  const digest = `sha256:${sha256Hex(new Uint8Array(await answer.arrayBuffer()))}`;
  return {
    digest: answer.status === 200 ? digest : `${answer.status}`,
    type: answer.headers.get('content-type'),
  };
}

function pointers({ kind, name }: ObjectReference): Promise<readonly { readonly key: string }[]> {
  const { clusterId, runtime } = setting.world;
  return collect(
    runtime.ports.store.list(`artifacts/${clusterId}/${kind.toLowerCase()}/${namespace}/${name}/`),
  );
}

describe.each(Object.entries(KINDS))('the link of a %s', (kind, make) => {
  const named = (name: string): string => `${name}-${kind.toLowerCase()}`;

  test('[OCI-07 link] [HR-03 link] [BK-09 link] stays the same and leads to the current artifact', async () => {
    const { at, file, change } = await make(named('stable'));
    const first = await reconcile(setting.world, at);

    const link = urlOf(first);
    expect(new URL(link).pathname).toBe(
      `/a/${setting.world.clusterId}/${kind.toLowerCase()}/${namespace}/${at.name}/${file}`,
    );
    expect((await download(link)).digest).toBe(first.status.artifact?.digest);

    await change();
    const second = await reconcile(setting.world, at);

    expect(second.status.artifact?.digest).not.toBe(first.status.artifact?.digest);
    expect(urlOf(second)).toBe(link);
    expect(await download(link)).toEqual({
      digest: second.status.artifact?.digest,
      type: kind === 'HelmRepository' ? 'application/yaml' : 'application/gzip',
    });
  });

  test('[COM-16 link] outlives previous artifacts, and goes with the object', async () => {
    const { at, change } = await make(named('kept'));
    const first = await reconcile(setting.world, at);
    await change();
    const second = await reconcile(setting.world, at);

    const later = { clock: ahead(90_000) };
    await reconcile(setting.world, at, { ports: later });

    expect((await download(first.status.artifact?.url ?? '')).digest).toBe('404');
    expect((await download(urlOf(second))).digest).toBe(second.status.artifact?.digest);
    expect(await pointers(at)).toHaveLength(2);
    await setting.world.cluster.delete(at);
    await reconcile(setting.world, at).catch(() => undefined);
    expect(await pointers(at)).toEqual([]);
    expect((await download(urlOf(second))).digest).toBe('404');
  });

  test('[COM-15 missing] is gone with a lost artifact, and comes with the one that is made anew', async () => {
    const { at } = await make(named('lost'));
    const first = await reconcile(setting.world, at);
    for (const { key } of await pointers(at)) await setting.world.runtime.ports.store.delete(key);

    const cured = await reconcile(setting.world, at);

    expect(urlOf(cured)).toBe(urlOf(first));
    expect((await download(urlOf(cured))).digest).toBe(first.status.artifact?.digest);
  });

  test('[COM-15 mismatch] leads to bytes that are held against their digest and made anew', async () => {
    const { at } = await make(named('bad'));
    const first = await reconcile(setting.world, at);
    const { digest = '' } = first.status.artifact ?? {};
    const { store } = setting.world.runtime.ports;
    const key = `blobs/${digest.slice('sha256:'.length)}`;
    await store.put(key, Buffer.alloc((await store.head(key))?.size ?? 0));
    await newEvents(setting, at);

    const cured = await reconcile(setting.world, at);

    expect((await download(urlOf(cured))).digest).toBe(digest);
    expect(await newEvents(setting, at)).toContainEqual(
      expect.stringMatching(/^Warning ArtifactVerificationFailed: /),
    );
  });

  test('that cannot be written keeps the status with the artifact that it leads to', async () => {
    const { at, change } = await make(named('stuck'));
    const first = await reconcile(setting.world, at);
    const { store } = setting.world.runtime.ports;
    const put: ObjectStore['put'] = async (key, body, condition) => {
      if (/(latest.tar.gz|index.yaml)$/.test(key)) throw new Fault('server-error', 'slow down');
      return store.put(key, body, condition);
    };
    await change();

    const stuck = await reconcile(setting.world, at, { ports: { store: { ...store, put } } });

    expect(told(stuck, 'StorageOperationFailed')).toMatch(/^True ArchiveOperationFailed: .*slow down$/);
    expect(stuck.status.artifact).toEqual(first.status.artifact);
    expect((await download(urlOf(stuck))).digest).toBe(first.status.artifact?.digest);
    const well = await reconcile(setting.world, at);
    expect(well.status.artifact?.digest).not.toBe(first.status.artifact?.digest);
    expect((await download(urlOf(well))).digest).toBe(well.status.artifact?.digest);
  });

  test('of an object that had none yet is there after the next run, in place of a foreign one', async () => {
    const { at } = await make(named('older'));
    const { status } = await reconcile(setting.world, at);
    const { store } = setting.world.runtime.ports;
    for (const { key } of await pointers(at))
      if (/(latest.tar.gz|index.yaml)$/.test(key)) await store.delete(key);
    const url = 'http://source-controller.flux-system.svc.cluster.local./some/latest.tar.gz';
    await setting.world.cluster.patch(
      at,
      { merge: { status: { url } } },
      {
        fieldManager: 'person',
        subresource: 'status',
      },
    );

    const linked = await reconcile(setting.world, at);

    expect((await download(urlOf(linked))).digest).toBe(status.artifact?.digest);
  });

  test('[COM-14 url] moves with the host that serves it, also when the source cannot be reached', async () => {
    const { at } = await make(named('moved'));
    const before = await reconcile(setting.world, at);
    const { ports } = setting.world.runtime;
    const at2 = (host: string) => ({
      artifactUrl: (cluster: string, path: string) =>
        ports.artifactUrl(cluster, path).replace(/^http:\/\/[^/]+/, host),
    });
    const hostsOf = (object: Reconciled) =>
      [urlOf(object), object.status.artifact?.url ?? ''].map((url) => new URL(url).host);

    const moved = await reconcile(setting.world, at, { ports: at2('https://one.example') });
    expect(hostsOf(moved)).toEqual(['one.example', 'one.example']);
    expect(moved.status.artifact?.lastUpdateTime).toBe(before.status.artifact?.lastUpdateTime);

    await edit(setting.world, at, { spec: { [kind === 'Bucket' ? 'endpoint' : 'url']: DEAD[kind] } });
    const failed = await reconcile(setting.world, at, { ports: at2('https://two.example') });
    expect(failed.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('False');
    expect(hostsOf(failed)).toEqual(['two.example', 'two.example']);
  });
});

/** Where nobody answers. */
const DEAD: Readonly<Record<string, string>> = {
  Bucket: '127.0.0.1:9',
  HelmRepository: 'http://127.0.0.1:9',
  OCIRepository: 'oci://127.0.0.1:9/org/app',
};

describe('addresses', () => {
  test('[COM-14 url] of a GitRepository, which has no link, move too', async () => {
    await publish(setting, 'moved', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'moved'));
    await reconcile(setting.world, sourceAt(setting, 'moved'));

    const artifactUrl = (_cluster: string, path: string) => `https://one.example/${path}`;
    const moved = await reconcile(setting.world, sourceAt(setting, 'moved'), { ports: { artifactUrl } });

    const { path, url } = moved.status.artifact ?? {};
    expect(url).toBe(`https://one.example/${path}`);
    expect(moved.status).not.toHaveProperty('url');
    expect(await pointers(sourceAt(setting, 'moved'))).toHaveLength(1);
    const again = await reconcile(setting.world, sourceAt(setting, 'moved'), { ports: { artifactUrl } });
    expect(again.metadata.resourceVersion).toBe(moved.metadata.resourceVersion);
  });

  test.each([
    'bucket/other/app/1.tar.gz',
    'gitrepository/apps/app/1.tar.gz',
    'bucket/apps/app2/1.tar.gz',
    'bucket/apps/app/../../other/app/1.tar.gz',
  ])('are never made for %s, which is not the own object', (path) => {
    const metadata = { namespace: 'apps', name: 'app', uid: '1' };
    const object = { kind: 'Bucket', metadata, spec: { interval: '1m' }, status: { artifact: { path } } };
    const scope = { record: { id: 'c1' }, ports: { artifactUrl: (id: string, at: string) => `${id}/${at}` } };

    expect(addressesOf(object as unknown as SourceObject, scope as unknown as Scope)).toEqual({
      link: 'c1/bucket/apps/app/latest.tar.gz',
    });
  });
});
