import { describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { KubernetesObject } from '../../shared/ports.ts';
import { create, edit, gitRepository, read, reconcile } from './drive.ts';
import { EXTERNAL, externalAt, generator, generatorAt, inventoryOf, madeFiles } from './generator.ts';
import { keepingQueues, newEvents, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('generator-rules');
const { namespace } = setting;
const source = (name: string, alias = 'src') => ({ alias, kind: 'GitRepository', name });
const copyAll = [{ from: '@src/**', to: '@artifact/' }];

/** A repository with an artifact. */
async function starts(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  await publish(setting, name, files);
  await create(setting.world, gitRepository(setting.world, namespace, name));
  const { status } = await reconcile(setting.world, sourceAt(setting, name));
  return status.artifact?.revision ?? '';
}

async function generated(name: string, spec: object, metadata: object = {}) {
  await create(setting.world, generator(setting, name, spec, metadata));
  return reconcile(setting.world, generatorAt(setting, name));
}

const visit = (name: string) => reconcile(setting.world, generatorAt(setting, name));
const external = (name: string) => setting.world.cluster.get(externalAt(setting, name));

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
    await store.put(`blobs/${artifact?.digest.slice(7)}`, Buffer.from('spoilt'));
    await visit('stays');
    expect(await madeFiles(setting, 'stays')).toEqual({ 'other/a.yaml': 'a: 1\n' });
    await setting.world.cluster.delete(externalAt(setting, 'stays'));
    await visit('stays');
    expect((await external('stays'))?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(told(await visit('stays'))).toContain('True Succeeded');
  });

  test('[AG-10 orphans] [AG-04 deletion] goes when it is no longer listed, and with its generator, from the store too', async () => {
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

describe('a generator that makes nothing', () => {
  test('[AG-03 disabled] is disabled: it says so once, and rests', async () => {
    const annotations = { 'source.extensions.fluxcd.io/reconcile': 'Disabled' };
    const spec = { sources: [source('nowhere')], artifacts: [{ name: 'never', copy: copyAll }] };

    const resting = await generated('rests', spec, { annotations });

    expect(told(resting)).toBe('True ReconciliationDisabled: Initialized with reconciliation suspended');
    expect(await external('never')).toBeUndefined();
    expect(await newEvents(setting, generatorAt(setting, 'rests'))).toEqual([
      'Normal ReconciliationDisabled: Reconciliation is disabled',
    ]);
  });

  test('[AG-16 reasons] [AG-16 retry] has no source: it says which, and is back in 5 s', async () => {
    const { queues, sent } = keepingQueues();
    const spec = { sources: [source('missing')], artifacts: [{ name: 'never', copy: copyAll }] };
    await create(setting.world, generator(setting, 'waits', spec));

    const waiting = await reconcile(setting.world, generatorAt(setting, 'waits'), { ports: { queues } });

    const message = 'get sources failed: GitRepository.source.toolkit.fluxcd.io "missing" not found';
    expect(told(waiting)).toBe(`False SourceFetchFailed: ${message}`);
    expect(told(waiting, 'Reconciling')).toBe('True ProgressingWithRetry: Reconciliation in progress');
    expect(sent.map(({ queue, delaySeconds }) => [queue, delaySeconds])).toEqual([['later', 5]]);
  });

  test.each([
    ['gone', 'not-there', 'artifact of GitRepository/generator-rules/gone not found', 5],
    ['spoilt', 'spoilt', "computed digest doesn't match", 1],
  ])(
    '[AG-16 reasons] [AG-16 retry] has a source whose artifact is %s: it says so, and is back soon',
    async (name, what, why, delay) => {
      await starts(name, { [`${name}.yaml`]: '' });
      const { artifact } = (await read(setting.world, sourceAt(setting, name))).status;
      const { store } = setting.world.runtime.ports;
      const blob = `blobs/${artifact?.digest.slice('sha256:'.length)}`;
      await (what === 'spoilt' ? store.put(blob, Buffer.from(what)) : store.delete(blob));
      const { queues, sent } = keepingQueues();
      const spec = { sources: [source(name)], artifacts: [{ name: 'never', copy: copyAll }] };
      await create(setting.world, generator(setting, name, spec));

      const failed = await reconcile(setting.world, generatorAt(setting, name), { ports: { queues } });

      expect(told(failed)).toMatch(/^False SourceFetchFailed: fetch sources failed: /);
      expect(told(failed)).toContain(why);
      expect(sent.map(({ queue, delaySeconds }) => [queue, delaySeconds])).toEqual([['later', delay]]);
    },
  );

  test('[AG-16 reasons] [AG-11 no-match] cannot be built: it says which copy, and why', async () => {
    await starts('fails', { 'a.yaml': 'a: 1\n' });
    const copy = [{ from: '@src/none*', to: '@artifact/' }];

    const failed = await generated('fails', {
      sources: [source('fails')],
      artifacts: [{ name: 'bad', copy }],
    });

    expect(told(failed)).toBe(
      "False BuildFailed: bad build failed: failed to apply copy operations: failed to apply copy operation from '@src/none*' to '@artifact/': no files match pattern 'none*' in source 'src'",
    );
    expect(told(failed, 'Stalled')).toBe('none');
    expect(
      (await newEvents(setting, generatorAt(setting, 'fails'))).map((event) => event.slice(0, 30)),
    ).toEqual(['Warning BuildFailed: bad build']);
    await visit('fails');
    expect(await newEvents(setting, generatorAt(setting, 'fails'))).toEqual([]);
  });

  test('[AG-15 terminal] has folders whose names collide: it is stalled until they change', async () => {
    await starts('collides', { 'apps/API/a.yaml': '', 'apps/api/a.yaml': '' });
    const pathPattern = '@src/apps/{app}';
    const artifacts = [{ name: '{app}', copy: [{ from: '@src/apps/{app}/**', to: '@artifact/' }] }];

    const stalled = await generated('collides', { sources: [source('collides')], pathPattern, artifacts });

    const message =
      'failed to expand path pattern: pathPattern "@src/apps/{app}": directories "apps/API" and "apps/api" both resolve to artifact name "api"';
    expect(told(stalled)).toBe(`False BuildFailed: ${message}`);
    expect(told(stalled, 'Stalled')).toBe(`True BuildFailed: ${message}`);
  });

  test('[AG-17 timeout] [COM-30 generator-timeout] takes too long: it fails, and goes on at the next try', async () => {
    await starts('slow', { 'a.yaml': 'a: 1\n' });
    const spec = { sources: [source('slow')], artifacts: [{ name: 'slow', copy: copyAll }] };
    await create(setting.world, generator(setting, 'slow', spec));
    const timeout = (ms: number) => (ms === 90_000 ? AbortSignal.abort() : systemClock.timeout(ms));

    const late = await reconcile(setting.world, generatorAt(setting, 'slow'), {
      ports: { clock: { ...systemClock, timeout } },
    });

    expect(told(late)).toBe(
      'False BuildFailed: slow build failed: the generator takes more than 90 s, and goes on from here: split it',
    );
    expect(told(await visit('slow'))).toContain('True Succeeded');
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
