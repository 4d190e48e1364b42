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
