import { join } from 'node:path';
import { createConsoleLog } from '../../../shared/adapters/local/console-log.ts';
import { announceRunning } from '../../../shared/adapters/local/running.ts';
import { randomKey, systemClock } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { type LocalRuntime, openLocal } from '../../../shared/runtime/local.ts';
import { command as add } from '../../cli/cluster-add.ts';
import { parseInput } from '../../cli/parse.ts';
import type { World } from '../../cli/world.ts';
import type { Choice } from './choice.ts';
import { deliverPush, type Webhook } from './github-push.ts';
import { type Ground, openGround } from './ground.ts';
import { leave } from './leave.ts';
import { CLUSTER, FLUX_OBJECTS, OBJECT, SHARD } from './names.ts';
import { type Commit, type DemoRepository, openRepository } from './repository.ts';
import type { Scene } from './scene.ts';
import { openSight, type Sight } from './sight.ts';
import type { Teller } from './teller.ts';

/** What opening needs. */
export interface Opening {
  readonly choice: Choice;
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

/** Opens cluster, Git server, registration and runtime, saying how long each took. */
export async function openScene(opening: Opening): Promise<Scene> {
  const { tell, dir, world, signal, closing } = opening;
  const state = join(dir, 'state');
  const ground = await openCluster(opening);
  const repository = await serveRepository(opening);

  // What comes from somebody's cluster must go while the runtime, which prunes, still runs.
  let started: Started | undefined;
  closing.defer(async () => started?.stop());
  if (!ground.own) closing.defer(() => leave({ ground, state, world, tell, prune: started !== undefined }));
  await register(opening, ground, state);
  started = await startRuntime(opening, state);

  const { runtime } = started;
  const sight = await openSight(ground.cluster, WATCHED, signal);
  const token = Buffer.from(randomKey(TOKEN_BYTES)).toString('hex');
  const announce = (commit: Commit, message: string) =>
    deliverPush(webhookOf(runtime, sight, token), repository.url, commit, message);
  return { tell, ground, cluster: ground.cluster, sight, repository, token, announce };
}

/** As GitHub's documentation suggests for a secret. */
const TOKEN_BYTES = 20;

interface Started {
  readonly runtime: LocalRuntime;
  readonly stop: () => Promise<void>;
}

const WATCHED = [
  ...[OBJECT.repository, OBJECT.receiver, OBJECT.apps, OBJECT.web, OBJECT.banner].map(
    ({ apiVersion, kind, namespace }) => ({
      apiVersion,
      kind,
      namespace,
    }),
  ),
  { apiVersion: 'v1', kind: 'Event', namespace: FLUX_OBJECTS },
] as const;

/** What is waited for while the cluster opens, and what is said then. */
const OPENING_OF = {
  embedded: { mark: 'started', what: 'the embedded cluster to start' },
  'control-plane': {
    mark: 'started',
    what: 'etcd, kube-apiserver and kube-controller-manager to start',
  },
  given: { mark: 'reached', what: 'the cluster to answer' },
} as const satisfies Record<Choice['kind'], { mark: string; what: string }>;

async function openCluster(opening: Opening): Promise<Ground> {
  const { choice, dir, world, closing } = opening;
  const { mark, what } = OPENING_OF[choice.kind];
  const text = ({ facts, server }: Ground) => `Kubernetes ${facts.version} at ${server}`;
  const ground = await timed(opening, mark, what, openGround(choice, dir, world), text);
  closing.defer(ground.close);
  return ground;
}

async function serveRepository(opening: Opening): Promise<DemoRepository> {
  const { dir, world, closing } = opening;
  const open = openRepository(join(dir, 'git'), world.clock);
  const repository = await timed(opening, 'serving', 'the Git server', open, ({ url, files }) => {
    return `${files.size} files of examples/gitops are committed, at ${url}`;
  });
  closing.defer(repository.stop);
  return repository;
}

async function register(opening: Opening, { own, flags }: Ground, state: string): Promise<void> {
  const owns = own ? [] : ['--owns', `shard=${SHARD}`];
  const argv = [CLUSTER, ...flags, '--state', state, '--profile', 'flux', ...owns, '--yes'];
  const adding = add.run(parseInput('cluster add', add, argv), opening.world);
  await timed(opening, 'added', 'the cluster to be registered', adding, () =>
    own
      ? 'the Flux kinds are installed and the cluster is registered, as by "sluice cluster add"'
      : `registered as by "sluice cluster add"; only objects of shard ${SHARD} are ours`,
  );
}

async function startRuntime(opening: Opening, state: string): Promise<Started> {
  const { world, log: write } = opening;
  const config = {
    ...readLocalConfig({ ...world.env, SLUICE_STATE: state }, world.cwd, false),
    artifactPort: 0,
    webhookPort: 0,
    metricsPort: 0,
  };
  const log = createConsoleLog({ format: 'human', clock: systemClock, write });
  const runtime = await timed(opening, 'running', 'the runtime to open', openLocal(config, log), () => {
    return 'the local runtime, in this process; there is no controller in the cluster';
  });
  const over = new AbortController();
  const quiet = announceRunning(state);
  const run = runtime.run(over.signal);
  const stop = async () => {
    quiet();
    over.abort();
    await run;
    await runtime.close();
  };
  return { runtime, stop };
}

async function timed<T>(
  { tell }: Opening,
  name: string,
  what: string,
  open: Promise<T>,
  text: (value: T) => string,
): Promise<T> {
  const start = performance.now();
  const done = tell.waiting(what);
  const value = await open.finally(done);
  tell.mark(name, performance.now() - start, text(value));
  return value;
}

/** Where deliveries go: the path is in the Receiver's status once it is ready. */
function webhookOf({ webhook }: LocalRuntime, sight: Sight, token: string): Webhook {
  const { webhookPath } = (sight.object(OBJECT.receiver)?.status ?? {}) as { webhookPath?: string };
  if (!webhookPath) throw new Fault('not-found', 'the Receiver has no webhookPath yet');
  return { url: webhook.url + webhookPath, token };
}
