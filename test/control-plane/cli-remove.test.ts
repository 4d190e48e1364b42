import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { announceRunning } from '../../shared/adapters/local/running.ts';
import { until } from './api.ts';
import {
  ACCOUNT,
  BINDINGS,
  CLAIM,
  type CliCluster,
  fluxDeployment,
  forgetSluice,
  identityIsGone,
  personOf,
  startCliCluster,
} from './cli-session.ts';
import { openStoredState } from './cli-state.ts';

interface Held {
  readonly metadata: { readonly finalizers?: readonly string[]; readonly deletionTimestamp?: string };
}

const FINALIZER = 'finalizers.fluxcd.io';
const FOREIGN = 'example.com/keep';
const KUSTOMIZATIONS = '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/default/kustomizations';
const REPOSITORIES = '/apis/source.toolkit.fluxcd.io/v1/namespaces/default/gitrepositories';
const GENERATORS = '/apis/source.extensions.fluxcd.io/v1beta1/namespaces/default/artifactgenerators';

let cluster: CliCluster;

beforeAll(async () => {
  cluster = await startCliCluster();
  await personOf(cluster).sluice('install');
  // The storage of an established kind answers 429 for a moment.
  for (const path of [KUSTOMIZATIONS, REPOSITORIES, GENERATORS]) {
    await until(
      `${path} is served`,
      async () => (await cluster.api.send('GET', path)).status === 200 || undefined,
    );
  }
});

afterEach(async () => {
  await forgetSluice(cluster);
  for (const path of [KUSTOMIZATIONS, REPOSITORIES, GENERATORS]) {
    const { items } = (await cluster.api.get<{ items: { metadata: { name: string } }[] }>(path)) ?? {
      items: [],
    };
    for (const { metadata } of items) {
      await free(`${path}/${metadata.name}`);
      await cluster.api.send('DELETE', `${path}/${metadata.name}`);
    }
  }
});

afterAll(() => cluster.stop());

async function free(path: string): Promise<void> {
  await cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, 'application/merge-patch+json');
}

function kustomization(name: string, metadata: object = {}): Promise<unknown> {
  return cluster.api.create(KUSTOMIZATIONS, {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, finalizers: [FINALIZER], ...metadata },
    spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' } },
  });
}

async function finalizers(path: string): Promise<readonly string[] | undefined> {
  return (await cluster.api.get<Held>(path))?.metadata.finalizers;
}

describe('sluice cluster remove', () => {
  test('strips our finalizers alone, so that nothing hangs, and leaves nothing of Sluice', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    const { store, secrets, clusters } = await openStoredState(person);
    await store.put(`baselines/${cluster.id}/Kustomization/default/a.json`, new Uint8Array([1]));
    await store.put('baselines/other/Kustomization/default/a.json', new Uint8Array([1]));
    await kustomization('plain');
    await kustomization('shared', { finalizers: [FOREIGN, FINALIZER] });
    await cluster.api.create(REPOSITORIES, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'app', finalizers: [FINALIZER] },
      spec: { interval: '1m', url: 'https://example.com/app' },
    });
    await cluster.api.create(GENERATORS, {
      apiVersion: 'source.extensions.fluxcd.io/v1beta1',
      kind: 'ArtifactGenerator',
      metadata: { name: 'g', finalizers: ['source.extensions.fluxcd.io/finalizer'] },
      spec: {
        sources: [{ alias: 'app', kind: 'GitRepository', name: 'app' }],
        artifacts: [{ name: 'a', copy: [{ from: '@app/**', to: '@artifact/' }] }],
      },
    });

    const { code, out, err } = await person.sluice('cluster', 'remove', 'prod');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('finalizers taken from 4 objects');
    expect(out).toContain('cluster prod removed');
    expect(await finalizers(`${KUSTOMIZATIONS}/shared`)).toEqual([FOREIGN]);
    await cluster.api.send('DELETE', `${KUSTOMIZATIONS}/plain`);
    expect(await cluster.api.get(`${KUSTOMIZATIONS}/plain`)).toBeUndefined();
    await until('the identity is gone', async () => (await identityIsGone(cluster.api)) || undefined);
    for (const path of [CLAIM, `${BINDINGS}/sluice`]) expect(await cluster.api.get(path)).toBeUndefined();
    expect(await clusters.list()).toEqual([]);
    expect(await secrets.get(`cluster-${cluster.id}`)).toBeUndefined();
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    // Whose store it is does not change with its clusters.
    expect(keys).toEqual(['baselines/other/Kustomization/default/a.json', 'deployment.json']);
  });

  test('with the rights of some namespaces takes itself away as well', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod', '--namespaces', 'default');
    await kustomization('plain');

    const { code } = await person.sluice('cluster', 'remove', 'prod');

    expect(code).toBe(0);
    expect(await finalizers(`${KUSTOMIZATIONS}/plain`)).toBeUndefined();
    await until('the identity is gone', async () => (await identityIsGone(cluster.api)) || undefined);
    expect(await cluster.api.get(`${BINDINGS}/sluice-namespaced`)).toBeUndefined();
    expect(await cluster.api.get(CLAIM)).toBeUndefined();
  });

  test('leaves the finalizers of other shards, and all when it owns none', async () => {
    const person = personOf(cluster);
    await kustomization('ours', { labels: { 'sharding.fluxcd.io/key': 'one' } });
    await kustomization('theirs');

    await person.sluice('cluster', 'add', 'prod', '--owns', 'none');
    await person.sluice('cluster', 'remove', 'prod');
    expect(await finalizers(`${KUSTOMIZATIONS}/ours`)).toEqual([FINALIZER]);

    await person.sluice('cluster', 'add', 'prod', '--owns', 'shard=one');
    await person.sluice('cluster', 'remove', 'prod');
    expect(await finalizers(`${KUSTOMIZATIONS}/ours`)).toBeUndefined();
    expect(await finalizers(`${KUSTOMIZATIONS}/theirs`)).toEqual([FINALIZER]);
  });

  test('with --hand-to-flux keeps finalizers and says how to start Flux', async () => {
    const person = personOf(cluster);
    const deployments = '/apis/apps/v1/namespaces/flux-system/deployments';
    await cluster.api.create(deployments, fluxDeployment(0));
    await person.sluice('cluster', 'add', 'prod');
    await kustomization('plain');

    const { code, out } = await person.sluice('cluster', 'remove', 'prod', '--hand-to-flux');

    await cluster.api.send('DELETE', `${deployments}/kustomize-controller`);
    expect(code).toBe(0);
    expect(out).toContain('  kubectl -n flux-system scale deployment kustomize-controller --replicas=1');
    expect(await finalizers(`${KUSTOMIZATIONS}/plain`)).toEqual([FINALIZER]);
    expect(await cluster.api.get(CLAIM)).toBeUndefined();
  });

  test('asks a person, who may keep everything', async () => {
    const person = personOf(cluster, ['y', 'flux', '', 'no']);
    await person.sluice('cluster', 'add', 'prod');

    const { code, err } = await person.sluice('cluster', 'remove', 'prod');

    expect(code).toBe(1);
    expect(err).toBe('✗ aborted; nothing was changed');
    expect(await cluster.api.get(CLAIM)).toBeDefined();
    expect((await person.sluice('cluster', 'list')).out).toMatch(/ready$/m);
  });

  test('touches nothing in a cluster that another deployment took over', async () => {
    const ours = personOf(cluster);
    const theirs = personOf(cluster);
    await ours.sluice('cluster', 'add', 'prod');
    await theirs.sluice('cluster', 'add', 'prod', '--take');
    await kustomization('plain');

    const { code, out, err } = await ours.sluice('cluster', 'remove', 'prod');

    expect(code).toBe(0);
    expect(err).toContain('belongs to another deployment now');
    expect(out).toContain('cluster prod forgotten');
    expect(await finalizers(`${KUSTOMIZATIONS}/plain`)).toEqual([FINALIZER]);
    expect((await theirs.sluice('cluster', 'list')).out).toMatch(/ready$/m);
  });
});

describe('with --prune', () => {
  test('is refused while no service runs', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    await kustomization('plain');

    const { code, err } = await person.sluice('cluster', 'remove', 'prod', '--prune');

    expect(code).toBe(1);
    expect(err).toContain('start it with "npm start"');
    expect(
      (await cluster.api.get<Held>(`${KUSTOMIZATIONS}/plain`))?.metadata.deletionTimestamp,
    ).toBeUndefined();
  });

  test('waits until the running service has let every Kustomization go', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    await kustomization('plain');
    const { directory } = await openStoredState(person);
    const quiet = announceRunning(directory);

    const removal = person.sluice('cluster', 'remove', 'prod', '--prune');
    const path = `${KUSTOMIZATIONS}/plain`;
    await until(
      'it is being deleted',
      async () => (await cluster.api.get<Held>(path))?.metadata.deletionTimestamp,
    );
    expect(await cluster.api.get(CLAIM)).toBeDefined();
    await free(path);

    expect(await removal).toMatchObject({ code: 0, err: '' });
    expect(await cluster.api.get(path)).toBeUndefined();
    expect(await cluster.api.get(CLAIM)).toBeUndefined();
    quiet();
  });
});

describe('a cluster that cannot be reached', () => {
  test('is forgotten, and the lines that clean it up are printed', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    const state = await openStoredState(person);
    const record = await state.clusters.get(cluster.id);
    const server = 'https://127.0.0.1:1';
    const { ca } = cluster.controlPlane;
    await saveCluster(state, { ...record, server } as NonNullable<typeof record>, {
      server,
      ca,
      credentials: { token: 't' },
    });

    const pruned = await person.sluice('cluster', 'remove', 'prod', '--prune');
    const { code, out, err } = await person.sluice('cluster', 'remove', 'prod');

    expect(pruned.code).toBe(1);
    expect(code).toBe(0);
    expect(err).toContain('cannot be cleaned up: https://127.0.0.1:1 is unreachable: connection refused');
    expect(out).toContain('kubectl patch "$kind" "$name"');
    expect(out).toContain('kubectl delete clusterrolebinding sluice');
    expect(await (await openStoredState(person)).clusters.list()).toEqual([]);
    expect(await cluster.api.get(ACCOUNT)).toBeDefined();
  });

  test('by its record, which is damaged, is forgotten by its id', async () => {
    const person = personOf(cluster);
    await person.sluice('cluster', 'add', 'prod');
    const { store } = await openStoredState(person);
    await store.put(`clusters/${cluster.id}.json`, new TextEncoder().encode('{'));

    const listed = await person.sluice('cluster', 'list');
    const { code } = await person.sluice('cluster', 'remove', cluster.id);

    expect(listed.out).toMatch(/unreadable: .*register the cluster again$/m);
    expect(code).toBe(0);
    expect(await store.get(`clusters/${cluster.id}.json`)).toBeUndefined();
  });
});
