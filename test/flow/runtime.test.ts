import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { Ports } from '../../shared/ports.ts';
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

  test('[COM-25 labelled] writing a watched ConfigMap that variables come from', async ({ annotate }) => {
    const { world } = setting;
    const labels = { 'reconcile.fluxcd.io/watch': 'Enabled' };
    const metadata = { namespace, name: 'variables', labels };
    const variables = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: 'one' } };
    const id = await publish(setting, 'reader', {
      'a.yaml': configMap(namespace, 'reader', { a: '${value}' }),
    });
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'variables' }] };
    const applier = kustomization(namespace, 'reader', { postBuild });
    await create(world, variables, gitRepository(world, namespace, 'reader'), applier);
    await readyWith(applierAt(setting, 'reader'), id);

    const start = performance.now();
    await edit(world, map('variables'), { data: { value: 'two' } });

    await expect.poll(async () => (await world.cluster.get(map('reader')))?.data, SOON).toEqual({ a: 'two' });
    await annotate(`applied after ${Math.round(performance.now() - start)} ms`);
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

/** Sweeps the cluster as the clock does, from one time to another. */
async function sweepBetween(from: number, to: number, others: Partial<Ports> = {}): Promise<void> {
  const known = setting.world.runtime.ports;
  // A tick of a time to come would be taken for now.
  const ports = { ...known, ...others, clock: { ...known.clock, now: () => new Date(to) } };
  const at = (time: number) => new Date(time).toISOString();
  await ports.store.put('watermarks/test.json', Buffer.from(JSON.stringify({ tick: at(from) })));
  const body = JSON.stringify({ shard: 'test', clusters: [setting.world.clusterId], tick: at(to) });
  await sweep([{ id: 'tick', body, receiveCount: 1 }], ports, AbortSignal.timeout(20_000));
}

describe('the sweep', () => {
  test('finds drift when the interval is over, and sends nothing before', async () => {
    await started('drifts', { interval: '50m' });
    const uid = (await read(setting.world, applierAt(setting, 'drifts'))).metadata.uid ?? '';
    await newEvents(setting, applierAt(setting, 'drifts'));
    await edit(setting.world, map('drifts'), { data: { a: 'edited' } });
    const now = Date.now();
    const boundary = nextBoundary(uid, 50 * 60_000, now);

    const early = async (): Promise<readonly string[]> => {
      const { queues, woken } = keepingQueues();
      await sweepBetween(now, boundary - 1, { queues });
      return woken();
    };
    // A run in progress would have been for long by then.
    await expect.poll(early, SOON).not.toContain('apply Kustomization/drifts');
    await sweepBetween(boundary - 1, boundary + 1);

    await expect
      .poll(async () => (await setting.world.cluster.get(map('drifts'))) as object, SOON)
      .toMatchObject({ data: { a: '1' } });
    await expect
      .poll(() => newEvents(setting, applierAt(setting, 'drifts')), SOON)
      .toContain(`Normal Progressing: ConfigMap/${namespace}/drifts configured`);
  });

  test('[COM-25 labelled] finds the users of a watched ConfigMap that changed, and of no other', async () => {
    const { world } = setting;
    const names = ['watched', 'unwatched'];
    for (const name of names) {
      const labels = { 'reconcile.fluxcd.io/watch': name === 'watched' ? 'Enabled' : 'Disabled' };
      const metadata = { name: `${name}-vars`, namespace, labels };
      const vars = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color: 'blue' } };
      await create(world, vars as KubernetesObject);
      const variable = ['$', '{color}'].join('');
      const id = await publish(setting, name, { 'a.yaml': configMap(namespace, name, { v: variable }) });
      const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: `${name}-vars` }] };
      const applier = kustomization(namespace, name, { postBuild, interval: '50m' });
      await create(world, gitRepository(world, namespace, name), applier);
      await readyWith(applierAt(setting, name), id);
    }

    const before = Date.now();
    for (const name of names) await edit(world, map(`${name}-vars`), { data: { color: 'red' } });
    const { queues, woken } = keepingQueues();
    await sweepBetween(before, Date.now() + 1, { queues });
    await sweepBetween(before, Date.now() + 1);

    expect(woken()).toContain('apply Kustomization/watched');
    expect(woken()).not.toContain('apply Kustomization/unwatched');
    await expect
      .poll(async () => (await world.cluster.get(map('watched'))) as object, SOON)
      .toMatchObject({ data: { v: 'red' } });
  });
});

describe('what waits comes back by itself', () => {
  test('a wait for health ends soon after the object is healthy', async ({ annotate }) => {
    const labels = { app: 'slow' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'slow', namespace },
      spec,
    };
    const id = await publish(setting, 'slow', { 'a.yaml': JSON.stringify(deployment) });
    const { world } = setting;
    const waiting = kustomization(namespace, 'slow', { wait: true });
    await create(world, gitRepository(world, namespace, 'slow'), waiting);
    await expect
      .poll(async () => told(await read(world, applierAt(setting, 'slow')), 'Healthy'), SOON)
      .toMatch(/^Unknown Progressing/);

    // No controller runs here: the test is the Deployment's.
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const conditions = ['Available', 'Progressing'].map((type) => ({
      ...{ type, status: 'True', message: 'ok' },
      reason: type === 'Progressing' ? 'NewReplicaSetAvailable' : 'Ok',
    }));
    await world.cluster.patch(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'slow' },
      { merge: { status: { observedGeneration: 1, ...counts, conditions } } },
      { fieldManager: 'person', subresource: 'status' },
    );
    const took = await readyWith(applierAt(setting, 'slow'), id);

    await annotate(`ready ${Math.round(took)} ms after the object was`);
    expect(took).toBeLessThan(15_000);
  });

  test('a source that fails is tried again, and recovers without a word of ours', async ({ annotate }) => {
    const { world } = setting;
    await create(world, gitRepository(world, namespace, 'late'), kustomization(namespace, 'late'));
    await expect
      .poll(async () => told(await read(world, sourceAt(setting, 'late'))), SOON)
      .toMatch(/^False GitOperationFailed/);

    const id = await publish(setting, 'late', { 'a.yaml': configMap(namespace, 'late', {}) });
    const took = await readyWith(applierAt(setting, 'late'), id);

    await annotate(`applied ${Math.round(took)} ms after the repository was there`);
    expect(took).toBeLessThan(20_000);
  });
});

describe('kinds that are not built yet', () => {
  test('[COM-02 stall] [OCI-18 chart-source] say so in their own conditions, once', async () => {
    const helm = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace, name: 'app' };
    const updates = { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'ImageUpdateAutomation' };
    const images = { ...updates, namespace, name: 'o' };
    const chartSpec = { chart: 'x', sourceRef: { kind: 'HelmRepository', name: 'r' } };
    await create(
      setting.world,
      {
        ...helm,
        metadata: { namespace, name: 'app' },
        spec: { interval: '1m', chart: { spec: chartSpec } },
      } as KubernetesObject,
      {
        ...images,
        metadata: { namespace, name: 'o' },
        spec: { interval: '1m', sourceRef: { kind: 'GitRepository', name: 'o' } },
      } as KubernetesObject,
    );

    for (const reference of [helm, images]) {
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
