import { beforeEach, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { countingStore, create, edit, gitRepository, kustomization, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, publish, sync, told, useWorld } from './setting.ts';

const setting = useWorld('drifting');
const { namespace } = setting;
const reference = applierAt(setting, 'drift');
const SWITCH = 'kustomize.toolkit.fluxcd.io/reconcile';

function map(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

async function live(name: string): Promise<KubernetesObject & { readonly data?: object }> {
  const found = await setting.world.cluster.get(map(name));
  if (found === undefined) throw new Error(`ConfigMap ${name} is not there`);
  return found;
}

/** The list of changes of the one run in between, and the kind of the event after it. */
async function changesOf(): Promise<readonly string[]> {
  const events = await newEvents(setting, reference);
  return events.map((event) => event.replace(/^Normal Progressing: /, '').replace(/: Reconciliation.*/, ''));
}

let isStarted = false;
beforeEach(async () => {
  if (!isStarted) {
    const names = ['one', 'two', 'three', 'four'];
    const off = configMap(namespace, 'off', { a: '1' }).replace(
      '"name":"off"',
      `"name":"off","annotations":{"${SWITCH}":"disabled"}`,
    );
    const maps = names.map((name) => configMap(namespace, name, { a: '1' }));
    await setting.world.cluster.create(JSON.parse(configMap(namespace, 'off', { a: 'mine' })), {
      fieldManager: 'person',
    });
    await publish(setting, 'drift', { 'all.yaml': [...maps, off].join('---\n') });
    const { world } = setting;
    await create(world, gitRepository(world, namespace, 'drift'), kustomization(namespace, 'drift'));
    await sync(setting, 'drift');
    isStarted = true;
  }
  await newEvents(setting, reference);
});

describe('the next run', () => {
  test('reverts an edit and lists what it configured', async () => {
    await edit(setting.world, map('one'), { data: { a: 'edited' } });

    const done = await reconcile(setting.world, reference);

    expect((await live('one')).data).toEqual({ a: '1' });
    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await changesOf()).toEqual([
      `ConfigMap/${namespace}/one configured`,
      'Normal ReconciliationSucceeded',
    ]);
  });

  test('leaves a field alone that somebody else added', async () => {
    await edit(setting.world, map('one'), { data: { mine: 'too' } });

    await reconcile(setting.world, reference);

    expect((await live('one')).data).toEqual({ a: '1', mine: 'too' });
    expect(await changesOf()).toEqual([]);
  });

  test('puts our labels back, all of them gone or one', async () => {
    await edit(setting.world, map('two'), { metadata: { labels: null } });
    await edit(setting.world, map('three'), {
      metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } },
    });

    await reconcile(setting.world, reference);

    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'drift',
      'kustomize.toolkit.fluxcd.io/namespace': namespace,
    };
    expect((await live('two')).metadata.labels).toEqual(labels);
    expect((await live('three')).metadata.labels).toEqual(labels);
    expect((await changesOf())[0]).toBe(
      `ConfigMap/${namespace}/three configured\nConfigMap/${namespace}/two configured`,
    );
  });

  test('creates what was deleted', async () => {
    await setting.world.cluster.delete(map('four'));

    await reconcile(setting.world, reference);

    expect((await live('four')).data).toEqual({ a: '1' });
    expect((await changesOf())[0]).toBe(`ConfigMap/${namespace}/four created`);
  });

  test('leaves an object alone whose manifest or whose live object says reconcile: disabled', async () => {
    await edit(setting.world, map('one'), {
      metadata: { annotations: { [SWITCH]: 'disabled' } },
      data: { a: 'by hand' },
    });

    const done = await reconcile(setting.world, reference);

    expect((await live('one')).data).toMatchObject({ a: 'by hand' });
    expect((await live('off')).data).toEqual({ a: 'mine' });
    expect(done.status.inventory?.entries).toHaveLength(5);
    expect(await changesOf()).toEqual([]);

    await edit(setting.world, map('one'), { metadata: { annotations: { [SWITCH]: null } } });
    await reconcile(setting.world, reference);
    expect((await live('one')).data).toMatchObject({ a: '1' });
  });

  test('after that nothing is fetched, written or told again', async () => {
    const { store, counts } = countingStore(setting.world.runtime.ports.store);
    await reconcile(setting.world, reference);
    await newEvents(setting, reference);
    setting.requests.length = 0;

    await reconcile(setting.world, reference, { ports: { store } });

    expect(counts).toEqual({ reads: 1, writes: 0 });
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, reference)).toEqual([]);
  });

  test('finds the same without its memory, only slower', async () => {
    const { store } = setting.world.runtime.ports;
    const keys: string[] = [];
    for await (const entry of store.list('baselines/')) keys.push(entry.key);
    expect(keys.filter((each) => each.includes('/drift'))).toHaveLength(1);
    for (const each of keys) await store.delete(each);
    await edit(setting.world, map('two'), { data: { a: 'edited' } });

    await reconcile(setting.world, reference);

    expect((await live('two')).data).toEqual({ a: '1' });
    expect((await changesOf())[0]).toBe(`ConfigMap/${namespace}/two configured`);
  });
});
