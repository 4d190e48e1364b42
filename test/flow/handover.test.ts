import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/ports.ts';
import { type Flux, startFlux } from '../servers/flux.ts';
import { create, gitRepository, kustomization, reconcile } from './drive.ts';
import { askFlux, carried, imprint, isReady, SOON, writesOf } from './handing-over.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, publish, sourceAt, useWorld } from './setting.ts';

const own = useOwnPlane({ controllers: true });
const setting = useWorld('handover', own.place);
const { namespace } = setting;
const NAMES = ['base', 'apps'] as const;
const scratch = mkdtempSync(join(tmpdir(), 'handover-'));
let flux: Flux | undefined;

beforeAll(async () => {
  const { world } = setting;
  await publish(setting, 'fleet', { ...base('1'), ...apps() });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'deployer' } };
  await create(world, account, admin(), gitRepository(world, namespace, 'fleet'), ...appliers());
});

afterAll(async () => {
  await flux?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** Everything that the two Kustomizations apply. */
function applied(extra: readonly ObjectReference[] = []): readonly ObjectReference[] {
  const inside = (apiVersion: string, kind: string, name: string) => ({ apiVersion, kind, namespace, name });
  return [
    { apiVersion: 'v1', kind: 'Namespace', name: 'handed-over' },
    inside('v1', 'ConfigMap', 'settings'),
    inside('v1', 'Secret', 'token'),
    inside('v1', 'Service', 'web'),
    inside('apps/v1', 'Deployment', 'web'),
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'plots.handover.test' },
    { apiVersion: 'handover.test/v1', kind: 'Plot', namespace, name: 'one' },
    ...extra,
  ];
}

async function fluxTakesOver(name: string): Promise<void> {
  const { kubeconfigPath } = own.plane;
  // A pod's storage is empty whenever it starts.
  flux = await startFlux({ dir: join(scratch, name), kubeconfigPath });
}

async function fluxGoes(): Promise<void> {
  await flux?.stop();
  flux = undefined;
}

/** Asks Flux for a run of everything. */
function fluxReconciles(): Promise<void> {
  const references = [sourceAt(setting, 'fleet'), ...NAMES.map((name) => applierAt(setting, name))];
  return askFlux(setting.world, references);
}

async function sluiceReconciles(): Promise<void> {
  await reconcile(setting.world, sourceAt(setting, 'fleet'));
  for (const name of NAMES)
    await expect
      .poll(async () => isReady(await reconcile(setting.world, applierAt(setting, name))), SOON)
      .toBe(true);
}

describe('a cluster goes from Flux to Sluice and back', { timeout: 180_000 }, () => {
  test('Flux has applied it; the first run of Sluice changes nothing and carries on', async () => {
    await fluxTakesOver('first');
    await fluxReconciles();
    await fluxGoes();
    const before = await imprint(setting.world, applied());
    const told = await Promise.all(NAMES.map((name) => carried(setting, name)));
    setting.requests.length = 0;

    await sluiceReconciles();

    expect(await imprint(setting.world, applied())).toEqual(before);
    expect(await Promise.all(NAMES.map((name) => carried(setting, name)))).toEqual(told);
    expect(writesOf(setting)).toEqual([]);
  });

  test('Sluice updates and prunes what Flux had applied, and keeps what is the same', async () => {
    const before = await imprint(setting.world, applied());
    await publish(setting, 'fleet', { ...base('2'), 'apps/token.yaml': null, ...extra() });

    await sluiceReconciles();

    const after = await imprint(setting.world, [
      ...applied().filter(({ kind }) => kind !== 'Secret'),
      more(),
    ]);
    const touched = Object.keys(after).filter((name) => !isSame(after[name], before[name]));
    expect(touched).toEqual(['ConfigMap/settings', 'ConfigMap/more']);
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'token' };
    expect(await setting.world.cluster.get(secret)).toBeUndefined();
  });

  test('the first run of Flux afterwards changes nothing and carries on', async () => {
    const objects = [...applied().filter(({ kind }) => kind !== 'Secret'), more()];
    const before = await imprint(setting.world, objects);
    const told = await Promise.all(NAMES.map((name) => carried(setting, name)));

    await fluxTakesOver('second');
    await fluxReconciles();

    expect(await imprint(setting.world, objects)).toEqual(before);
    expect(await Promise.all(NAMES.map((name) => carried(setting, name)))).toEqual(told);
  });

  test('Flux prunes what Sluice had applied', async () => {
    await publish(setting, 'fleet', { 'apps/more.yaml': null });
    await fluxReconciles();
    await expect.poll(() => setting.world.cluster.get(more()), SOON).toBeUndefined();
    await fluxGoes();
  });

  test('Sluice takes it again, and what is deleted is pruned through the finalizer that Flux had set', async () => {
    await sluiceReconciles();
    for (const name of NAMES.toReversed()) {
      await setting.world.cluster.delete(applierAt(setting, name));
      await expect
        .poll(async () => {
          await reconcile(setting.world, applierAt(setting, name)).catch(() => undefined);
          return setting.world.cluster.get(applierAt(setting, name));
        }, SOON)
        .toBeUndefined();
    }
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
    await expect.poll(() => setting.world.cluster.get(deployment), SOON).toBeUndefined();
  });
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function more(): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'more' };
}

function admin(): KubernetesObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace, name: 'deployer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace }],
  };
}

function appliers(): readonly KubernetesObject[] {
  const sourceRef = { kind: 'GitRepository', name: 'fleet' };
  const common = { sourceRef, retryInterval: '2s', timeout: '1m', wait: true };
  return [
    kustomization(namespace, 'base', { ...common, path: './base' }),
    kustomization(namespace, 'apps', {
      ...{ ...common, path: './apps', dependsOn: [{ name: 'base' }], serviceAccountName: 'deployer' },
      ...{ targetNamespace: namespace, commonMetadata: { labels: { team: 'web' } } },
      postBuild: { substitute: { PORT: '80' } },
    }),
  ];
}

function base(value: string): Readonly<Record<string, string>> {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'plots.handover.test' },
    spec: {
      group: 'handover.test',
      scope: 'Namespaced',
      names: { kind: 'Plot', plural: 'plots', singular: 'plot', listKind: 'PlotList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: openSchema() } }],
    },
  };
  const plot = {
    apiVersion: 'handover.test/v1',
    kind: 'Plot',
    metadata: { namespace, name: 'one' },
    size: 3,
  };
  return {
    'base/namespace.yaml': JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'handed-over' },
    }),
    'base/definition.yaml': JSON.stringify(definition),
    'base/plot.yaml': JSON.stringify(plot),
    'base/settings.yaml': configMap(namespace, 'settings', { value }),
  };
}

function openSchema(): object {
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

function apps(): Readonly<Record<string, string>> {
  const labels = { app: 'web' };
  const container = { name: 'web', image: 'example.invalid/web:1', ports: [{ containerPort: 8080 }] };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      ...{ replicas: 0, selector: { matchLabels: labels } },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
  const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports:
  - port: $\{PORT}
`;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token' },
    stringData: { token: 'x' },
  };
  return {
    'apps/deployment.yaml': JSON.stringify(deployment),
    'apps/service.yaml': service,
    'apps/token.yaml': JSON.stringify(secret),
  };
}

function extra(): Readonly<Record<string, string>> {
  return { 'apps/more.yaml': configMap(namespace, 'more', { a: '1' }) };
}
