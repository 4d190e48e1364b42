import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createClusters, kubeconfigSecret } from '../../shared/adapters/kubernetes/registry.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { sweep } from '../../shared/reconcile/sweep.ts';
import { create, edit, gitRepository, kustomization, reconcile } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  publish,
  sourceAt,
  startsIn,
  sync,
  told,
  useWorld,
  visitsIn,
} from './setting.ts';

const own = useOwnPlane();
const setting = useWorld('bad-registrations', own.place);
const { namespace } = setting;
const visit = visitsIn(setting);

async function started(name: string): Promise<ObjectReference> {
  const done = await startsIn(setting)(name, { 'a.yaml': configMap(namespace, name, { a: '1' }) });
  expect(told(done)).toContain('True ReconciliationSucceeded');
  return applierAt(setting, name);
}

describe('a registration that cannot be used puts the work off, says why, and helps once it is repaired', () => {
  async function places() {
    const { world } = setting;
    const { store } = world.runtime.ports;
    const directory = join(world.stateDirectory, 'secrets');
    const secrets = await openDirectorySecrets({ directory, clock: systemClock, chance: systemChance });
    return { store, secrets, clusters: createClusters({ store, secrets, clock: systemClock }) };
  }

  test('a kubeconfig that would run a program', async () => {
    const reference = await started('exec');
    const { secrets, clusters } = await places();
    const secret = kubeconfigSecret(setting.world.clusterId);
    const good = JSON.parse((await secrets.get(secret)) ?? '');
    const [user] = good.users;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: ['/tmp/x'] };
    await secrets.put(secret, JSON.stringify({ ...good, users: [{ ...user, user: { exec } }] }));

    const refused = await visit(reference, { clusters });

    expect(refused).toMatchObject({ ok: true, woken: ['later Kustomization/exec in 3s'] });
    expect(refused.warned).toMatch(/exec/);
    await setting.world.register(own.plane.token);
    expect(await visit(reference, { clusters })).toEqual({ ok: true, woken: [], warned: '[]' });
  });

  test('a record that cannot be read', async () => {
    const reference = await started('scribbled');
    const { store, clusters } = await places();
    await store.put(`clusters/${setting.world.clusterId}.json`, Buffer.from('{"id": '));

    const refused = await visit(reference, { clusters });

    expect(refused).toMatchObject({ ok: true, woken: ['later Kustomization/scribbled in 3s'] });
    await setting.world.register(own.plane.token);
    expect(await visit(reference, { clusters })).toEqual({ ok: true, woken: [], warned: '[]' });
  });
});

describe('a cluster without one of the kinds', () => {
  const definition = (name: string): ObjectReference => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name,
  });

  test('its messages come to nothing, and the sweep finds the others', async () => {
    const { world } = setting;
    const reference = await started('others');
    const name = 'helmreleases.helm.toolkit.fluxcd.io';
    await world.cluster.delete(definition(name));
    await expect.poll(() => world.cluster.get(definition(name)), { timeout: 10_000 }).toBeUndefined();
    world.cluster.forgetResources();
    await edit(world, reference, { spec: { interval: '20m' } });

    const helm = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', namespace, name: 'gone' };
    await expect.poll(() => visit(helm), { timeout: 20_000 }).toEqual({ ok: true, woken: [], warned: '[]' });

    const { queues, woken } = keepingQueues();
    const tick = new Date(Date.now() + 1000).toISOString();
    const body = JSON.stringify({ shard: 'without', clusters: [world.clusterId], tick });
    const batch = [{ id: 'tick', body, receiveCount: 1 }];
    await sweep(batch, { ...world.runtime.ports, queues }, AbortSignal.timeout(20_000));
    expect(woken()).toContain('apply Kustomization/others');
    expect(told(await reconcile(world, sourceAt(setting, 'others')))).toContain('True');
  });

  test.each([
    ['MirrorPrune', 'mirror'],
    ['WaitForTermination', 'wait'],
  ])(
    '[KS-82 gone-counts] what is gone with its definition does not hold up a deletion: %s',
    async (deletionPolicy, name) => {
      const { world } = setting;
      const group = `${name}.example.com`;
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
      const crd = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `gizmos.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural: 'gizmos', singular: 'gizmo', kind: 'Gizmo' },
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      };
      const gizmo = { apiVersion: `${group}/v1`, kind: 'Gizmo', metadata: { name: 'g', namespace } };
      await publish(setting, name, { 'a.yaml': JSON.stringify(crd), 'b.yaml': JSON.stringify(gizmo) });
      const object = kustomization(namespace, name, { deletionPolicy });
      await create(world, gitRepository(world, namespace, name), object);
      expect(told(await sync(setting, name))).toContain('True ReconciliationSucceeded');
      const reference = definition(`gizmos.${group}`);
      await world.cluster.delete(reference);
      await expect.poll(() => world.cluster.get(reference), { timeout: 10_000 }).toBeUndefined();

      await world.cluster.delete(applierAt(setting, name));

      await expect
        .poll(
          async () => {
            await visit(applierAt(setting, name));
            return world.cluster.get(applierAt(setting, name));
          },
          { timeout: 20_000 },
        )
        .toBeUndefined();
    },
  );

  test('a source of a kind that is not there is not found', async () => {
    const { world } = setting;
    await started('sourceless');
    const name = 'gitrepositories.source.toolkit.fluxcd.io';
    await setting.world.cluster.delete(sourceAt(setting, 'sourceless'));
    for (const { metadata } of (await world.cluster.list({ ...sourceAt(setting, ''), namespace })).items) {
      await edit(world, sourceAt(setting, metadata.name), { metadata: { finalizers: null } });
    }
    await world.cluster.delete(definition(name));
    await expect.poll(() => world.cluster.get(definition(name)), { timeout: 10_000 }).toBeUndefined();

    await expect
      .poll(async () => told(await reconcile(world, applierAt(setting, 'sourceless'))), { timeout: 20_000 })
      .toBe("False ArtifactFailed: Source 'GitRepository/sourceless' not found");
    expect(await visit(sourceAt(setting, 'sourceless'))).toEqual({ ok: true, woken: [], warned: '[]' });
  });
});
