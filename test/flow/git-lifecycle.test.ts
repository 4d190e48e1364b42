import { describe, expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { countingStore, create, edit, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { ahead, newEvents, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-lifecycle');
const { namespace } = setting;

async function started(name: string, spec: object = {}): Promise<readonly [ObjectReference, Reconciled]> {
  await publish(setting, name, { 'a.yaml': `name: ${name}\n` }, `start ${name}`);
  await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  const reference = sourceAt(setting, name);
  const object = await reconcile(setting.world, reference);
  await newEvents(setting, reference);
  return [reference, object];
}

function blobOf({ status }: Reconciled): string {
  return `blobs/${status.artifact?.digest.replace('sha256:', '')}`;
}

function pointerOf({ status }: Reconciled): string {
  return `artifacts/${setting.world.clusterId}/${status.artifact?.path}`;
}

async function pointersOf(name: string): Promise<readonly string[]> {
  const prefix = `artifacts/${setting.world.clusterId}/gitrepository/${namespace}/${name}/`;
  const keys: string[] = [];
  for await (const { key } of setting.world.runtime.ports.store.list(prefix)) keys.push(key);
  return keys;
}

describe('an artifact that is not as advertised', () => {
  test.each(['blob', 'pointer'] as const)('[COM-15 missing] its %s lost: it is made anew', async (what) => {
    const name = `lost-${what}`;
    const [reference, before] = await started(name);
    const { store } = setting.world.runtime.ports;
    await store.delete(what === 'blob' ? blobOf(before) : pointerOf(before));

    const after = await reconcile(setting.world, reference);

    expect(told(after)).toBe(told(before));
    expect(await store.get(blobOf(after))).toBeDefined();
    expect(await store.get(pointerOf(after))).toBeDefined();
    expect(after.status.artifact?.digest).toBe(before.status.artifact?.digest);
  });

  test('[COM-15 mismatch] other bytes in its place: the event says so, and it is made anew', async () => {
    const [reference, before] = await started('corrupt');
    const { store } = setting.world.runtime.ports;
    await store.put(blobOf(before), Buffer.from('something else'));

    const after = await reconcile(setting.world, reference);

    expect(await newEvents(setting, reference)).toContain(
      `Warning ArtifactVerificationFailed: failed to verify integrity of artifact: computed digest doesn't match '${before.status.artifact?.digest}'`,
    );
    expect(told(after)).toBe(told(before));
    const stored = await store.get(blobOf(after));
    expect(Buffer.from(stored?.body ?? []).toString()).not.toBe('something else');
  });

  test('[COM-15 mismatch] a pointer that cannot be read: it is made anew', async () => {
    const [reference, before] = await started('scribbled');
    const { store } = setting.world.runtime.ports;
    await store.put(pointerOf(before), Buffer.from('{"revision": "ma'));

    const after = await reconcile(setting.world, reference);

    expect(told(after)).toBe(told(before));
    const pointer = await store.get(pointerOf(after));
    expect(JSON.parse(Buffer.from(pointer?.body ?? []).toString())).toMatchObject({
      digest: before.status.artifact?.digest,
    });
  });

  test('while the server is down too, the artifact is no longer advertised', async () => {
    const [reference, before] = await started('both');
    await setting.world.runtime.ports.store.delete(blobOf(before));
    await edit(setting.world, reference, { spec: { url: 'http://127.0.0.1:1/both.git' } });

    const after = await reconcile(setting.world, reference);

    expect(told(after)).toMatch(/^False GitOperationFailed: /);
    expect(after.status.artifact).toBeUndefined();
    expect(told(after, 'ArtifactInStorage')).toBe('none');
  });
});

describe('retention', () => {
  test('[COM-16 ttl] [COM-16 current-stays] [COM-16 told] previous artifacts go when they are older than a minute', async () => {
    const [reference] = await started('kept');
    await publish(setting, 'kept', { 'a.yaml': 'two: 2\n' });
    await reconcile(setting.world, reference);
    expect(await pointersOf('kept')).toHaveLength(2);
    await newEvents(setting, reference);
    await publish(setting, 'kept', { 'a.yaml': 'three: 3\n' });

    const third = await reconcile(setting.world, reference, { ports: { clock: ahead(61_000) } });

    expect(await pointersOf('kept')).toEqual([pointerOf(third)]);
    const events = await newEvents(setting, reference);
    expect(events).toContain('Normal GarbageCollectionSucceeded: garbage collected 2 artifacts');
  });

  test('[COM-16 told] that does not succeed is a warning, and the new artifact stands', async () => {
    const [reference] = await started('stuck');
    await publish(setting, 'stuck', { 'a.yaml': 'two: 2\n' });
    await newEvents(setting, reference);
    const { store } = setting.world.runtime.ports;
    const remove = async (): Promise<void> => {
      throw new Fault('server-error', 'slow down');
    };
    const ports = { clock: ahead(61_000), store: { ...store, delete: remove } };

    const second = await reconcile(setting.world, reference, { ports });

    expect(told(second)).toMatch(/^True Succeeded/);
    expect(await newEvents(setting, reference)).toContain(
      'Warning GarbageCollectionFailed: garbage collection of artifacts failed: slow down',
    );
  });

  test('[COM-16 records] of young ones two stay', async () => {
    const [reference] = await started('young');
    for (const text of ['two: 2\n', 'three: 3\n', 'four: 4\n']) {
      await publish(setting, 'young', { 'a.yaml': text });
      await reconcile(setting.world, reference);
    }

    expect(await pointersOf('young')).toHaveLength(2);
  });
});

describe('suspend', () => {
  test('[GR-02 suspend] [COM-05 conditions] leaves everything as it is, also when there is news, until it is resumed', async () => {
    const [reference, before] = await started('paused');
    const id = await publish(setting, 'paused', { 'a.yaml': 'later: true\n' });
    await edit(setting.world, reference, { spec: { suspend: true } });
    setting.world.gitLog.length = 0;

    const paused = await reconcile(setting.world, reference);
    expect(paused.status.artifact).toEqual(before.status.artifact);
    expect(paused.status.conditions).toEqual(before.status.conditions);
    expect(setting.world.gitLog).toEqual([]);

    await edit(setting.world, reference, { spec: { suspend: false } });
    const resumed = await reconcile(setting.world, reference);
    expect(resumed.status.artifact?.revision).toBe(`main@sha1:${id}`);
  });
});

describe('requestedAt', () => {
  test('[COM-02 handled] [COM-04 requested] is copied when the run succeeds and when it fails', async () => {
    const [reference] = await started('asked');
    const ask = (token: string, spec: object = {}) =>
      edit(setting.world, reference, {
        metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } },
        spec,
      });

    await ask('one');
    expect((await reconcile(setting.world, reference)).status.lastHandledReconcileAt).toBe('one');

    await ask('two', { url: 'http://127.0.0.1:1/asked.git' });
    const failed = await reconcile(setting.world, reference);
    expect(told(failed)).toMatch(/^False /);
    expect(failed.status.lastHandledReconcileAt).toBe('two');
  });
});

test('a store that takes nothing is told apart from a Git server that gives nothing, and the old artifact stays', async () => {
  const [reference, before] = await started('full');
  await publish(setting, 'full', { 'b.yaml': 'name: b\n' }, 'add b');
  const { store } = setting.world.runtime.ports;
  const put = async () => {
    throw new Fault('server-error', 'put blobs: no space left on device');
  };

  const failed = await reconcile(setting.world, reference, { ports: { store: { ...store, put } } });

  const message = 'unable to archive artifact to storage: put blobs: no space left on device';
  expect(told(failed)).toBe(`False ArchiveOperationFailed: ${message}`);
  expect(failed.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'StorageOperationFailed', status: 'True', message }),
  );
  expect(failed.status.artifact).toEqual(before.status.artifact);
  const after = await reconcile(setting.world, reference);
  expect(told(after)).toContain('True Succeeded');
  expect(after.status.artifact?.revision).not.toBe(before.status.artifact?.revision);
});

describe('deletion', () => {
  test('[COM-16 deletion] removes its artifacts and no others, then the finalizer', async () => {
    const [reference, object] = await started('doomed');
    const [, other] = await started('doomed-not');
    const { cluster, runtime } = setting.world;
    await cluster.delete(reference);
    expect(await cluster.get(reference)).toBeDefined();

    await expect(reconcile(setting.world, reference)).rejects.toThrow('is not there');

    expect(await pointersOf('doomed')).toEqual([]);
    expect(await runtime.ports.store.get(pointerOf(other))).toBeDefined();
    expect(await newEvents(setting, reference)).toEqual([
      'Normal GarbageCollectionSucceeded: garbage collected artifacts for deleted resource',
    ]);
    expect(object.metadata.uid).toBeDefined();
  });

  test('[COM-05 source-deleted] works when suspended, and a second message finds nothing to do', async () => {
    const [reference] = await started('doomed-paused', { suspend: false });
    await edit(setting.world, reference, { spec: { suspend: true } });
    await setting.world.cluster.delete(reference);
    await expect(reconcile(setting.world, reference)).rejects.toThrow('is not there');

    const { store, counts } = countingStore(setting.world.runtime.ports.store);
    await expect(reconcile(setting.world, reference, { ports: { store } })).rejects.toThrow('is not there');
    expect(counts).toEqual({ reads: 0, writes: 0 });
  });
});
