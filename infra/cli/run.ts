import { inspect } from 'node:util';
import { redact } from '../../shared/core/redaction.ts';
import { findCommand } from './find-command.ts';
import { commandHelp, groupHelp } from './help.ts';
import { parseInput } from './parse.ts';
import { EXIT, exitOf, sentence } from './problems.ts';
import { fail } from './say.ts';
import type { World } from './world.ts';

/** Runs one command line and returns its exit code; never throws. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    await runCommand(argv, world);
    return EXIT.ok;
  } catch (error) {
    fail(world, sentence(error));
    if (argv.includes('--verbose')) world.err(redact(inspect(error, { depth: 6 })));
    return exitOf(error);
  }
}

async function runCommand(argv: readonly string[], world: World): Promise<void> {
  const request = findCommand(argv);
  if ('help' in request) return world.out(groupHelp(request.help));
  const name = request.entry.words.join(' ');
  const { command } = await request.entry.load();
  const input = parseInput(name, command, request.rest);
  if (input.on('help')) return world.out(commandHelp(name, command));
  await command.run(input, world);
}
