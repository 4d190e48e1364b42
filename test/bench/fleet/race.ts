import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { inParallel } from '../../../shared/core/together.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { connect } from '../../control-plane/api.ts';
import { applyCrds } from '../../control-plane/crds.ts';
import { startControlPlane } from '../../control-plane/start.ts';
import { gitRepository, KUSTOMIZATION } from '../../flow/drive.ts';
import { openWorld, type World } from '../../flow/world.ts';
import { processorTime } from '../../servers/flux.ts';
import { commit, createRepository } from '../../servers/git-http.ts';
import type { Start, Used } from './contenders.ts';
import { files, ground, member, NAMESPACE, nameOf, SOURCE, upgrade } from './objects.ts';
import { served } from './served.ts';

const CRDS = join(import.meta.dirname, '../../../infra/crds');
const AS_PERSON = { fieldManager: 'person' };
/** Requests of the person who creates and changes the fleet, at once. */
const AT_ONCE = 16;
/** A contender that takes longer than that, milliseconds, does not get there. */
const PATIENCE = 40 * 60_000;

/** What one contender took for a fleet. */
export interface Result {
  /** Seconds from the first object's creation until all are Ready. */
  readonly install: number;
  /** Seconds from the first change until all are Ready with it. */
  readonly upgrade: number;
  /** Seconds of processor time that the control plane took for both, its start left out. */
  readonly plane: number;
  readonly installed: Used;
  readonly upgraded: Used;
}

/** Lets one contender install and upgrade a fleet of `count` Kustomizations on a control plane of its own; `groups` of ours work at once. */
export async function race(start: Start, count: number, groups = 16): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-fleet-'));
  const plane = await startControlPlane({ dir: join(dir, 'control-plane'), kubelet: false });
  try {
    const api = connect(plane);
    await applyCrds(api, CRDS);
    api.close();
    const { server, ca, token, kubeconfigPath } = plane;
    const log = createCollectingLog();
    const world = await openWorld({ dir, server, ca, token, log, settings: { groups } });
    try {
      // How soon a server serves a new kind is none of the contenders' business.
      await served(world.cluster, [gitRepository(world, NAMESPACE, SOURCE, {}), member(0, 1)]);
      const { stateDirectory } = world;
      const contender = await start({ dir, stateDirectory, kubeconfigPath });
      try {
        return await run(world, count, contender.used, Object.values(plane.pids));
      } finally {
        await contender.stop();
      }
    } finally {
      await world.stop();
    }
  } finally {
    await plane.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function run(
  world: World,
  count: number,
  used: () => Promise<Used>,
  plane: readonly number[],
): Promise<Result> {
  const { cluster } = world;
  await commit(await createRepository(world.gitRoot, SOURCE), files(), 'apps');
  const numbers = Array.from({ length: count }, (_, index) => index);
  const fleet = followFleet(world, count);
  const before = timeOf(plane);
  for (const object of ground()) await cluster.create(object, AS_PERSON);
  const ready = fleet.allReady(() => 1);
  const install = await secondsOf(async () => {
    await cluster.create(gitRepository(world, NAMESPACE, SOURCE, { interval: '60m' }), AS_PERSON);
    await inParallel(numbers, AT_ONCE, async (index) => {
      await cluster.create(member(index, 1), AS_PERSON);
    });
    await ready;
  });
  const installed = await used();
  const generations = new Map<string, number>();
  const again = fleet.allReady((name) => generations.get(name) ?? 2);
  const upgraded = await secondsOf(async () => {
    await inParallel(numbers, AT_ONCE, async (index) => {
      const reference = { ...KUSTOMIZATION, namespace: NAMESPACE, name: nameOf(index) };
      await cluster.patch(reference, { merge: upgrade(2) }, AS_PERSON);
    });
    await again;
  });
  fleet.stop();
  await check(world, count);
  const spent = timeOf(plane) - before;
  return { install, upgrade: upgraded, plane: spent, installed, upgraded: await used() };
}

/** Seconds of processor time that processes took until now. */
function timeOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processorTime(pid) ?? Number.NaN), 0);
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

interface Member extends KubernetesObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

/** Follows the fleet's Kustomizations; `allReady` resolves once all are Ready at the generation that is asked for. */
function followFleet(world: World, count: number) {
  const over = new AbortController();
  const members = new Map<string, Member>();
  let look: (name: string) => void = () => undefined;
  const collection = { ...KUSTOMIZATION, namespace: NAMESPACE };
  const see = (object: KubernetesObject): void => {
    members.set(object.metadata.name, object as Member);
    look(object.metadata.name);
  };
  const watchFrom = async (resourceVersion: string): Promise<void> => {
    const options = { resourceVersion, signal: over.signal };
    for await (const { type, object } of world.cluster.watch(collection, options))
      if (type !== 'BOOKMARK') see(object);
  };
  const follow = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const { items, resourceVersion } = await world.cluster.list(collection);
      items.forEach(see);
      // A server that has just begun to serve the kind knows nothing of versions before.
      await watchFrom(resourceVersion).catch((error: unknown) => {
        if (!isFault(error, 'gone')) throw error;
      });
    }
  };
  const failed = follow();
  const allReady = (generation: (name: string) => number): Promise<void> => {
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready: ${unready(members)}`)), PATIENCE);
      const ready = new Set<string>();
      look = (name) => {
        const member = members.get(name);
        if (member && isReady(member, generation(name))) ready.add(name);
        else ready.delete(name);
        if (ready.size < count) return;
        clearTimeout(timer);
        look = () => undefined;
        resolve();
      };
    });
    return Promise.race([done, failed]);
  };
  return { allReady, stop: () => over.abort() };
}

function isReady({ metadata, status }: Member, generation: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = metadata.generation === generation && status?.observedGeneration === generation;
  return isCurrent && ready?.status === 'True';
}

function unready(members: ReadonlyMap<string, Member>): string {
  const found = [...members.values()].find((one) => !isReady(one, one.metadata.generation ?? 0));
  return JSON.stringify(found?.status?.conditions);
}

/** Whoever says that it is done must have done it. */
async function check({ cluster }: World, count: number): Promise<void> {
  const { items } = await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE });
  const done = items.filter((item) => JSON.stringify(item).includes('"cpu":"2m"'));
  if (items.length !== count || done.length !== count)
    throw new Error(`${done.length} of ${items.length} Deployments are upgraded, not ${count}`);
}
