import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { asLarge } from '../../shared/reconcile/room.ts';
import { largeIndex } from '../features/helm/indexes.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, useS3 } from './bucket.ts';
import { helmChart } from './charts.ts';
import { create, gitRepository, kustomization, reconcile } from './drive.ts';
import { copyAll, generator, gitSource } from './generator.ts';
import { helmRepository, serveFiles } from './helm.ts';
import { ociRepository, push, useServer } from './oci.ts';
import { configMap, publish, sourceAt, told, useWorld, visitsIn } from './setting.ts';

const setting = useWorld('large-turns', async () => ({
  settings: { featureGates: { ExternalArtifact: true } },
}));
const registry = useServer(() => startRegistry());
const s3 = useS3(setting);
const visit = visitsIn(setting);
const { namespace } = setting;

/** More than work beside others may hold, and nothing can make it less. */
const LOAD = { 'load.txt': randomBytes(6_000_000).toString('base64') };
const apply = (name: string): string => `resources: [app.yaml]\nnamePrefix: ${name}-\n`;
const files = (name: string) => ({
  'app.yaml': configMap(namespace, 'app', {}),
  'kustomization.yaml': apply(name),
});
const reference = ({ apiVersion, kind, metadata: { name } }: KubernetesObject): ObjectReference => ({
  ...{ apiVersion, kind, namespace, name },
});

/** What makes an object of a kind that is large, and one that is not. */
const KINDS: Readonly<
  Record<string, (name: string, load: Readonly<Record<string, string>>) => Promise<KubernetesObject>>
> = {
  async GitRepository(name, load) {
    await publish(setting, name, { ...files(name), ...load });
    return gitRepository(setting.world, namespace, name);
  },
  async OCIRepository(name, load) {
    await push(registry, `org/${name}`, 'latest', { ...files(name), ...load });
    return ociRepository(registry, setting, name);
  },
  async Bucket(name, load) {
    await s3.fill(name, {
      ...files(name),
      ...Object.fromEntries(Object.entries(load).map(([key, body]) => [key, body.repeat(4)])),
    });
    return bucket(s3, setting, name);
  },
  async HelmRepository(name, load) {
    const index = largeIndex(Object.keys(load).length * 49 + 1, 100);
    return helmRepository(setting, name, (await serveFiles({ '/index.yaml': index })).url);
  },
  async HelmChart(name, load) {
    const about = `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;
    await publish(setting, name, { ...load, 'chart/Chart.yaml': about, 'chart/templates/app.yaml': '' });
    await create(setting.world, gitRepository(setting.world, namespace, name));
    await reconcile(setting.world, sourceAt(setting, name));
    return helmChart(setting, name, { chart: 'chart' }, { kind: 'GitRepository', name });
  },
  async Kustomization(name, load) {
    await publish(setting, name, { ...files(name), ...load });
    await create(setting.world, gitRepository(setting.world, namespace, name));
    await reconcile(setting.world, sourceAt(setting, name));
    return kustomization(namespace, name);
  },
  async ArtifactGenerator(name, load) {
    await publish(setting, name, { ...files(name), ...load });
    await create(setting.world, gitRepository(setting.world, namespace, name));
    await reconcile(setting.world, sourceAt(setting, name));
    return generator(setting, name, { sources: [gitSource(name)], artifacts: [{ name, copy: copyAll }] });
  },
};

test.each(Object.keys(KINDS))(
  'a large %s waits for its turn in a worker, a small one does not',
  async (kind) => {
    const { world } = setting;
    const make = KINDS[kind] as (typeof KINDS)[string];
    const name = kind.toLowerCase();
    const [large, small] = [await make(`${name}-large`, LOAD), await make(`${name}-small`, {})];
    await create(world, large, small);
    const { promise: turn, resolve: end } = Promise.withResolvers<void>();
    const { ports } = world.runtime;
    const holding = asLarge({ ports, signal: new AbortController().signal }, () => turn);
    const waiting = reconcile(world, reference(large));
    let isOver = false;
    waiting.finally(() => (isOver = true)).catch(() => undefined);
    try {
      expect(told(await reconcile(world, reference(small)))).toMatch(/^True /);
      // Time in which it would be over if it did not wait; too little makes no false alarm.
      await setTimeout(1000);
      expect(isOver).toBe(false);
    } finally {
      end();
    }

    expect(told(await waiting)).toMatch(/^True /);
    await holding;
  },
);

test('who comes too late for a turn is told nothing, and taken up again', async () => {
  const { world } = setting;
  await publish(setting, 'late', { ...files('late'), ...LOAD });
  await create(world, gitRepository(world, namespace, 'late', { timeout: '50s' }));
  const { promise: turn, resolve: end } = Promise.withResolvers<void>();
  const { ports } = world.runtime;
  const holding = asLarge({ ports, signal: new AbortController().signal }, () => turn);
  // A minute is over at once.
  const clock = {
    ...ports.clock,
    timeout: (milliseconds: number) => ports.clock.timeout(milliseconds === 60_000 ? 1 : milliseconds),
  };

  const { ok, woken } = await visit(sourceAt(setting, 'late'), { clock });

  expect(ok).toBe(true);
  expect(woken).toEqual([expect.stringMatching(/^later GitRepository\/late in \ds$/)]);
  end();
  await holding;
  expect(told(await reconcile(world, sourceAt(setting, 'late')))).toMatch(/^True /);
});
