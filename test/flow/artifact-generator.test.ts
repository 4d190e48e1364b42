import { expect, test } from 'vitest';
import { sweepBlobs } from '../../shared/artifact/blob-sweep.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { BUCKET, bucketAt } from './bucket.ts';
import { chartAt, helmChart } from './charts.ts';
import { create, gitRepository, kustomization, read, reconcile } from './drive.ts';
import { EXTERNAL, externalAt, generator, generatorAt, inventoryOf, madeFiles } from './generator.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { applierAt, configMap, keepingQueues, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('generators', async () => ({
  settings: { featureGates: { ExternalArtifact: true } },
}));
const registry = useServer(() => startRegistry());
const { namespace } = setting;

const APPS = ['api', 'jobs', 'web'];
const manifest = (name: string, v: string) => configMap(namespace, name, { v });
const KUSTOMIZATION = `resources: [app.yaml, base/shared.yaml]\nnamePrefix: `;

/** Hands the worker one message; which objects it woke. */
async function visit(reference: Parameters<typeof reconcile>[1]): Promise<readonly string[]> {
  const { queues, woken } = keepingQueues();
  await reconcile(setting.world, reference, { ports: { queues } });
  return woken();
}

const revisions = async () =>
  Object.fromEntries(
    await Promise.all(
      APPS.map(async (app) => {
        const { artifact } = (await read(setting.world, externalAt(setting, `${app}-prod`))).status;
        return [app, artifact?.revision ?? ''];
      }),
    ),
  );

test('[AG-02 outputs] [AG-15 path-pattern] [AG-05 latest] [EA-04 consumers] [AG-06 unchanged] a repository is taken apart: who changes one app wakes that one only', async () => {
  const { world } = setting;
  const files = Object.fromEntries(
    APPS.flatMap((app) => [
      [`apps/${app}/prod/app.yaml`, manifest(app, '1')],
      [`apps/${app}/prod/kustomization.yaml`, `${KUSTOMIZATION}${app}-\n`],
      [`apps/${app}/staging/app.yaml`, manifest(app, '0')],
    ]),
  );
  await publish(setting, 'monorepo', files);
  await publish(setting, 'shared', { 'base/shared.yaml': manifest('shared', '1'), 'README.md': 'all' });
  await push(registry, 'org/policies', 'latest', { 'policy.yaml': 'p: 1\n' });
  await create(
    world,
    gitRepository(world, namespace, 'monorepo'),
    gitRepository(world, namespace, 'shared'),
    ociRepository(registry, setting, 'policies'),
    generator(setting, 'apps', {
      sources: [
        { alias: 'repo', kind: 'GitRepository', name: 'monorepo' },
        { alias: 'shared', kind: 'GitRepository', name: 'shared' },
        { alias: 'policies', kind: 'OCIRepository', name: 'policies' },
      ],
      pathPattern: '@repo/apps/{app}/prod',
      artifacts: [
        {
          name: '{app}-prod',
          copy: [
            { from: '@repo/apps/{app}/prod/**', to: '@artifact/' },
            { from: '@shared/base', to: '@artifact/', exclude: ['*.md'] },
            { from: '@policies/policy.yaml', to: '@artifact/policies/{app}.yaml' },
          ],
        },
      ],
    }),
    ...APPS.map((app) =>
      kustomization(namespace, `${app}-prod`, { sourceRef: { kind: EXTERNAL.kind, name: `${app}-prod` } }),
    ),
  );
  const early = await reconcile(world, generatorAt(setting, 'apps'));
  expect(told(early)).toBe(
    `False SourceFetchFailed: get sources failed: source 'GitRepository/${namespace}/monorepo' is not ready`,
  );

  for (const name of ['monorepo', 'shared'])
    expect(await visit(sourceAt(setting, name))).toContain('source ArtifactGenerator/apps');
  expect(await visit(ociAt(setting, 'policies'))).toContain('source ArtifactGenerator/apps');
  const woken = await visit(generatorAt(setting, 'apps'));

  const made = await read(world, generatorAt(setting, 'apps'));
  expect(told(made)).toBe('True Succeeded: reconciliation succeeded, generated 3 artifact(s)');
  expect(inventoryOf(made).map(({ name }) => name)).toEqual(APPS.map((app) => `${app}-prod`));
  expect(woken.toSorted()).toEqual(APPS.map((app) => `apply Kustomization/${app}-prod`));
  expect(Object.keys(await madeFiles(setting, 'web-prod')).toSorted()).toEqual([
    'app.yaml',
    'base/shared.yaml',
    'kustomization.yaml',
    'policies/web.yaml',
  ]);
  for (const app of APPS) {
    const applied = await reconcile(world, applierAt(setting, `${app}-prod`));
    expect(told(applied)).toMatch(/^True ReconciliationSucceeded: Applied revision: latest@sha256:/);
  }

  const before = await revisions();
  const untouched = await read(world, externalAt(setting, 'api-prod'));
  await publish(setting, 'monorepo', { 'apps/web/prod/app.yaml': manifest('web', '2') });
  expect(await visit(sourceAt(setting, 'monorepo'))).toContain('source ArtifactGenerator/apps');
  expect(await visit(generatorAt(setting, 'apps'))).toEqual(['apply Kustomization/web-prod']);

  const after = await revisions();
  expect(APPS.filter((app) => before[app] !== after[app])).toEqual(['web']);
  expect(await read(world, externalAt(setting, 'api-prod'))).toEqual(untouched);
  await reconcile(world, applierAt(setting, 'web-prod'));
  const map = await world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'web-web' });
  expect(map?.data).toEqual({ v: '2' });
});

test('[AG-01 kinds] [AG-14 extract] [AG-13 merge] a chart, a bucket and a registry are parts as well, and wake what is made of them', async () => {
  const { world } = setting;
  const chart = (v: string) => ({
    'chart/Chart.yaml': 'apiVersion: v2\nname: parts\nversion: 1.0.0\n',
    'chart/values.yaml': `image: {tag: ${v}, pull: Always}\n`,
    'chart/templates/map.yaml': manifest('parts', v),
  });
  await publish(setting, 'parts', chart('one'));
  const drop = `sources/${world.clusterId}/parts/values.yaml`;
  await world.runtime.ports.store.put(drop, Buffer.from('image: {tag: two}\n'));
  const zone = { endpoint: 'sluice.internal', bucketName: 'sources', prefix: 'parts/', interval: '10m' };
  const inChart = { chart: './chart', reconcileStrategy: 'Revision' };
  await create(
    world,
    gitRepository(world, namespace, 'parts'),
    helmChart(setting, 'parts', inChart, { kind: 'GitRepository', name: 'parts' }),
    { ...BUCKET, metadata: { namespace, name: 'parts' }, spec: zone } as never,
    generator(setting, 'parts', {
      sources: ['HelmChart', 'Bucket'].map((kind) => ({ alias: kind.toLowerCase(), kind, name: 'parts' })),
      artifacts: [
        {
          name: 'parts',
          copy: [
            { from: '@helmchart/parts', to: '@artifact/' },
            { from: '@bucket/parts/values.yaml', to: '@artifact/parts/values.yaml', strategy: 'Merge' },
          ],
        },
      ],
    }),
  );
  await reconcile(world, sourceAt(setting, 'parts'));
  expect(await visit(chartAt(setting, 'parts'))).toContain('source ArtifactGenerator/parts');
  expect(await visit(bucketAt(setting, 'parts'))).toContain('source ArtifactGenerator/parts');

  const made = await reconcile(world, generatorAt(setting, 'parts'));

  expect(told(made)).toBe('True Succeeded: reconciliation succeeded, generated 1 artifact(s)');
  const files = await madeFiles(setting, 'parts');
  expect(files['parts/values.yaml']).toBe('image:\n  pull: Always\n  tag: two\n');
  expect(files['parts/templates/map.yaml']).toBe(manifest('parts', 'one'));
});

test('what was made is kept by the sweep of blobs as long as its object is there', async () => {
  const { store } = setting.world.runtime.ports;
  const { artifact } = (await read(setting.world, externalAt(setting, 'web-prod'))).status;
  const later = { now: () => new Date(Date.now() + 25 * 3_600_000) };

  const swept = await sweepBlobs(store, later);

  expect(swept.refused).toBeUndefined();
  expect(await store.head(`blobs/${artifact?.digest.slice('sha256:'.length)}`)).toBeDefined();
  await setting.world.cluster.delete(generatorAt(setting, 'apps'));
  await reconcile(setting.world, generatorAt(setting, 'apps')).catch(() => undefined);
  await sweepBlobs(store, later);
  expect(await store.head(`blobs/${artifact?.digest.slice('sha256:'.length)}`)).toBeUndefined();
});
