import { type Command, STATE_FLAG } from './command.ts';
import { OUTPUT_FLAG, wantsJson } from './output.ts';
import { columns } from './say.ts';
import { openPresentState } from './state.ts';
import { fleetWebhooks } from './webhook-index.ts';

/** `sluice webhook list`. */
export const command: Command = {
  takes: [],
  about: ['List the webhooks that are for all clusters. Their secrets are not shown.'],
  flags: {
    ...OUTPUT_FLAG,
    ...STATE_FLAG,
  },
  async run(input, world) {
    const asJson = wantsJson(input);
    const state = await openPresentState(input, world);
    const webhooks = state ? await fleetWebhooks(state) : [];
    const shown = webhooks.map(({ name, entry: { type, org } }) => ({ name, type, org: org ?? null }));
    if (asJson) return world.out(JSON.stringify(shown, null, 2));
    if (shown.length === 0) return world.err('There are none; "sluice webhook add" makes one.');
    const rows = shown.map(({ name, type, org }) => [name, type, org ?? '-']);
    for (const line of columns([['NAME', 'TYPE', 'ORG'], ...rows])) world.out(line);
  },
};
