import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import { commit, createRepository } from '../servers/git-http.ts';
import {
  condition,
  countingStore,
  create,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  reconcile,
} from './drive.ts';
import { openWorld, type World } from './world.ts';

const NAMESPACE = 'no-op';
const dir = mkdtempSync(join(tmpdir(), 'flow-'));
const requests: { method: string; path: string }[] = [];
let world: World;

beforeAll(async () => {
  const at = { server: inject('server'), ca: inject('ca'), token: inject('token') };
  world = await openWorld({
    dir,
    ...at,
    log: createCollectingLog(),
    onRequest: (request) => requests.push(request),
  });
  await world.cluster.create(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { fieldManager: 'person' },
  );
});

afterAll(async () => {
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Facts of the cluster, read once per invocation: owner, version, uid of kube-system, CRDs (P3 counts them apart). */
function isFact({ path }: { readonly path: string }): boolean {
  return /\/version$|\/namespaces\/kube-system$|\/configmaps\/sluice-owner$|\/customresourcedefinitions(\?|$)/.test(
    path,
  );
}

describe('a no-op run of a Kustomization (P3)', () => {
  test('costs k + 3 requests for N objects in k kinds and namespaces, one read of the store and no write', async () => {
    const repository = await createRepository(world.gitRoot, 'many');
    const maps = Array.from(
      { length: 20 },
      (_, index) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m${index}, namespace: ${NAMESPACE}}\ndata: {a: "${index}"}\n`,
    );
    const accounts = Array.from(
      { length: 5 },
      (_, index) =>
        `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s${index}, namespace: ${NAMESPACE}}\n`,
    );
    await commit(repository, { 'all.yaml': [...maps, ...accounts].join('---\n') }, 'many objects');
    await create(world, gitRepository(world, NAMESPACE, 'many'), kustomization(NAMESPACE, 'many'));
    await reconcile(world, { ...GIT_REPOSITORY, namespace: NAMESPACE, name: 'many' });
    const reference = { ...KUSTOMIZATION, namespace: NAMESPACE, name: 'many' };
    const applied = await reconcile(world, reference);
    expect(condition(applied, 'Ready')).toMatchObject({
      status: 'True',
      message:
        applied.status.lastAppliedRevision && `Applied revision: ${applied.status.lastAppliedRevision}`,
    });
    await reconcile(world, reference);

    requests.length = 0;
    const { store, counts } = countingStore(world.runtime.ports.store);
    const again = await reconcile(world, reference, { ports: { store } });

    const pairs = 2;
    const own = requests.filter((request) => !isFact(request));
    expect(own.map(({ method, path }) => `${method} ${path}`)).toHaveLength(pairs + 2);
    expect(requests.filter(isFact).length).toBeLessThanOrEqual(4);
    expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(counts).toEqual({ reads: 1, writes: 0 });
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
  });

  test('costs no more with wait: true, where one LIST a kind tells drift and health', async () => {
    const repository = await createRepository(world.gitRoot, 'waits');
    const objects = Array.from({ length: 8 }, (_, index) =>
      index < 4
        ? `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: w${index}, namespace: ${NAMESPACE}}\n`
        : `apiVersion: v1\nkind: Service\nmetadata: {name: w${index}, namespace: ${NAMESPACE}}\nspec: {ports: [{port: 80}]}\n`,
    );
    await commit(repository, { 'all.yaml': objects.join('---\n') }, 'objects');
    await create(
      world,
      gitRepository(world, NAMESPACE, 'waits'),
      kustomization(NAMESPACE, 'waits', { wait: true }),
    );
    await reconcile(world, { ...GIT_REPOSITORY, namespace: NAMESPACE, name: 'waits' });
    const reference = { ...KUSTOMIZATION, namespace: NAMESPACE, name: 'waits' };
    const applied = await reconcile(world, reference);
    expect(condition(applied, 'Healthy')).toMatchObject({ status: 'True' });
    await reconcile(world, reference);

    requests.length = 0;
    const again = await reconcile(world, reference);

    const own = requests.filter((request) => !isFact(request)).map(({ path }) => path.replace(/\?.*/, ''));
    expect(own.toSorted()).toEqual([
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      `/api/v1/namespaces/${NAMESPACE}/services`,
      `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${NAMESPACE}/kustomizations/waits`,
      `/apis/source.toolkit.fluxcd.io/v1/namespaces/${NAMESPACE}/gitrepositories/waits`,
    ]);
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
  });
});
