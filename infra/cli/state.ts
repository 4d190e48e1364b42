import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance } from '../../shared/adapters/local/system.ts';
import type { Clusters, Deployment, ObjectStore, Secrets } from '../../shared/ports.ts';
import { type LocalConfig, readLocalConfig } from '../../shared/runtime/config.ts';
import type { Input } from './command.ts';
import type { World } from './world.ts';

/** What Sluice knows on this machine. */
export interface State {
  /** Absolute. */
  readonly directory: string;
  /** The directory as a person would write it. */
  readonly shown: string;
  readonly deployment: Deployment;
  readonly store: ObjectStore;
  readonly secrets: Secrets;
  readonly clusters: Clusters;
}

/** Opens the state directory (`--state`, SLUICE_STATE, `.sluice`), which is made when it is absent. */
export async function openState(input: Input, world: World): Promise<State> {
  const { clock } = world;
  const { stateDirectory, storeDirectory, secretsDirectory } = configOf(input, world);
  const chance = systemChance;
  const deployment = await openDeployment(stateDirectory);
  const store = await openDirectoryStore({ directory: storeDirectory, clock, chance });
  const secrets = await openDirectorySecrets({ directory: secretsDirectory, clock, chance });
  return {
    directory: stateDirectory,
    shown: shownPath(stateDirectory, world),
    deployment,
    store,
    secrets,
    clusters: createClusters({ store, secrets, clock }),
  };
}

/** The state directory when there is one; a question must not make it. */
export async function openPresentState(input: Input, world: World): Promise<State | undefined> {
  return existsSync(configOf(input, world).storeDirectory) ? openState(input, world) : undefined;
}

/** The state directory's name for messages. */
export function stateName(input: Input, world: World): string {
  return shownPath(configOf(input, world).stateDirectory, world);
}

/** The configuration, with `--state` where it is given. */
export function configOf(input: Input, world: World): LocalConfig {
  const wished = input.text('state');
  const env = wished === undefined ? world.env : { ...world.env, SLUICE_STATE: resolve(world.cwd, wished) };
  return readLocalConfig(env, world.cwd, world.symbols);
}

function shownPath(path: string, world: World): string {
  const short = relative(world.cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
