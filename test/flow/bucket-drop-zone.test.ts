import { describe, expect, test } from 'vitest';
import { loadTree } from '../../shared/artifact/store.ts';
import type { Ports } from '../../shared/ports.ts';
import { arrive } from '../../shared/reconcile/arrivals.ts';
import { forward } from '../../shared/reconcile/later.ts';
import { work } from '../../shared/reconcile/work.ts';
import { collect } from '../contracts/collect.ts';
import { BUCKET, bucketAt } from './bucket.ts';
import { countingStore, create, edit, gitRepository, kustomization, read, reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  sourceAt,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('drop-zone');
const { namespace } = setting;

const storeOf = () => setting.world.runtime.ports.store;
const put = (key: string, text: string) => storeOf().put(key, Buffer.from(text));
const keysBelow = async (prefix: string) =>
  (await collect(storeOf().list(prefix))).map(({ key }) => key.slice(prefix.length));

function dropZone(name: string, spec: object = {}) {
  const where = { endpoint: 'sluice.internal', bucketName: 'sources', interval: '10m' };
  return { ...BUCKET, metadata: { namespace, name }, spec: { ...where, ...spec } };
}

describe('the drop zone', () => {
  test('is a bucket of the own cluster, without credentials', async () => {
    const { clusterId } = setting.world;
    await put(`sources/${clusterId}/team/app.yaml`, configMap(namespace, 'dropped', { v: '1' }));
    await put('sources/another/team/app.yaml', 'not: ours\n');
    await create(setting.world, dropZone('dropped', { prefix: 'team/' }));
    const spec = { sourceRef: { kind: 'Bucket', name: 'dropped' }, path: './team' };
    await create(setting.world, kustomization(namespace, 'dropped', spec));

    const source = await reconcile(setting.world, bucketAt(setting, 'dropped'));
    const applied = await reconcile(setting.world, applierAt(setting, 'dropped'));

    expect(await newEvents(setting, bucketAt(setting, 'dropped'))).toEqual([
      "Normal NewArtifact: stored artifact with 1 fetched files from 'sources' bucket",
    ]);
    expect(told(applied)).toBe(
      `True ReconciliationSucceeded: Applied revision: ${source.status.artifact?.revision}`,
    );
    const { writes } = await quietRun('dropped');
    expect(writes).toBe(0);

    await put(`sources/${clusterId}/team/app.yaml`, configMap(namespace, 'dropped', { v: '2' }));
    const next = await reconcile(setting.world, bucketAt(setting, 'dropped'));
    expect(next.status.artifact?.revision).not.toBe(source.status.artifact?.revision);
  });

  async function quietRun(name: string): Promise<{ reads: number; writes: number }> {
    const { store, counts } = countingStore(storeOf());
    await reconcile(setting.world, bucketAt(setting, name), { ports: { store } });
    return counts;
  }

  test.each([
    ['elsewhere', { bucketName: 'tree' }, /^True InvalidSpec: there is no bucket 'tree' at sluice\.internal/],
    ['whole', own({}), /^True AccessDenied: bucket 'sluice-state' is Sluice's own/],
    ['written', own({ prefix: 'tree/' }), /^True AccessDenied: bucket 'sluice-state' is Sluice's own/],
    ['theirs', own({ prefix: 'sources/another/' }), /set spec\.prefix to 'sources\/[0-9a-f-]+\/'/],
  ])('is all that can be read of what is ours: %s', async (name, spec, message) => {
    const { deployment } = setting.world.runtime.ports;
    const ports: Partial<Ports> = { deployment: { ...deployment, bucket: { name: 'sluice-state' } } };
    await create(setting.world, dropZone(name, spec));

    const stalled = await reconcile(setting.world, bucketAt(setting, name), { ports });

    expect(told(stalled, 'Stalled')).toMatch(message);
    expect(stalled.status.artifact).toBeUndefined();
  });
});

function own(more: object): object {
  return { provider: 'aws', endpoint: 's3.eu-west-1.amazonaws.com', bucketName: 'sluice-state', ...more };
}

describe('an event of the drop zone', () => {
  test('on its way through the queues becomes the new artifact', async () => {
    const { clusterId, runtime } = setting.world;
    const deployment = { ...runtime.ports.deployment, bucket: { name: 'sluice-state' } };
    const { queues, sent } = keepingQueues();
    const ports: Ports = { ...runtime.ports, deployment, queues };
    const handed = (body: string) => [{ id: 'e1', body, receiveCount: 1 }];
    await create(setting.world, dropZone('event', { prefix: 'events/' }));
    const before = await reconcile(setting.world, bucketAt(setting, 'event'));
    const key = `sources/${clusterId}/events/new.yaml`;
    await put(key, 'a: 1\n');
    const detail = { bucket: { name: 'sluice-state' }, object: { key } };
    const uploaded = { source: 'aws.s3', 'detail-type': 'Object Created', detail };

    await arrive(handed(JSON.stringify(uploaded)), ports, AbortSignal.timeout(10_000));
    const waiting = sent.find(({ body }) => body.includes('"name":"event"'));
    expect(waiting?.queue).toBe('later');
    await forward(handed(waiting?.body ?? ''), ports);
    expect(sent.at(-1)?.queue).toBe('source');
    await work(handed(sent.at(-1)?.body ?? ''), ports, AbortSignal.timeout(30_000));

    const after = await read(setting.world, bucketAt(setting, 'event'));
    expect(after.status.artifact?.revision).not.toBe(before.status.artifact?.revision);
    expect((await loadTree(storeOf(), after.status.artifact?.digest ?? '')).has('events/new.yaml')).toBe(
      true,
    );
  });
});

describe('the annotation sluice.dev/mirror', () => {
  test('keeps the files of a source under tree/ until it says otherwise or the source goes', async () => {
    const { clusterId } = setting.world;
    const prefix = `tree/${clusterId}/gitrepository/${namespace}/mirrored/`;
    const reference = sourceAt(setting, 'mirrored');
    const annotate = (value: string) =>
      edit(setting.world, reference, { metadata: { annotations: { 'sluice.dev/mirror': value } } });
    await publish(setting, 'mirrored', { 'a.yaml': 'a: 1\n', 'b/c.yaml': 'c: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'mirrored'));
    await reconcile(setting.world, reference);
    expect(await keysBelow(prefix)).toEqual([]);

    await annotate('tree');
    await reconcile(setting.world, reference);
    expect(await keysBelow(prefix)).toEqual(['.sluice-mirror.json', 'a.yaml', 'b/c.yaml']);

    await publish(setting, 'mirrored', { 'a.yaml': 'a: 2\n', 'b/c.yaml': null });
    const { store, counts } = countingStore(storeOf());
    await reconcile(setting.world, reference);
    expect(await keysBelow(prefix)).toEqual(['.sluice-mirror.json', 'a.yaml']);
    await reconcile(setting.world, reference, { ports: { store } });
    expect(counts.writes).toBe(0);

    await annotate('none');
    await reconcile(setting.world, reference);
    expect(await keysBelow(prefix)).toEqual([]);

    await annotate('tree');
    await reconcile(setting.world, reference);
    await setting.world.cluster.delete(reference);
    await expect(reconcile(setting.world, reference)).rejects.toThrow('is not there');
    expect(await keysBelow(prefix)).toEqual([]);
  });

  test('tells what cannot be mirrored, once', async () => {
    const long = `${'x'.repeat(250)}/`.repeat(4);
    await publish(setting, 'long', { [`${long}a.yaml`]: 'a: 1\n' });
    const annotations = { 'sluice.dev/mirror': 'tree' };
    const object = gitRepository(setting.world, namespace, 'long');
    await create(setting.world, { ...object, metadata: { ...object.metadata, annotations } });
    const reference = sourceAt(setting, 'long');

    await reconcile(setting.world, reference);
    const first = await newEvents(setting, reference);
    await reconcile(setting.world, reference);

    expect(first).toContainEqual(
      expect.stringMatching(
        /^Warning MirrorRefused: the artifact is not mirrored: the path of a file has more than/,
      ),
    );
    expect(await newEvents(setting, reference)).toEqual([]);
  });
});
