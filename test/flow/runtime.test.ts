import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { nextBoundary } from '../../shared/reconcile/slots.ts';
import { sweep } from '../../shared/reconcile/sweep.ts';
import { condition, create, edit, gitRepository, kustomization, type Reconciled, read } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
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

const own = useOwnPlane();
const setting = useWorld('runtime', own.place);
const { namespace } = setting;
const SOON = { timeout: 20_000, interval: 25 };

beforeAll(() => setting.world.start());

/** Resolves when the object is Ready with `revision`; the milliseconds that took. */
async function readyWith(reference: ObjectReference, revision: string): Promise<number> {
  const start = performance.now();
  await expect.poll(async () => told(await read(setting.world, reference)), SOON).toMatch(/^True .*: /);
  await expect.poll(async () => revisionOf(await read(setting.world, reference)), SOON).toContain(revision);
  return performance.now() - start;
}

function revisionOf({ status }: Reconciled): string {
  return status.lastAppliedRevision ?? status.artifact?.revision ?? '';
}

function map(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

async function started(name: string, spec: object = {}): Promise<void> {
  const id = await publish(setting, name, { 'a.yaml': configMap(namespace, name, { a: '1' }) });
  const { world } = setting;
  await create(world, gitRepository(world, namespace, name), kustomization(namespace, name, spec));
  await readyWith(applierAt(setting, name), id);
}

describe('what somebody does with kubectl is acted on at once', () => {
  test('creating a source and its Kustomization, in either order', async ({ annotate }) => {
    const id = await publish(setting, 'first', { 'a.yaml': configMap(namespace, 'first', { a: '1' }) });
    const { world } = setting;
    await create(world, kustomization(namespace, 'first'), gitRepository(world, namespace, 'first'));

    const took = await readyWith(applierAt(setting, 'first'), id);

    await annotate(`ready after ${Math.round(took)} ms`);
    expect(took).toBeLessThan(10_000);
    expect(await world.cluster.get(map('first'))).toBeDefined();
  });

  test('[COM-04 requested] asking for a run: the new commit arrives, and its Kustomization follows', async ({
    annotate,
  }) => {
    await started('asked');
    const id = await publish(setting, 'asked', { 'a.yaml': configMap(namespace, 'asked', { a: '2' }) });
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    await edit(setting.world, sourceAt(setting, 'asked'), { metadata: { annotations } });

    const took = await readyWith(applierAt(setting, 'asked'), id);

    await annotate(`applied after ${Math.round(took)} ms`);
    expect(took).toBeLessThan(10_000);
    expect((await read(setting.world, sourceAt(setting, 'asked'))).status.lastHandledReconcileAt).toBe('now');
    expect((await setting.world.cluster.get(map('asked'))) as object).toMatchObject({ data: { a: '2' } });
  });

  test('[COM-04 generation] changing a spec', async () => {
    await started('edited');
    await edit(setting.world, applierAt(setting, 'edited'), { spec: { namePrefix: 'pre-' } });

    await expect.poll(() => setting.world.cluster.get(map('pre-edited')), SOON).toBeDefined();
    await expect.poll(() => setting.world.cluster.get(map('edited')), SOON).toBeUndefined();
  });

  test('deleting: the objects go, then the Kustomization', async () => {
    await started('deleted');
    await setting.world.cluster.delete(applierAt(setting, 'deleted'));

    await expect.poll(() => setting.world.cluster.get(applierAt(setting, 'deleted')), SOON).toBeUndefined();
    expect(await setting.world.cluster.get(map('deleted'))).toBeUndefined();
  });

  test('a chain of dependencies created backwards comes up in order, without waiting for 30 s', async () => {
    const names = ['roof', 'walls', 'floor'];
    const files = names.map((name) => [`${name}/a.yaml`, configMap(namespace, name, {})]);
    const id = await publish(setting, 'house', Object.fromEntries(files));
    const { world } = setting;
    for (const [index, name] of names.entries()) {
      const below = names[index + 1];
      const dependsOn = below === undefined ? [] : [{ name: below }];
      const sourceRef = { kind: 'GitRepository', name: 'house' };
      await create(world, kustomization(namespace, name, { path: `./${name}`, sourceRef, dependsOn }));
    }
    await create(world, gitRepository(world, namespace, 'house'));

    const took = await readyWith(applierAt(setting, 'roof'), id);

    expect(took).toBeLessThan(20_000);
    const created = await Promise.all(names.map((name) => world.cluster.get(map(name))));
    const order = created.map((object) => Number(object?.metadata.resourceVersion));
    expect(order.toSorted((a, b) => b - a)).toEqual(order);
  });
});

describe('the sweep', () => {
  test('finds drift when the interval is over, and sends nothing before', async () => {
    await started('drifts', { interval: '50m' });
    const uid = (await read(setting.world, applierAt(setting, 'drifts'))).metadata.uid ?? '';
    await newEvents(setting, applierAt(setting, 'drifts'));
    await edit(setting.world, map('drifts'), { data: { a: 'edited' } });
    const { ports } = setting.world.runtime;
    const watermark = async (at: number) =>
      ports.store.put(
        'watermarks/test.json',
        Buffer.from(JSON.stringify({ tick: new Date(at).toISOString() })),
      );
    const tick = (at: number, queues = ports.queues) => {
      const body = { shard: 'test', clusters: [setting.world.clusterId], tick: new Date(at).toISOString() };
      const batch = [{ id: 'tick', body: JSON.stringify(body), receiveCount: 1 }];
      return sweep(batch, { ...ports, queues }, AbortSignal.timeout(20_000));
    };
    const now = Date.now();
    const boundary = nextBoundary(uid, 50 * 60_000, now);

    await watermark(now);
    const early = keepingQueues();
    await tick(boundary - 1, early.queues);
    expect(early.woken()).not.toContain('apply Kustomization/drifts');
    await tick(boundary + 1);

    await expect
      .poll(async () => (await setting.world.cluster.get(map('drifts'))) as object, SOON)
      .toMatchObject({ data: { a: '1' } });
    await expect
      .poll(() => newEvents(setting, applierAt(setting, 'drifts')), SOON)
      .toContain(`Normal Progressing: ConfigMap/${namespace}/drifts configured`);
  });
});

describe('kinds that are not built yet', () => {
  test('[COM-02 stall] say so in their own conditions, once', async () => {
    const helm = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace, name: 'app' };
    const bucket = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'Bucket', namespace, name: 'b' };
    const chartSpec = { chart: 'x', sourceRef: { kind: 'HelmRepository', name: 'r' } };
    await create(
      setting.world,
      {
        ...helm,
        metadata: { namespace, name: 'app' },
        spec: { interval: '1m', chart: { spec: chartSpec } },
      } as KubernetesObject,
      {
        ...bucket,
        metadata: { namespace, name: 'b' },
        spec: { interval: '1m', bucketName: 'b', endpoint: 'localhost' },
      } as KubernetesObject,
    );

    for (const reference of [helm, bucket]) {
      await expect
        .poll(async () => told(await read(setting.world, reference), 'Stalled'), SOON)
        .toBe(
          `True NotSupported: kind ${reference.kind} is not supported by this version of Sluice; leave this object to Flux`,
        );
      const object = await read(setting.world, reference);
      expect(condition(object, 'Ready')).toMatchObject({ status: 'False', reason: 'NotSupported' });
      expect(object.metadata.finalizers).toBeUndefined();
      expect(object.status.observedGeneration).toBe(1);
    }
  });
});

describe('while the API server is away', () => {
  test('nothing ends; what comes afterwards is acted on', async () => {
    await own.plane.stopApiServer();
    await own.plane.startApiServer();

    await started('afterwards');

    expect(setting.log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
