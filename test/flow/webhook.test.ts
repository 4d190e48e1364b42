import { beforeAll, describe, expect, test } from 'vitest';
import { nextBoundary } from '../../shared/reconcile/slots.ts';
import { sweep } from '../../shared/reconcile/sweep.ts';
import { create, edit, gitRepository, kustomization, read } from './drive.ts';
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
import { pathOf, push, receiver, receiverAt, tokenSecret } from './webhook.ts';

const own = useOwnPlane();
const setting = useWorld('webhook', own.place);
const { namespace } = setting;
const SOON = { timeout: 20_000, interval: 25 };

beforeAll(() => setting.world.start());

/** A repository, a source and a Kustomization, applied once. */
async function applied(name: string): Promise<void> {
  const id = await publish(setting, name, { 'a.yaml': configMap(namespace, name, { a: '1' }) });
  await create(setting.world, gitRepository(setting.world, namespace, name), kustomization(namespace, name));
  await expect.poll(() => revisionOf(name), SOON).toContain(id);
}

async function revisionOf(name: string): Promise<string | undefined> {
  return (await read(setting.world, applierAt(setting, name))).status.lastAppliedRevision;
}

async function pathWhenReady(name: string): Promise<string> {
  await expect
    .poll(async () => told(await read(setting.world, receiverAt(setting, name))), SOON)
    .toMatch(/^True /);
  return (await pathOf(setting, receiverAt(setting, name))) ?? '';
}

/** Asks for a run as `flux reconcile receiver` does, and waits for it. */
async function request(name: string): Promise<void> {
  const reference = receiverAt(setting, name);
  const token = crypto.randomUUID();
  await edit(setting.world, reference, {
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } },
  });
  await expect
    .poll(async () => (await read(setting.world, reference)).status.lastHandledReconcileAt, SOON)
    .toBe(token);
}

/** A Receiver for the source of that name; its path. */
async function received(name: string, token: string, spec: object = {}): Promise<string> {
  const resources = [{ kind: 'GitRepository', name }];
  await create(
    setting.world,
    tokenSecret(namespace, name, token),
    receiver(namespace, name, resources, spec),
  );
  return pathWhenReady(name);
}

describe('a push', () => {
  test('[RC-06 ready] announced by a signed delivery is fetched and applied', async ({ annotate }) => {
    await applied('app');
    const path = await received('app', 'secret-of-app', { events: ['ping', 'push'] });
    expect(told(await read(setting.world, receiverAt(setting, 'app')))).toBe(
      `True Succeeded: Receiver initialized for path: ${path}`,
    );
    expect(await newEvents(setting, receiverAt(setting, 'app'))).toEqual([
      'Normal Succeeded: Reconciliation finished, next run in 10m0s',
    ]);
    const id = await publish(setting, 'app', { 'a.yaml': configMap(namespace, 'app', { a: '2' }) });

    const start = performance.now();
    expect(await push(setting, path, 'secret-of-app')).toBe(202);
    await expect.poll(() => revisionOf('app'), { ...SOON, interval: 5 }).toContain(id);

    await annotate(`applied ${Math.round(performance.now() - start)} ms after the request`);
  });

  test('[RC-12 accepted] [RC-13 delivered] is acted on only when it is proven, by whatever headers it comes', async () => {
    await applied('strict');
    const path = await received('strict', 'right', { events: ['push'] });
    const id = await publish(setting, 'strict', { 'a.yaml': configMap(namespace, 'strict', { a: '2' }) });

    expect(await push(setting, path, 'wrong')).toBe(404);
    expect(await push(setting, path.replace(/.{4}$/, '0000'), 'right')).toBe(404);
    expect(await push(setting, path, 'right', { event: 'ping' })).toBe(400);
    expect(await push(setting, `${path}?again=1`, 'right')).toBe(404);
    expect(await revisionOf('strict')).not.toContain(id);

    expect(await push(setting, path, 'right')).toBe(202);
    await expect.poll(() => revisionOf('strict'), SOON).toContain(id);
  });

  test('[RC-16 found] wakes the sources that carry the labels, and no other', async () => {
    const { world } = setting;
    const labels = { team: 'blue' };
    await Promise.all(['blue-a', 'blue-b', 'green'].map((name) => applied(name)));
    for (const name of ['blue-a', 'blue-b'])
      await edit(world, sourceAt(setting, name), { metadata: { labels } });
    await create(
      world,
      tokenSecret(namespace, 'blue', 'token'),
      receiver(namespace, 'blue', [{ kind: 'GitRepository', name: '*', matchLabels: labels }]),
    );
    const path = await pathWhenReady('blue');
    const ids = new Map<string, string>();
    for (const name of ['blue-a', 'blue-b', 'green'])
      ids.set(name, await publish(setting, name, { 'a.yaml': configMap(namespace, name, { a: '2' }) }));

    expect(await push(setting, path, 'token')).toBe(202);

    for (const name of ['blue-a', 'blue-b'])
      await expect.poll(() => revisionOf(name), SOON).toContain(ids.get(name));
    expect(await revisionOf('green')).not.toContain(ids.get('green'));
  });
});

describe('a Receiver', () => {
  const plain = [{ kind: 'GitRepository', name: 'nothing' }];

  test('[RC-02 defaults] [RC-05 status] has an interval, a finalizer, and a status that follows its generation', async () => {
    await received('shape', 'token');
    const reference = receiverAt(setting, 'shape');

    const object = await read(setting.world, reference);

    expect(object.spec).toMatchObject({ interval: '10m' });
    expect(object.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    expect(object.status).toMatchObject({ observedGeneration: 1 });
    expect(object.status.conditions.map(({ type }) => type)).toEqual(['Ready']);
    await edit(setting.world, reference, { spec: { events: ['push'] } });
    await expect
      .poll(async () => (await read(setting.world, reference)).status.observedGeneration, SOON)
      .toBe(2);
  });

  test('[RC-37 requested] [RC-05 handled] [RC-37 generation] runs when asked, and at once when its spec changes', async () => {
    const path = await received('asked', 'token', { events: ['push'] });
    const reference = receiverAt(setting, 'asked');
    await edit(setting.world, reference, {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } },
    });
    await expect
      .poll(async () => (await read(setting.world, reference)).status.lastHandledReconcileAt, SOON)
      .toBe('now');
    expect(await push(setting, path, 'token', { event: 'release' })).toBe(400);

    await edit(setting.world, reference, { spec: { events: ['release'] } });

    await expect.poll(() => push(setting, path, 'token', { event: 'release' }), SOON).toBe(202);
  });

  test('[RC-07 no-secret] [RC-07 no-key] without a token has no path; it gets one when the token comes', async () => {
    const { world } = setting;
    const reference = receiverAt(setting, 'bare');
    await create(world, receiver(namespace, 'bare', plain));
    const message = `unable to read token from secret '${namespace}/bare' error: secrets "bare" not found`;
    await expect
      .poll(async () => told(await read(world, reference)), SOON)
      .toBe(`False TokenNotFound: ${message}`);
    expect(told(await read(world, reference), 'Reconciling')).toMatch(/^True ProgressingWithRetry: /);
    expect(await pathOf(setting, reference)).toBeUndefined();

    const metadata = { namespace, name: 'bare' };
    await create(world, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { Token: 'x', token: '' },
    });
    await expect
      .poll(async () => told(await read(world, reference)), SOON)
      .toBe(`False TokenNotFound: invalid '${namespace}/bare' secret data: required fields 'token'`);

    await edit(world, { apiVersion: 'v1', kind: 'Secret', ...metadata }, { stringData: { token: 'now' } });
    expect(await push(setting, await pathWhenReady('bare'), 'now')).toBe(202);
    expect(await newEvents(setting, reference)).toContain(`Warning Failed: ${message}`);
  });

  test('[RC-07 lost] whose token goes loses its path at once', async () => {
    const path = await received('losing', 'token');
    await setting.world.cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'losing' });
    await request('losing');

    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(404);
    expect(await pathOf(setting, receiverAt(setting, 'losing'))).toBeUndefined();
  });

  test('[RC-38 closed] that is suspended answers 503, and is heard again when it goes on', async () => {
    const path = await received('paused', 'token');
    const suspend = (value: boolean) =>
      edit(setting.world, receiverAt(setting, 'paused'), { spec: { suspend: value } });
    await suspend(true);

    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(503);
    expect(await push(setting, path, 'wrong')).toBe(404);
    expect(await pathOf(setting, receiverAt(setting, 'paused'))).toBe(path);

    await suspend(false);
    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(202);
  });

  test('[RC-12 not-ready] that becomes what we do not serve says so, and answers 503', async () => {
    const path = await received('turned', 'token');
    await edit(setting.world, receiverAt(setting, 'turned'), { spec: { type: 'quay' } });

    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(503);
    const object = await read(setting.world, receiverAt(setting, 'turned'));
    for (const type of ['Ready', 'Stalled'])
      expect(told(object, type)).toContain('NotSupported: spec.type quay is not supported');
  });

  test('that is deleted is gone, and so is its path', async () => {
    const path = await received('gone', 'token');
    await setting.world.cluster.delete(receiverAt(setting, 'gone'));

    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(404);
    await expect.poll(() => setting.world.cluster.get(receiverAt(setting, 'gone')), SOON).toBeUndefined();
    expect(await setting.world.runtime.ports.store.head(`hooks/${path.slice(6)}`)).toBeUndefined();
  });
});

describe('a token that changes', () => {
  test('[RC-37 secret] is followed at once when its Secret is watched; old and new are heard until the next run', async () => {
    const { world } = setting;
    const labels = { 'reconcile.fluxcd.io/watch': 'Enabled' };
    await create(
      world,
      tokenSecret(namespace, 'turning', 'old', labels),
      receiver(namespace, 'turning', [{ kind: 'GitRepository', name: 'nothing' }]),
    );
    const old = await pathWhenReady('turning');
    expect(await push(setting, old, 'old')).toBe(202);

    await edit(
      world,
      { apiVersion: 'v1', kind: 'Secret', namespace, name: 'turning' },
      { stringData: { token: 'new' } },
    );

    await expect.poll(() => pathOf(setting, receiverAt(setting, 'turning')), SOON).not.toBe(old);
    const fresh = await pathWhenReady('turning');
    expect(await push(setting, fresh, 'new')).toBe(202);
    expect(await push(setting, old, 'old')).toBe(202);
    expect(await push(setting, old, 'new')).toBe(404);

    await request('turning');
    await expect.poll(() => push(setting, old, 'old'), SOON).toBe(404);
    expect(await push(setting, fresh, 'new')).toBe(202);
  });
});

describe('an index that was lost or damaged', () => {
  test('is put back by the sweep, in the slot of its Receiver and not before', async () => {
    const path = await received('swept', 'token');
    const { clusterId, runtime } = setting.world;
    const uid = (await read(setting.world, receiverAt(setting, 'swept'))).metadata.uid ?? '';
    const boundary = nextBoundary(uid, 10 * 60_000, Date.now());
    const sweepAt = async (from: number, to: number, others: object = {}): Promise<void> => {
      const at = (time: number): string => new Date(time).toISOString();
      await runtime.ports.store.put('watermarks/hooks.json', Buffer.from(JSON.stringify({ tick: at(from) })));
      const body = JSON.stringify({ shard: 'hooks', clusters: [clusterId], tick: at(to) });
      // A tick of a time to come would be taken for now.
      const clock = { ...runtime.ports.clock, now: () => new Date(to) };
      const ports = { ...runtime.ports, ...others, clock };
      await sweep([{ id: '1', body, receiveCount: 1 }], ports, AbortSignal.timeout(20_000));
    };
    await runtime.ports.store.delete(`hooks/${path.slice(6)}`);

    const { queues, woken } = keepingQueues();
    await sweepAt(Date.now(), boundary - 1, { queues });
    expect(woken()).not.toContain('source Receiver/swept');
    expect(await push(setting, path, 'token')).toBe(404);
    await sweepAt(boundary - 1, boundary + 1);

    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(202);
  });

  test('is put back by the next run of its Receiver, and by one that a delivery to it wakes', async () => {
    const path = await received('mended', 'token');
    const { store } = setting.world.runtime.ports;
    const key = `hooks/${path.slice(6)}`;
    const before = Buffer.from((await store.get(key))?.body ?? '');
    await store.delete(key);
    expect(await push(setting, path, 'token')).toBe(404);
    await request('mended');
    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(202);
    expect(Buffer.from((await store.get(key))?.body ?? '')).toEqual(before);
    const [hook] = JSON.parse(before.toString()) as readonly { owner: string; sealed: string }[];
    await store.put(key, Buffer.from(JSON.stringify([{ ...hook, sealed: 'AAAA' }])));
    expect(await push(setting, path, 'token')).toBe(503);
    await expect.poll(() => push(setting, path, 'token'), SOON).toBe(202);
  });
});
