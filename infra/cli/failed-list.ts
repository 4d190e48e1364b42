import { type Command, STATE_FLAG } from './command.ts';
import { type Failed, LETTER_FLAGS, SHORT_ID, withFailed } from './failed.ts';
import { OUTPUT_FLAG, wantsJson } from './output.ts';
import { age, columns, count, warn } from './say.ts';
import type { World } from './world.ts';

/** `sluice failed list`. */
export const command: Command = {
  takes: [],
  about: [
    'List the messages that were given up: those that failed whenever they were tried, and those',
    'that no worker understands. They are kept for 14 days.',
  ],
  examples: ['sluice failed list --cluster prod', 'sluice failed list --kind Kustomization -o json'],
  flags: {
    ...LETTER_FLAGS,
    ...OUTPUT_FLAG,
    ...STATE_FLAG,
  },
  async run(input, world) {
    const asJson = wantsJson(input);
    const messages = await withFailed(input, world, async (found) => found);
    const { failed = [], hidden = 0 } = messages ?? {};
    if (asJson) world.out(JSON.stringify(failed.map(shown), null, 2));
    else if (failed.length === 0) world.err('No message was given up.');
    else print(failed, world);
    if (hidden > 0) warn(world, `${count(hidden, 'more message')} cannot be read now; try again in a minute`);
  },
};

const HEADER = ['ID', 'AGE', 'CLUSTER', 'OBJECT', 'REASON'] as const;

function print(failed: readonly Failed[], world: World): void {
  const now = world.clock.now().getTime();
  const rows = failed.map(({ letter, cluster, object, reason }) => [
    ...[letter.id.slice(0, SHORT_ID), age(now - letter.diedAt.getTime()), cluster, object, reason],
  ]);
  for (const line of columns([HEADER, ...rows])) world.out(line);
}

function shown({ letter, cluster, object, reason }: Failed) {
  const { id, diedAt, queue = null } = letter;
  return { id, diedAt: diedAt.toISOString(), queue, cluster, object, reason };
}
