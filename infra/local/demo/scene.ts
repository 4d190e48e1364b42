import { join } from 'node:path';
import { createConsoleLog } from '../../../shared/adapters/local/console-log.ts';
import { announceRunning } from '../../../shared/adapters/local/running.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import type { Cluster } from '../../../shared/ports.ts';
import { newMessage } from '../../../shared/reconcile/enqueue.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { type LocalRuntime, openLocal } from '../../../shared/runtime/local.ts';
import { command as add } from '../../cli/cluster-add.ts';
import { parseInput } from '../../cli/parse.ts';
import type { World } from '../../cli/world.ts';
import { type Ground, openGround } from './ground.ts';
import { leave } from './leave.ts';
import { APPS, CLUSTER, FLUX_OBJECTS, OBJECT, SHARD } from './names.ts';
import type { DemoOptions } from './options.ts';
import { type DemoRepository, openRepository } from './repository.ts';
import { openSight, type Sight } from './sight.ts';
import type { Teller } from './teller.ts';

/** Everything that a step can see and do. */
export interface Scene {
  readonly tell: Teller;
  readonly ground: Ground;
  readonly cluster: Cluster;
  readonly sight: Sight;
  readonly repository: DemoRepository;
  /** Puts the trigger into the queue that a webhook's delivery would put there. */
  readonly announce: () => Promise<void>;
}

/** What opening needs. */
export interface Opening {
  readonly options: DemoOptions;
  readonly tell: Teller;
  /** A directory of our own. */
  readonly dir: string;
  readonly world: World;
  /** Fires when the story must end early. */
  readonly signal: AbortSignal;
  /** Closes what was opened, last first. */
  readonly closing: AsyncDisposableStack;
  /** Takes each line that the runtime logs. */
  readonly log: (line: string) => void;
}

/** Opens cluster, registration, Git server and runtime, saying how long each took. */
export async function openScene(opening: Opening): Promise<Scene> {
  const { options, tell, dir, world, closing } = opening;
  const timed = async <T>(
    name: string,
    what: string,
    open: Promise<T>,
    text: (value: T) => string,
  ): Promise<T> => {
    const start = performance.now();
    const done = tell.waiting(what);
    const value = await open.finally(done);
    tell.mark(name, performance.now() - start, text(value));
    return value;
  };
  const own = options.kubeconfig === undefined;
  const ground = await timed(
    own ? 'started' : 'reached',
    own ? 'etcd, kube-apiserver and kube-controller-manager to start' : 'the cluster to answer',
    openGround(options, dir, world),
    ({ facts, server }) => `Kubernetes ${facts.version} at ${server}`,
  );
  closing.defer(ground.close);
  const state = join(dir, 'state');
  await timed('added', 'the cluster to be registered', register(opening, ground, state), () =>
    own
      ? 'the Flux kinds are installed and the cluster is registered, as by "sluice cluster add"'
      : `registered as by "sluice cluster add"; only objects of shard ${SHARD} are ours`,
  );
  const repository = await timed(
    'serving',
    'the Git server',
    openRepository(join(dir, 'git'), world.clock),
    ({ url, files }) => `${files.size} files of examples/gitops committed, at ${url}`,
  );
  closing.defer(repository.stop);
  const runtime = await timed(
    'running',
    'the runtime to open',
    openLocal(
      configOf(world, state),
      createConsoleLog({ format: 'human', clock: systemClock, write: opening.log }),
    ),
    () => 'the local runtime, in this process; there is no controller in the cluster',
  );
  runInBackground(runtime, closing);
  closing.defer(announceRunning(state));
  if (!own) closing.defer(() => leave({ ground, state, world, tell }));
  const sight = await openSight(ground.cluster, WATCHED, opening.signal);
  const announce = () => sendTrigger(runtime, ground.facts.uid);
  return { tell, ground, cluster: ground.cluster, sight, repository, announce };
}

const WATCHED = [
  ...[OBJECT.repository, OBJECT.apps, OBJECT.web, OBJECT.banner].map(({ apiVersion, kind, namespace }) => ({
    apiVersion,
    kind,
    namespace,
  })),
  { apiVersion: 'v1', kind: 'Event', namespace: FLUX_OBJECTS },
  { apiVersion: 'v1', kind: 'Pod', namespace: APPS },
] as const;

async function register({ world }: Opening, { own, flags }: Ground, state: string): Promise<void> {
  const owns = own ? [] : ['--owns', `shard=${SHARD}`];
  const argv = [CLUSTER, ...flags, '--state', state, '--profile', 'flux', ...owns, '--yes'];
  await add.run(parseInput('cluster add', add, argv), world);
}

function configOf(world: World, state: string) {
  return { ...readLocalConfig({ ...world.env, SLUICE_STATE: state }, world.cwd, false), artifactPort: 0 };
}

function runInBackground(runtime: LocalRuntime, closing: AsyncDisposableStack): void {
  const over = new AbortController();
  const running = runtime.run(over.signal);
  closing.defer(async () => {
    over.abort();
    await running;
    await runtime.close();
  });
}

async function sendTrigger({ ports }: LocalRuntime, cluster: string): Promise<void> {
  const message = newMessage(cluster, OBJECT.repository, 'delivery', ports.clock.now(), ports.chance.uuid());
  await ports.queues.send('arrivals', [{ body: JSON.stringify(message) }]);
}
