import { COMMON_FLAGS, type Command, type Flag } from './command.ts';
import { COMMANDS } from './commands.ts';
import { columns } from './say.ts';

/** Help on all commands, or on those that begin with `group`. */
export function groupHelp(group: readonly string[]): string {
  const shown = COMMANDS.filter(({ words }) => group.every((word, index) => words[index] === word));
  const rows = shown.map(({ words, summary }) => [`  ${words.join(' ')}`, summary]);
  return [
    ...(group.length === 0 ? ['Flux without the pods.', ''] : []),
    'Usage:',
    `  sluice ${[...group, 'COMMAND'].join(' ')} [flags]`,
    '',
    'Commands:',
    ...columns(rows),
    '',
    `"sluice ${[...group, 'COMMAND'].join(' ')} --help" tells more of one.`,
  ].join('\n');
}

/** Help on one command. */
export function commandHelp(name: string, command: Command): string {
  const { about, examples = [], flags, takes, mayTake } = command;
  const more = mayTake === undefined ? [] : [`[${mayTake}...]`];
  const rows = Object.entries({ ...flags, ...COMMON_FLAGS }).map(([flag, facts]) => flagRow(flag, facts));
  return [
    ...about,
    '',
    'Usage:',
    `  ${['sluice', name, ...takes, ...more, '[flags]'].join(' ')}`,
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((line) => `  ${line}`)] : []),
    '',
    'Flags:',
    ...columns(rows),
  ].join('\n');
}

function flagRow(name: string, { short, value, multiple, help }: Flag): readonly string[] {
  const start = short ? `-${short}, ` : '    ';
  return [`  ${start}--${name}${value ? ` ${value}` : ''}`, multiple ? `${help} (repeatable)` : help];
}
