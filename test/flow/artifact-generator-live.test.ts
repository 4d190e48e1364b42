import { expect, test } from 'vitest';
import { create, edit, gitRepository, kustomization, read } from './drive.ts';
import { EXTERNAL, externalAt, generator, generatorAt } from './generator.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, publish, sourceAt, told, useWorld } from './setting.ts';

const own = useOwnPlane();
const setting = useWorld('live', async () => ({
  ...(await own.place()),
  settings: { featureGates: { ExternalArtifact: true } },
}));
const { namespace } = setting;
const SOON = { timeout: 60_000, interval: 100 };
const copy = (from: string) => [{ from, to: '@artifact/' }];

const dataOf = async (name: string) =>
  (await setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }))?.data;

test('a change goes through source, two generators and a Kustomization by itself', {
  timeout: 120_000,
}, async () => {
  const { world } = setting;
  await publish(setting, 'live', { 'app/map.yaml': configMap(namespace, 'live', { v: '1' }) });
  const first = [{ alias: 'src', kind: 'GitRepository', name: 'live' }];
  const second = [{ alias: 'src', kind: EXTERNAL.kind, name: 'first' }];
  // Those that wait come first: nothing but news of what they are made of can help them.
  await create(
    world,
    kustomization(namespace, 'live', { sourceRef: { kind: EXTERNAL.kind, name: 'second' }, path: './app' }),
    generator(setting, 'second', {
      sources: second,
      artifacts: [{ name: 'second', copy: copy('@src/app') }],
    }),
    generator(setting, 'first', { sources: first, artifacts: [{ name: 'first', copy: copy('@src/app') }] }),
  );
  world.start();
  await expect
    .poll(async () => told(await read(world, generatorAt(setting, 'first'))), SOON)
    .toContain('False SourceFetchFailed');

  await create(world, gitRepository(world, namespace, 'live'));

  await expect.poll(() => dataOf('live'), SOON).toEqual({ v: '1' });
  await publish(setting, 'live', { 'app/map.yaml': configMap(namespace, 'live', { v: '2' }) });
  const requested = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } };
  await edit(world, sourceAt(setting, 'live'), requested);
  await expect.poll(() => dataOf('live'), SOON).toEqual({ v: '2' });
  const { artifact } = (await read(world, externalAt(setting, 'second'))).status;
  const answer = await fetch(artifact?.url ?? '');
  expect([answer.status, (await answer.arrayBuffer()).byteLength > 0]).toEqual([200, true]);

  // Deleted while it runs, everything that was made goes, and nothing hangs.
  for (const name of ['live', 'second', 'first'])
    await world.cluster.delete(name === 'live' ? applierAt(setting, name) : generatorAt(setting, name));
  for (const name of ['second', 'first'])
    await expect.poll(() => world.cluster.get(externalAt(setting, name)), SOON).toBeUndefined();
  await expect.poll(() => world.cluster.get(generatorAt(setting, 'first')), SOON).toBeUndefined();
});
