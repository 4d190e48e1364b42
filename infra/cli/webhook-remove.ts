import { Fault } from '../../shared/core/failures.ts';
import { removeHook } from '../../shared/receive/hook-index.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { confirm, done } from './say.ts';
import { openPresentState, stateName } from './state.ts';
import { fleetWebhooks, hookPorts } from './webhook-index.ts';

/** `sluice webhook remove`. */
export const command: Command = {
  takes: ['NAME'],
  about: ['Stop listening to a webhook that is for all clusters; deliveries to it are answered by 404.'],
  flags: { yes: { type: 'boolean', short: 'y', help: 'do not ask' }, ...STATE_FLAG },
  async run(input, world) {
    const [name = ''] = input.positionals;
    const state = await openPresentState(input, world);
    const found = state ? (await fleetWebhooks(state)).find((one) => one.name === name) : undefined;
    if (!state || !found) {
      const text = `no webhook "${name}" in ${stateName(input, world)}; "sluice webhook list" lists them`;
      throw new Fault('not-found', text, { name });
    }
    await confirm(world, `Stop listening to ${name}?`, input.on('yes'));
    await removeHook(hookPorts(state, world), found.digest, found.entry.owner);
    done(world, `webhook ${name} is no longer listened to; remove it at its host, too`);
  },
};
