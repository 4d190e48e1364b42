import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/core/failures.ts';
import { COMMON_FLAGS, type Command, type Flags, type Input } from './command.ts';
import { usage } from './problems.ts';

/** Parses a command's own arguments. Fault `invalid` with exit code 2 says what is wrong. */
export function parseInput(name: string, command: Command, rest: readonly string[]): Input {
  const flags: Flags = { ...command.flags, ...COMMON_FLAGS };
  const see = `see "sluice ${name} --help"`;
  const { values, positionals } = parseFlags(flags, rest, see);
  const help = values.help === true;
  const missing = command.takes[positionals.length];
  if (!help && missing !== undefined) throw usage(`${missing} is missing; ${see}`);
  const surplus = command.mayTake === undefined ? positionals[command.takes.length] : undefined;
  if (!help && surplus !== undefined) throw usage(`unexpected argument "${surplus}"; ${see}`);
  return {
    positionals,
    text: (flag) => (typeof values[flag] === 'string' ? values[flag] : undefined),
    on: (flag) => values[flag] === true,
    all: (flag) => {
      const value = values[flag];
      return Array.isArray(value) ? value.map(String) : [];
    },
  };
}

function parseFlags(flags: Flags, rest: readonly string[], see: string) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([flag, { type, short, multiple = false }]) => [
      flag,
      { type, multiple, ...(short && { short }) },
    ]),
  );
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(`${wrongFlag(error)}; ${see}`);
  }
}

/** Node's own words are long and speak of its API. */
function wrongFlag(error: unknown): string {
  const text = messageOf(error);
  const flag = /'(?:-\w, )?(--?[^\s'=]+)/.exec(text)?.[1] ?? '';
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `unknown flag ${flag}`;
  if (text.includes('does not take an argument')) return `flag ${flag} takes no value`;
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return `flag ${flag} needs a value`;
  return text;
}
