import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { handler as apply } from '../../../functions/apply.ts';
import { handler as arrivals } from '../../../functions/arrivals.ts';
import { handler as later } from '../../../functions/later.ts';
import { handler as source } from '../../../functions/source.ts';
import { onTick, handler as sweep } from '../../../functions/sweep.ts';
import { createGit } from '../../../shared/adapters/git/git.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createMemoryQueues } from '../../../shared/adapters/memory/memory-queues.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type {
  Clock,
  Cluster,
  ClusterRecord,
  KubernetesObject,
  ObjectReference,
  Ports,
} from '../../../shared/ports.ts';
import { OWNER } from '../../../shared/reconcile/clusters.ts';
import { newMessage, sendWork } from '../../../shared/reconcile/enqueue.ts';
import { QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';
import { queueOf } from '../../../shared/reconcile/registry.ts';
import { recordOf } from '../../../shared/runtime/lambda.ts';
import { LEASE_MS } from '../../../shared/runtime/lease.ts';
import { type Dying, dying } from './dying.ts';

/** What all stages share. */
export interface Ground {
  readonly cluster: Cluster;
  /** uid of `kube-system`. */
  readonly clusterId: string;
  readonly gitUrl: string;
  readonly gitRoot: string;
}

/** Owns the cluster for all flow tests. */
const DEPLOYMENT = {
  ...{ id: 'flow-tests', key: new Uint8Array(32).fill(7) },
  hookKey: async () => new Uint8Array(32).fill(8),
};
const FUNCTIONS = { arrivals, later, sweep, source, apply } as const;
const AS_PERSON = { fieldManager: 'person' };
/** More turns than any scenario takes: whoever needs them goes round in circles. */
const TURNS = 2000;
/** Of real time, ms: controllers of the cluster work meanwhile. */
const BREATH = 5;
/** What a tick of the clock and a lease take, ms. */
const MINUTE = 60_000;

/** A namespace with state of its own: what a worker dies on, and what the next one finds. */
export interface Stage {
  readonly ground: Ground;
  readonly namespace: string;
  readonly ports: Ports;
  /** Creates objects as a person would, and wakes us as a watch would. */
  readonly create: (...objects: readonly KubernetesObject[]) => Promise<void>;
  readonly wake: (...references: readonly ObjectReference[]) => Promise<void>;
  /** Points the branch `main` of the stage's repository at a commit of its template. */
  readonly push: (commit: string) => void;
  /** What was given up, and why. */
  readonly deadLetters: () => Promise<readonly string[]>;
  /** Works until nothing is left to do, now and in the next minutes. */
  readonly untilQuiet: () => Promise<void>;
  /** Works in a process that dies at its call number `at`, or until nothing is left; returns the process. */
  readonly workAndDie: (at: number) => Promise<Dying>;
}

/** Opens an empty stage; `template` is a bare repository whose commits `push` takes. */
export async function openStage(ground: Ground, namespace: string, template: string): Promise<Stage> {
  const { cluster, clusterId, gitRoot } = ground;
  const repository = join(gitRoot, `${namespace}.git`);
  cpSync(template, repository, { recursive: true });
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + ahead) };
  const queues = createMemoryQueues(clock, systemChance);
  const record: ClusterRecord = {
    ...{ id: clusterId, name: 'test', server: 'https://cluster.invalid', labels: {} },
    settings: {
      ...{ owns: 'all', profile: 'flux', groups: 16, namespaces: [namespace] },
      featureGates: { ExternalArtifact: true },
    },
  };
  const ports = portsOf(ground, record, clock, queues);
  await claim(ground);
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, AS_PERSON);

  const wake = async (...references: readonly ObjectReference[]): Promise<void> => {
    for (const { kind, name } of references) {
      const message = newMessage(
        clusterId,
        { kind, namespace, name },
        'delivery',
        clock.now(),
        systemChance.uuid(),
      );
      const queue = queueOf(kind);
      if (queue === undefined) throw new Error(`nobody reconciles ${kind}`);
      await sendWork(ports, record, queue, [{ message, unique: [systemChance.uuid()] }]);
    }
  };
  const turn = async (process: Dying): Promise<boolean> => {
    for (const [name, handle] of Object.entries(FUNCTIONS)) {
      const { name: queue, batch, maxReceives } = QUEUE_TABLE[name as keyof typeof FUNCTIONS].queue;
      const received = await queues.receive(queue, batch, LEASE_MS, maxReceives);
      if (received.length === 0) continue;
      const event = { Records: received.map(recordOf) };
      const answer = await handle(event, process.ports, AbortSignal.timeout(MINUTE)).catch(
        (error: unknown) => {
          if (process.isDead()) return undefined;
          throw error;
        },
      );
      const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      try {
        process.call(`acknowledge ${queue}`);
      } catch {
        return true;
      }
      await queues.acknowledge(
        queue,
        received.filter(({ id }) => !failed.has(id)),
      );
      await queues.release(
        queue,
        received.filter(({ id }) => failed.has(id)),
        1000,
      );
      return true;
    }
    return false;
  };
  const work = async (process: Dying): Promise<void> => {
    for (let turns = 0; turns < TURNS; turns++) {
      if (process.isDead()) return;
      if (await turn(process)) continue;
      const next = await untilNext(queues);
      if (next === undefined) return;
      ahead += next;
      await systemClock.sleep(BREATH);
    }
    throw new Error(`${namespace} does not come to rest`);
  };
  const alive = (): Dying => dying(ports, Number.POSITIVE_INFINITY);
  const untilQuiet = async (): Promise<void> => {
    await work(alive());
    for (let minutes = 0; minutes < 3; minutes++) {
      ahead += MINUTE;
      await onTick(clock.now(), ports);
      await work(alive());
    }
  };
  return {
    ...{ ground, namespace, ports, wake, untilQuiet },
    create: async (...objects) => {
      for (const object of objects) await cluster.create(object, AS_PERSON);
      const ours = objects.filter(({ kind }) => queueOf(kind) !== undefined);
      await wake(
        ...ours.map(({ apiVersion, kind, metadata: { name } }) => ({ apiVersion, kind, namespace, name })),
      );
    },
    push: (commit) => writeFileSync(join(repository, 'refs/heads/main'), `${commit}\n`),
    deadLetters: async () => (await queues.receive('dead', 10, 0)).map(({ body }) => body),
    workAndDie: async (at) => {
      const process = dying(ports, at);
      await work(process);
      return process;
    },
  };
}

async function claim({ cluster, clusterId }: Ground): Promise<void> {
  const { apiVersion, kind, namespace, name } = OWNER;
  if ((await cluster.get(OWNER)) !== undefined) return;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, AS_PERSON);
  const data = { deployment: DEPLOYMENT.id, cluster: clusterId, owns: 'all' };
  await cluster.apply({ apiVersion, kind, metadata: { namespace, name }, data }, AS_PERSON);
}

function portsOf(
  { cluster, gitUrl }: Ground,
  record: ClusterRecord,
  clock: Clock,
  queues: ReturnType<typeof createMemoryQueues>,
): Ports {
  const http = createHttp({ loopback: true, privateRanges: true });
  // What is not here is not called.
  const ports: Partial<Ports> = {
    ...{
      deployment: DEPLOYMENT,
      store: createMemoryStore(clock),
      queues,
      git: createGit({ http }),
      http: () => http,
    },
    clusters: {
      list: async () => [record],
      get: async () => record,
      open: async () => ({ record, cluster }),
      reach: () => {
        throw new Fault('unsupported', 'not here');
      },
    },
    exec: {
      kustomize: async () => {
        throw new Fault('unsupported', 'not here');
      },
    },
    ...{ clock, chance: systemChance, log: createCollectingLog() },
    artifactUrl: (id, path) => `${gitUrl}/artifacts/${id}/${path}`,
  };
  return ports as Ports;
}

/** How far to move the clock for something to become ready, ms; undefined when nothing is left. What is held is free after the lease. */
async function untilNext(queues: ReturnType<typeof createMemoryQueues>): Promise<number | undefined> {
  let held = 0;
  for (const name of Object.keys(FUNCTIONS) as readonly (keyof typeof FUNCTIONS)[]) {
    const { ready, delayed, inFlight } = await queues.depth(QUEUE_TABLE[name].queue.name);
    if (ready + delayed > 0) return 1000;
    held += inFlight;
  }
  return held > 0 ? LEASE_MS / 4 : undefined;
}
