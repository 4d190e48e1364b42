import { describe, expect, test } from 'vitest';
import { loadTree } from '../../shared/artifact/store.ts';
import { sha256Hex } from '../../shared/core/digests.ts';
import type { HttpRequest, Ports } from '../../shared/ports.ts';
import { bucket, bucketAt, useS3 } from './bucket.ts';
import { countingStore, create, edit, kustomization, reconcile } from './drive.ts';
import { applierAt, configMap, keepingQueues, newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('bucket-artifacts');
const s3 = useS3(setting);
const { namespace } = setting;

async function filesOf(digest = ''): Promise<readonly string[]> {
  return [...(await loadTree(setting.world.runtime.ports.store, digest)).keys()].toSorted();
}

/** The world's way out, and what went through it. */
function watchedHttp(): { readonly http: Ports['http']; readonly asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const http: Ports['http'] = (profile) => ({
    request: (request) => {
      asked.push(request);
      return setting.world.runtime.ports.http(profile).request(request);
    },
  });
  return { http, asked };
}

const md5 = { hello: '5d41402abc4b2a76b9719d911017c592', world: '7d793037a0760186574b0282f2f435e7' };

describe('the first artifact', () => {
  test('[BK-05 etags] [BK-09 file] [BK-10 event] [BK-04 keys] [BK-01 insecure] is stored, advertised and told', async () => {
    await s3.fill('first', { 'b.yaml': 'world', 'a.yaml': 'hello', 'folder/': '' });
    await create(setting.world, bucket(s3, setting, 'first'));

    const done = await reconcile(setting.world, bucketAt(setting, 'first'));

    const hex = sha256Hex(`a.yaml ${md5.hello}\nb.yaml ${md5.world}\n`);
    expect(done.status.artifact).toMatchObject({
      revision: `sha256:${hex}`,
      path: `bucket/${namespace}/first/${hex}.tar.gz`,
    });
    expect(told(done)).toBe(`True Succeeded: stored artifact: revision 'sha256:${hex}'`);
    expect(told(done, 'ArtifactInStorage')).toBe(told(done));
    expect(done.status.conditions.map(({ type }) => type).toSorted()).toEqual(['ArtifactInStorage', 'Ready']);
    expect(done.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    expect(await newEvents(setting, bucketAt(setting, 'first'))).toEqual([
      "Normal NewArtifact: stored artifact with 2 fetched files from 'first' bucket",
    ]);
    expect(await filesOf(done.status.artifact?.digest)).toEqual(['a.yaml', 'b.yaml']);
  });

  test('[BK-05 empty] of an empty bucket is an empty one', async () => {
    await s3.fill('empty', {});
    await create(setting.world, bucket(s3, setting, 'empty'));

    const { status } = await reconcile(setting.world, bucketAt(setting, 'empty'));

    const digest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(status.artifact?.revision).toBe(digest);
    expect(await filesOf(status.artifact?.digest)).toEqual([]);
  });

  test('[KS-01 bucket] is applied by a Kustomization, and the next one too', async () => {
    await s3.fill('applied', { 'app/one.yaml': configMap(namespace, 'from-bucket', { v: '1' }) });
    const sourceRef = { kind: 'Bucket', name: 'applied' };
    await create(setting.world, bucket(s3, setting, 'applied'));
    await create(setting.world, kustomization(namespace, 'applied', { sourceRef, path: './app' }));
    const { queues, woken } = keepingQueues();
    const appliedData = async (): Promise<unknown> => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'from-bucket' };
      return (await setting.world.cluster.get(reference))?.data;
    };

    const source = await reconcile(setting.world, bucketAt(setting, 'applied'), { ports: { queues } });
    expect(woken()).toContain('apply Kustomization/applied');
    const applied = await reconcile(setting.world, applierAt(setting, 'applied'));
    const { revision } = source.status.artifact ?? {};
    expect(told(applied)).toBe(`True ReconciliationSucceeded: Applied revision: ${revision}`);
    expect(await appliedData()).toEqual({ v: '1' });

    await s3.objects.put('applied', 'app/one.yaml', configMap(namespace, 'from-bucket', { v: '2' }));
    await reconcile(setting.world, bucketAt(setting, 'applied'));
    await reconcile(setting.world, applierAt(setting, 'applied'));
    expect(await appliedData()).toEqual({ v: '2' });
  });
});

describe('a run without news', () => {
  test('[BK-09 unchanged] costs one request to the server and writes nothing anywhere', async () => {
    await s3.fill('quiet', { 'a.yaml': 'hello', 'b.yaml': 'world' });
    await create(setting.world, bucket(s3, setting, 'quiet'));
    const before = await reconcile(setting.world, bucketAt(setting, 'quiet'));
    await newEvents(setting, bucketAt(setting, 'quiet'));
    const { store, counts } = countingStore(setting.world.runtime.ports.store);
    const { queues, sent } = keepingQueues();
    const { http, asked } = watchedHttp();
    setting.requests.length = 0;

    const after = await reconcile(setting.world, bucketAt(setting, 'quiet'), {
      ports: { store, queues, http },
    });

    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(['/quiet/']);
    expect([after, counts.writes, sent]).toEqual([before, 0, []]);
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, bucketAt(setting, 'quiet'))).toEqual([]);
  });

  test('[BK-01 suspend] of a suspended bucket asks nothing', async () => {
    await s3.fill('asleep', { 'a.yaml': 'hello' });
    await create(setting.world, bucket(s3, setting, 'asleep', { suspend: true }));
    const { http, asked } = watchedHttp();

    const { status } = await reconcile(setting.world, bucketAt(setting, 'asleep'), { ports: { http } });

    expect([asked, status.artifact]).toEqual([[], undefined]);
  });
});

describe('spec.ignore and spec.prefix', () => {
  test('[BK-08 by-index] [BK-08 observed] show in the artifact when they change the index', async () => {
    await s3.fill('ignores', { 'a.yaml': 'hello', 'docs/b.md': 'world' });
    await create(setting.world, bucket(s3, setting, 'ignores'));
    const reference = bucketAt(setting, 'ignores');
    const before = await reconcile(setting.world, reference);

    await edit(setting.world, reference, { spec: { ignore: '*.png\n' } });
    const same = await reconcile(setting.world, reference);
    expect(same.status.artifact).toEqual(before.status.artifact);
    expect(same.status.observedIgnore).toBeUndefined();

    await edit(setting.world, reference, { spec: { ignore: '/docs/\n' } });
    const after = await reconcile(setting.world, reference);
    expect(after.status.artifact?.revision).toBe(`sha256:${sha256Hex(`a.yaml ${md5.hello}\n`)}`);
    expect(after.status.observedIgnore).toBe('/docs/\n');
    expect(await filesOf(after.status.artifact?.digest)).toEqual(['a.yaml']);

    await edit(setting.world, reference, { spec: { ignore: null, prefix: 'docs/' } });
    const below = await reconcile(setting.world, reference);
    expect(await filesOf(below.status.artifact?.digest)).toEqual(['docs/b.md']);
    expect(below.status.observedIgnore).toBeUndefined();
  });
});

describe('an artifact that was lost', () => {
  test('is downloaded again', async () => {
    await s3.fill('lost', { 'a.yaml': 'hello' });
    await create(setting.world, bucket(s3, setting, 'lost'));
    const { status } = await reconcile(setting.world, bucketAt(setting, 'lost'));
    const { store } = setting.world.runtime.ports;
    await store.delete(`blobs/${status.artifact?.digest.slice('sha256:'.length)}`);

    const again = await reconcile(setting.world, bucketAt(setting, 'lost'));

    expect(await filesOf(again.status.artifact?.digest)).toEqual(['a.yaml']);
    expect(told(again)).toBe(told(await reconcile(setting.world, bucketAt(setting, 'lost'))));
  });
});

describe('a bucket that is deleted', () => {
  test('takes its artifacts with it', async () => {
    await s3.fill('deleted', { 'a.yaml': 'hello' });
    await create(setting.world, bucket(s3, setting, 'deleted'));
    await reconcile(setting.world, bucketAt(setting, 'deleted'));
    const { store } = setting.world.runtime.ports;
    const kept = async (prefix: string): Promise<number> => {
      let count = 0;
      for await (const { key } of store.list(prefix)) if (key.includes('/deleted')) count++;
      return count;
    };
    expect([(await kept('artifacts/')) > 0, (await kept('urls/')) > 0]).toEqual([true, true]);

    await setting.world.cluster.delete(bucketAt(setting, 'deleted'));
    await expect(reconcile(setting.world, bucketAt(setting, 'deleted'))).rejects.toThrow('is not there');

    expect([await kept('artifacts/'), await kept('urls/')]).toEqual([0, 0]);
  });
});
