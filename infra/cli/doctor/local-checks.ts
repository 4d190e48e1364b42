import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findKustomize } from '../../../shared/adapters/exec/kustomize-binary.ts';
import { isRunning } from '../../../shared/adapters/local/running.ts';
import { readQueueStates } from '../../../shared/adapters/local/sqlite-queue-states.ts';
import { isFault } from '../../../shared/core/failures.ts';
import type { LocalConfig } from '../../../shared/runtime/config.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { fleetChecks } from './clusters.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';
import { deadLetterFindings, lettersOf, queueFindings } from './queues.ts';
import { deliveryFindings } from './test-delivery.ts';

/** A deployment on this machine. */
export interface LocalPatient {
  readonly world: World;
  readonly config: LocalConfig;
  readonly state: State;
  /** Where deliveries are taken. */
  readonly webhookUrl: string;
}

/** All that can be looked at on this machine; another kind of deployment has a list of its own. */
export async function localChecks(patient: LocalPatient): Promise<readonly Check[]> {
  const { config, state, world, webhookUrl } = patient;
  const running = isRunning(config.stateDirectory);
  const states = async () =>
    existsSync(config.queuesFile) ? readQueueStates(config.queuesFile, world.clock.now()) : [];
  const { records, checks } = await fleetChecks(state, world, `${state.shown}/store`);
  return [
    { where: state.shown, look: async () => stateFindings(patient, running) },
    { where: 'kustomize', look: async () => [await kustomizeFinding(config)] },
    { where: 'queues', look: async () => queueFindings(await states(), world.clock.now(), running) },
    {
      where: 'failed messages',
      look: async () => deadLetterFindings(await lettersOf(state), world.clock.now()),
    },
    {
      where: 'webhooks',
      look: () => deliveryFindings({ world, state, records, webhookUrl, running, states }),
    },
    ...checks,
  ];
}

function stateFindings({ config, state }: LocalPatient, running: boolean): readonly Finding[] {
  const { shown } = state;
  // Opening the store of secrets has closed it to others.
  const open = [join(config.stateDirectory, 'deployment.json'), config.queuesFile]
    .filter((path) => process.platform !== 'win32' && existsSync(path))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  return [
    open.length === 0
      ? ok(shown, `state of deployment ${state.deployment.id}, readable by its owner only`)
      : problem(shown, `others may read ${open.join(', ')}`, `chmod -R go-rwx ${shown}`),
    running
      ? ok(shown, 'a process runs on it')
      : warning(shown, 'no process runs on it, so nothing is reconciled', 'start "sluice dev"'),
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
