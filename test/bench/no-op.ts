import {
  create,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  reconcile,
} from '../flow/drive.ts';
import type { World } from '../flow/world.ts';
import { commit, createRepository } from '../servers/git-http.ts';
import { withWorld } from './cluster.ts';
import { type BenchRow, best } from './row.ts';

const RUNS = 8;
const COUNTS = [100, 800];
const NAMESPACE = 'bench';
const AT_ONCE = 16;

/** P3: a no-op run of a Kustomization beside one dry-run an object, which is how kustomize-controller looks for drift. */
export function run(): Promise<BenchRow[]> {
  let requests = 0;
  return withWorld(
    async (world) => {
      await world.cluster.create(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
        { fieldManager: 'bench' },
      );
      const rows: BenchRow[] = [];
      for (const count of COUNTS) rows.push(...(await compare(world, count, () => requests)));
      return rows;
    },
    { onRequest: () => requests++ },
  );
}

async function compare(world: World, count: number, requests: () => number): Promise<BenchRow[]> {
  const name = `objects-${count}`;
  const deployments = Array.from({ length: count }, (_, index) => deployment(`d${count}-${index}`));
  const repository = await createRepository(world.gitRoot, name);
  await commit(
    repository,
    { 'all.yaml': deployments.map((one) => JSON.stringify(one)).join('\n---\n') },
    'all',
  );
  await create(world, gitRepository(world, NAMESPACE, name), kustomization(NAMESPACE, name));
  await reconcile(world, { ...GIT_REPOSITORY, namespace: NAMESPACE, name });
  const reference = { ...KUSTOMIZATION, namespace: NAMESPACE, name };
  await reconcile(world, reference);
  await reconcile(world, reference);

  let counted = 0;
  const ours = await best(RUNS, async () => {
    const before = requests();
    await reconcile(world, reference);
    counted = requests() - before;
  });
  const peer = await best(RUNS, () => dryRunAll(world, deployments));
  const what = `no-op run, ${count} Deployments`;
  return [
    {
      id: 'P3',
      what,
      ours,
      peer,
      ratio: ours / peer,
      unit: 'ms',
      note: 'peer: a dry-run an object, 16 at once',
    },
    {
      id: 'P3',
      what,
      ours: counted,
      peer: count,
      ratio: counted / count,
      unit: 'requests',
      note: '4 of ours are facts of the cluster',
    },
  ];
}

async function dryRunAll(world: World, objects: readonly ReturnType<typeof deployment>[]): Promise<void> {
  const rest = [...objects];
  const lane = async (): Promise<void> => {
    for (let object = rest.pop(); object; object = rest.pop()) {
      await world.cluster.apply(object, { fieldManager: 'kustomize-controller', dryRun: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

function deployment(name: string) {
  const labels = { app: name };
  const containers = [{ name: 'app', image: 'example.invalid/app:1', ports: [{ containerPort: 8080 }] }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: NAMESPACE, name }, spec };
}
