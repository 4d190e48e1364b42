import { parseArgs } from 'node:util';
import { messageOf } from '../../shared/core/failures.ts';
import { COMMON_FLAGS, type Command, type Flags, type Input } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { usage } from './problems.ts';

/** What a command line asks for: a command with its arguments, or help on a group of commands (no words: on all). */
export type Request =
  | { readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly help: readonly string[] };

/** Finds the command. Fault `invalid` with exit code 2 when there is none. */
export function findCommand(argv: readonly string[]): Request {
  const flagAt = argv.findIndex((word) => word.startsWith('-'));
  const words = flagAt === -1 ? argv : argv.slice(0, flagAt);
  const entry = COMMANDS.find((candidate) => startsWith(words, candidate.words));
  if (entry) return { entry, rest: argv.slice(entry.words.length) };
  const group = words[0] === 'help' ? words.slice(1) : words;
  const known = group.length === 0 || COMMANDS.some((candidate) => startsWith(candidate.words, group));
  const asked = argv.slice(words.length);
  if (known && asked.every((word) => ['--help', '-h'].includes(word))) return { help: group };
  const wrong = known ? `flag ${asked[0]}` : `command "${group.join(' ')}"`;
  throw usage(`unknown ${wrong}; "sluice --help" lists the commands`);
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.length > 0 && start.every((word, index) => words[index] === word);
}

/** Parses a command's own arguments. Fault `invalid` with exit code 2 says what is wrong. */
export function parseInput(name: string, command: Command, rest: readonly string[]): Input {
  const flags: Flags = { ...command.flags, ...COMMON_FLAGS };
  const see = `see "sluice ${name} --help"`;
  const { values, positionals } = parseFlags(flags, rest, see);
  const help = values.help === true;
  const missing = command.takes[positionals.length];
  if (!help && missing !== undefined) throw usage(`${missing} is missing; ${see}`);
  const surplus = positionals[command.takes.length];
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
