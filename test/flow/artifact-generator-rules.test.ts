import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/ports.ts';
import { create, edit, read, reconcile } from './drive.ts';
import {
  copyAll,
  EXTERNAL,
  externalAt,
  generator,
  generatorAt,
  generatorsIn,
  inventoryOf,
  madeFiles,
  gitSource as source,
} from './generator.ts';
import { keepingQueues, newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('generator-rules');
const { namespace } = setting;
const { starts, generated, visit, external } = generatorsIn(setting);

async function storedPaths(name: string): Promise<readonly string[]> {
  const { runtime, clusterId } = setting.world;
  const keys: string[] = [];
  const prefix = `artifacts/${clusterId}/externalartifact/${namespace}/${name}/`;
  for await (const { key } of runtime.ports.store.list(prefix)) keys.push(key.slice(prefix.length));
  return keys;
}

describe('what a generator makes', () => {
  test('[AG-04 finalizer] [AG-07 applied] [AG-07 metadata] [AG-08 inventory] [AG-05 copied] [AG-05 origin] [EA-01 source-ref] [EA-02 ready] [EA-05 labels] [EA-03 revision] is an ExternalArtifact with its labels, its revision and who made it', async () => {
    const revision = await starts('makes', { 'a.yaml': 'a: 1\n' });
    const commonMetadata = { labels: { team: 'x' }, annotations: { note: 'y' } };
    const output = { name: 'makes-it', revision: '@src', originRevision: '@src', copy: copyAll };

    const made = await generated('makes', {
      sources: [source('makes')],
      artifacts: [output],
      commonMetadata,
    });

    expect(made.metadata.finalizers).toEqual(['source.extensions.fluxcd.io/finalizer']);
    const found = await read(setting.world, externalAt(setting, 'makes-it'));
    expect(found.metadata.labels).toEqual({
      team: 'x',
      'app.kubernetes.io/managed-by': 'source-watcher',
      'source.extensions.fluxcd.io/generator': made.metadata.uid,
    });
    expect(found.metadata.annotations).toEqual({ note: 'y' });
    expect(found.spec).toEqual({
      sourceRef: {
        ...{ apiVersion: 'source.extensions.fluxcd.io/v1beta1', kind: 'ArtifactGenerator' },
        ...{ name: 'makes', namespace },
      },
    });
    expect(told(found)).toBe('True Succeeded: Artifact is ready');
    const { artifact } = found.status;
    expect(artifact).toMatchObject({ revision, metadata: { 'org.opencontainers.image.revision': revision } });
    expect(artifact?.path).toMatch(new RegExp(`^externalartifact/${namespace}/makes-it/[0-9]+\\.tar\\.gz$`));
    expect(inventoryOf(made)).toEqual([
      { name: 'makes-it', namespace, digest: artifact?.digest, filename: artifact?.path.split('/').at(-1) },
    ]);
    const writers = found.metadata.managedFields?.map(({ manager, operation, subresource = '' }) =>
      `${manager} ${operation} ${subresource}`.trim(),
    );
    expect(writers?.toSorted()).toEqual(['source-watcher Apply', 'source-watcher Apply status']);
    expect(await newEvents(setting, generatorAt(setting, 'makes'))).toEqual([
      'Normal Ready: reconciliation succeeded, generated 1 artifact(s)',
      `Normal Ready: external artifacts reconciled: ${namespace}/makes-it (${artifact?.digest})`,
    ]);
  });

  test('[AG-06 unchanged] [AG-09 drift] is left alone when nothing has changed, and made anew when it was lost, spoilt or taken away', async () => {
    await starts('stays', { 'a.yaml': 'a: 1\n' });
    const copy = [{ from: '@src/**', to: '@artifact/other/' }];
    await generated('stays', { sources: [source('stays')], artifacts: [{ name: 'stays', copy }] });
    const before = await external('stays');

    setting.requests.length = 0;
    await visit('stays');

    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    const { artifact } = (await read(setting.world, externalAt(setting, 'stays'))).status;
    const { store } = setting.world.runtime.ports;
    await store.delete(`blobs/${artifact?.digest.slice(7)}`);
    await visit('stays');
    expect(await madeFiles(setting, 'stays')).toEqual({ 'other/a.yaml': 'a: 1\n' });
    const { size = 0 } = (await store.head(`blobs/${artifact?.digest.slice(7)}`)) ?? {};
    for (const spoilt of [Buffer.from('spoilt'), Buffer.alloc(size)]) {
      await store.put(`blobs/${artifact?.digest.slice(7)}`, spoilt);
      await visit('stays');
      expect(await madeFiles(setting, 'stays')).toEqual({ 'other/a.yaml': 'a: 1\n' });
    }
    await setting.world.cluster.delete(externalAt(setting, 'stays'));
    await visit('stays');
    expect((await external('stays'))?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(told(await visit('stays'))).toContain('True Succeeded');
  });

  test('[AG-02 outputs] [AG-10 orphans] [AG-04 deletion] goes when it is no longer listed, and with its generator, from the store too', async () => {
    await starts('goes', { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    const output = (name: string) => ({ name, copy: [{ from: `@src/${name}.yaml`, to: '@artifact/' }] });
    const spec = { sources: [source('goes')], artifacts: [output('a'), output('b')] };
    await generated('goes', spec);
    expect(await storedPaths('b')).toHaveLength(1);

    await edit(setting.world, generatorAt(setting, 'goes'), { spec: { artifacts: [output('a')] } });
    const done = await visit('goes');

    expect(inventoryOf(done).map(({ name }) => name)).toEqual(['a']);
    expect([await external('b'), await storedPaths('b')]).toEqual([undefined, []]);
    await setting.world.cluster.delete(generatorAt(setting, 'goes'));
    await reconcile(setting.world, generatorAt(setting, 'goes')).catch(() => undefined);
    expect([await external('a'), await storedPaths('a')]).toEqual([undefined, []]);
    expect(await setting.world.cluster.get(generatorAt(setting, 'goes'))).toBeUndefined();
  });

  test('is not taken away by a generator that only claims to have made it', async () => {
    await starts('claims', { 'a.yaml': 'a: 1\n' });
    const spec = (name: string) => ({ sources: [source('claims')], artifacts: [{ name, copy: copyAll }] });
    await generated('claims', spec('claimed'));
    await generated('thief', spec('own'));
    const inventory = [
      { name: 'claimed', namespace, digest: 'x', filename: 'x' },
      { name: 'sluice-owner', namespace: 'flux-system', digest: 'x', filename: 'x' },
    ];
    const options = { fieldManager: 'person', subresource: 'status' };
    await setting.world.cluster.patch(
      generatorAt(setting, 'thief'),
      { merge: { status: { inventory } } },
      options,
    );

    await visit('thief');
    await setting.world.cluster.delete(generatorAt(setting, 'thief'));
    await visit('thief').catch(() => undefined);

    expect((await external('claimed'))?.kind).toBe(EXTERNAL.kind);
    expect(await storedPaths('claimed')).toHaveLength(1);
  });

  test('[AG-10 orphans] is removed when it was made by a run that died before it could tell', async () => {
    await starts('died', { 'a.yaml': 'a: 1\n' });
    const spec = { sources: [source('died')], artifacts: [{ name: 'died', copy: copyAll }] };
    const { metadata } = await generated('died', spec);
    const labels = { 'source.extensions.fluxcd.io/generator': metadata.uid };
    const ghost = { ...EXTERNAL, metadata: { namespace, name: 'ghost', labels }, spec: {} };

    await create(setting.world, ghost as never);
    await visit('died');
    expect(await external('ghost')).toBeUndefined();
    await create(setting.world, ghost as never);
    await setting.world.cluster.delete(generatorAt(setting, 'died'));
    await visit('died').catch(() => undefined);
    expect(await external('ghost')).toBeUndefined();
  });

  test('[AG-04 deletion] leaves nothing in the store when its object was refused', async () => {
    await starts('refused', { 'a.yaml': 'a: 1\n' });
    const artifacts = [{ name: 'refused', copy: copyAll }];
    const commonMetadata = { labels: { team: 'no value of a label!' } };
    const failed = await generated('refused', { sources: [source('refused')], artifacts, commonMetadata });
    expect(told(failed)).toContain('refused reconcile failed: failed to apply ExternalArtifact');

    await setting.world.cluster.delete(generatorAt(setting, 'refused'));
    await visit('refused').catch(() => undefined);

    expect([await external('refused'), await storedPaths('refused')]).toEqual([undefined, []]);
  });

  test('[AG-01 kinds] can be what another generator is made of, which is woken', async () => {
    await starts('chained', { 'a.yaml': 'a: 1\n' });
    const ofExternal = [{ alias: 'src', kind: EXTERNAL.kind, name: 'chain-one' }];
    await create(
      setting.world,
      generator(setting, 'chain-two', {
        sources: ofExternal,
        artifacts: [{ name: 'chain-two', copy: copyAll }],
      }),
    );
    const { queues, woken } = keepingQueues();
    const one = { sources: [source('chained')], artifacts: [{ name: 'chain-one', copy: copyAll }] };
    await create(setting.world, generator(setting, 'chain-one', one));

    await reconcile(setting.world, generatorAt(setting, 'chain-one'), { ports: { queues } });

    expect(woken()).toEqual(['source ArtifactGenerator/chain-two']);
    expect(told(await visit('chain-two'))).toContain('True Succeeded');
    expect(await madeFiles(setting, 'chain-two')).toEqual({ 'a.yaml': 'a: 1\n' });
  });
});

test('[EA-01 no-reconciler] an ExternalArtifact of somebody else is not touched', async () => {
  const object: KubernetesObject = {
    ...EXTERNAL,
    metadata: { namespace, name: 'theirs' },
    spec: {},
  } as never;
  await create(setting.world, object);
  const before = await external('theirs');

  await reconcile(setting.world, externalAt(setting, 'theirs')).catch(() => undefined);

  expect(await external('theirs')).toEqual(before);
});
