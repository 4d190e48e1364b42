import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findKustomize } from '../../../shared/adapters/exec/kustomize-binary.ts';
import { isRunning } from '../../../shared/adapters/local/running.ts';
import { readQueueStates } from '../../../shared/adapters/local/sqlite-queue-states.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { storeOwner } from '../../../shared/reconcile/store-owner.ts';
import type { LocalConfig } from '../../../shared/runtime/config.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { fleetChecks } from './clusters.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';
import { deadLetterFindings, lettersOf, queueFindings } from './queues.ts';
import { ownerFinding } from './store.ts';
import { deliveryFindings } from './test-delivery.ts';

/** A deployment on this machine. */
export interface LocalPatient {
  readonly world: World;
  readonly config: LocalConfig;
  readonly state: State;
  /** Where deliveries are taken. */
  readonly webhookUrl: string;
}

/** Ours: how long the worker may take for the test delivery, in milliseconds. */
const HANDLED_MS = 10_000;
const RESTART = "look into the process's log, then start it again";

/** All that can be looked at on this machine; another kind of deployment has a list of its own. */
export async function localChecks(patient: LocalPatient): Promise<readonly Check[]> {
  const { config, state, world, webhookUrl } = patient;
  const running = isRunning(config.stateDirectory);
  const states = async () =>
    existsSync(config.queuesFile) ? readQueueStates(config.queuesFile, world.clock.now()) : [];
  const untested = warning('webhooks', 'not tested, as no process runs', 'start "sluice dev"');
  const advice = {
    unanswered: "give its address with --webhook-url, or look at the process's log",
    unhandled: RESTART,
  };
  const working = running ? RESTART : 'start "sluice dev"';
  const { records, checks } = await fleetChecks(state, world, `${state.shown}/store`);
  return [
    { where: state.shown, look: () => stateFindings(patient, running) },
    { where: 'kustomize', look: async () => [await kustomizeFinding(config)] },
    { where: 'queues', look: async () => queueFindings(await states(), world.clock.now(), working) },
    {
      where: 'failed messages',
      look: async () => deadLetterFindings(await lettersOf(state), world.clock.now()),
    },
    {
      where: 'webhooks',
      look: async () =>
        running
          ? deliveryFindings({ world, state, records, webhookUrl, patience: HANDLED_MS, advice })
          : [untested],
    },
    ...checks,
  ];
}

async function stateFindings({ config, state }: LocalPatient, running: boolean): Promise<readonly Finding[]> {
  const { shown } = state;
  // Opening the store of secrets has closed it to others.
  const open = [join(config.stateDirectory, 'deployment.json'), config.queuesFile]
    .filter((path) => process.platform !== 'win32' && existsSync(path))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  const owner = await storeOwner(state.store);
  return [
    open.length === 0
      ? ok(shown, `state of deployment ${state.deployment.id}, readable by its owner only`)
      : problem(shown, `others may read ${open.join(', ')}`, `chmod -R go-rwx ${shown}`),
    running
      ? ok(shown, 'a process runs on it')
      : warning(shown, 'no process runs on it, so nothing is reconciled', 'start "sluice dev"'),
    ...ownerFinding(owner, state.deployment.id, `${shown}/store`),
  ];
}

async function kustomizeFinding(config: LocalConfig): Promise<Finding> {
  const { toolsDirectory: cacheDirectory, searchPath } = config;
  try {
    const platform = `${process.platform}-${process.arch}`;
    const { file } = await findKustomize({ cacheDirectory, searchPath, platform });
    return ok('kustomize', file);
  } catch (error) {
    if (!isFault(error, 'unsupported')) throw error;
    const what = 'not on this machine: kustomizations that Sluice does not render itself fail';
    return warning('kustomize', what, 'install kubectl or kustomize 5 on the PATH');
  }
}
