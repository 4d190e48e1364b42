import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { fleetChecks } from './clusters.ts';
import { type Check, ok } from './finding.ts';
import { deadLetterFindings, lettersOf } from './queues.ts';

/** What can be looked at of a deployment on AWS from this machine, which may reach clusters that the functions do not. */
export async function stackChecks(state: State, world: World): Promise<readonly Check[]> {
  const { checks } = await fleetChecks(state, world, `the state bucket of ${state.shown}`);
  const what = `deployment ${state.deployment.id}, takes webhooks at ${state.webhookUrl}`;
  return [
    { where: state.shown, look: async () => [ok(state.shown, what)] },
    {
      where: 'failed messages',
      look: async () => deadLetterFindings(await lettersOf(state), world.clock.now()),
    },
    ...checks,
  ];
}
