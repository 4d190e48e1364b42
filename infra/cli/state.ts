import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { openSqliteDeadLetters } from '../../shared/adapters/local/sqlite-dead-letters.ts';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance } from '../../shared/adapters/local/system.ts';
import type { Clusters, DeadLetters, Deployment, ObjectStore, Queues, Secrets } from '../../shared/ports.ts';
import { claimStore, isOwnStore } from '../../shared/reconcile/store-owner.ts';
import { clusterWays } from '../../shared/runtime/cluster-ways.ts';
import { type LocalConfig, readLocalConfig } from '../../shared/runtime/config.ts';
import type { Input } from './command.ts';
import { stackOf } from './stack-name.ts';
import type { StackPlace } from './stack-place.ts';
import type { World } from './world.ts';

/** What Sluice knows, on this machine or in a deployment on AWS. */
export interface State {
  /** Absolute; undefined when it is not on this machine. */
  readonly directory?: string;
  /** Where it is, as a person would write it. */
  readonly shown: string;
  /** Of a deployment on AWS. */
  readonly stack?: StackPlace;
  readonly deployment: Pick<Deployment, 'id' | 'hookKey'>;
  readonly store: ObjectStore;
  /** All that a deployment claims: the store, or the buckets behind it. */
  readonly claimed: readonly ObjectStore[];
  readonly secrets: Secrets;
  readonly clusters: Clusters;
  /** Where senders reach the webhook server. */
  readonly webhookUrl: string;
  /** The messages that were given up; undefined while there are no queues. */
  readonly openDeadLetters: () => (DeadLetters & Closing) | undefined;
  readonly openQueues: () => Queues & Closing;
}

interface Closing {
  readonly close: () => void;
}

/** What Sluice knows on this machine. */
export interface LocalState extends State {
  readonly directory: string;
}

/** Opens the deployment on AWS (`--stack`, SLUICE_STACK) or else the state directory (`--state`, SLUICE_STATE, `.sluice`), which is made when it is absent. */
export async function openState(input: Input, world: World): Promise<State> {
  const state = (await openStack(input, world, true)) ?? (await openLocalState(input, world));
  await Promise.all(state.claimed.map((store) => claimStore(store, state.deployment.id)));
  return state;
}

/** The same when there is one; a question must not make it. Fault `conflict` when its store is another deployment's. */
export async function openPresentState(input: Input, world: World): Promise<State | undefined> {
  const state = await openAnyState(input, world);
  await Promise.all((state?.claimed ?? []).map((store) => isOwnStore(store, state?.deployment.id ?? '')));
  return state;
}

/** The same for whoever tells whose store it is; `make` lets a stack's webhooks have their key. */
export async function openAnyState(input: Input, world: World, make = false): Promise<State | undefined> {
  const stack = await openStack(input, world, make);
  if (stack) return stack;
  return existsSync(configOf(input, world).storeDirectory) ? openLocalState(input, world) : undefined;
}

/** Local commands load nothing of AWS. */
async function openStack(input: Input, world: World, make: boolean): Promise<State | undefined> {
  const stack = stackOf(input, world);
  return stack && (await import('./stack-state.ts')).openStackState(stack, world, make);
}

/** Opens the state directory, which is made when it is absent. */
export async function openLocalState(input: Input, world: World): Promise<LocalState> {
  const { clock } = world;
  const config = configOf(input, world);
  const { stateDirectory, storeDirectory, secretsDirectory, queuesFile } = config;
  const chance = systemChance;
  const deployment = await openDeployment(stateDirectory);
  const store = await openDirectoryStore({ directory: storeDirectory, clock, chance });
  const secrets = await openDirectorySecrets({ directory: secretsDirectory, clock, chance });
  return {
    directory: stateDirectory,
    shown: directoryName(input, world),
    deployment,
    store,
    claimed: [store],
    secrets,
    clusters: createClusters({ store, secrets, clock, ...clusterWays(true, config.proxies) }),
    webhookUrl: `http://${config.host}:${config.webhookPort}`,
    openDeadLetters: () => (existsSync(queuesFile) ? openSqliteDeadLetters(queuesFile) : undefined),
    openQueues: () => openSqliteQueues({ path: queuesFile, clock, chance }),
  };
}

/** Where the state is, for messages. */
export function stateName(input: Input, world: World): string {
  const stack = stackOf(input, world);
  return stack ? `stack ${stack.name}` : directoryName(input, world);
}

/** The state directory's name for messages. */
export function directoryName(input: Input, world: World): string {
  const path = configOf(input, world).stateDirectory;
  const short = relative(world.cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** The configuration of this machine, with `--state` where it is given. */
export function configOf(input: Input, world: World): LocalConfig {
  const wished = input.text('state');
  const env = wished === undefined ? world.env : { ...world.env, SLUICE_STATE: resolve(world.cwd, wished) };
  return readLocalConfig(env, world.cwd, world.symbols);
}
