import { expect, test } from 'vitest';
import { startRegistry } from '../servers/oci-server.ts';
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

test('[AG-02 outputs] [AG-15 path-pattern] [AG-05 latest] [EA-04 consumers] a repository is taken apart: who changes one app wakes that one only', async () => {
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
          originRevision: '@repo',
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
  await publish(setting, 'monorepo', { 'apps/web/prod/app.yaml': manifest('web', '2') });
  expect(await visit(sourceAt(setting, 'monorepo'))).toContain('source ArtifactGenerator/apps');
  expect(await visit(generatorAt(setting, 'apps'))).toEqual(['apply Kustomization/web-prod']);

  const after = await revisions();
  expect(APPS.filter((app) => before[app] !== after[app])).toEqual(['web']);
  await reconcile(world, applierAt(setting, 'web-prod'));
  const map = await world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'web-web' });
  expect(map?.data).toEqual({ v: '2' });
});
