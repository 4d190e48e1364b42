import { redact, redactData } from '../../shared/core/redaction.ts';
import { parseJson } from '../../shared/reconcile/work.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { type Failed, letterCalled, withFailed } from './failed.ts';
import { age, columns } from './say.ts';
import type { World } from './world.ts';

/** `sluice failed show`. */
export const command: Command = {
  takes: ['ID'],
  about: ['Show all of a message that was given up, without secrets. The start of its id is enough.'],
  flags: { ...STATE_FLAG },
  async run(input, world) {
    const [id = ''] = input.positionals;
    const found = await withFailed(input, world, async ({ failed }) => failed);
    show(letterCalled(id, found ?? []), world);
  },
};

function show({ letter, cluster, object }: Failed, world: World): void {
  const { id, diedAt, queue = 'unknown', reason, body, cut } = letter;
  const span = age(world.clock.now().getTime() - diedAt.getTime());
  const rows = [
    ['id', id],
    ['given up', `${diedAt.toISOString()} (${span} ago)`],
    ['queue', queue],
    ['cluster', cluster],
    ['object', object],
  ];
  for (const line of columns(rows)) world.out(line);
  world.out(`\nreason\n${indented(redact(reason))}`);
  const data = parseJson(body);
  const text = data === undefined ? redact(body) : JSON.stringify(redactData(data), null, 2);
  world.out(`\nmessage${cut ? ' (its beginning: it was too long to be kept whole)' : ''}\n${indented(text)}`);
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
