import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { World } from './world.ts';

/** The world of a person at a terminal, or of a script. */
export function processWorld(): World {
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    symbols: process.stdout.isTTY === true,
    ask,
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    clock: systemClock,
  };
}

/** One line from the terminal; empty when input ends. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return (await Promise.race([terminal.question(question), ended])).trim();
  } finally {
    terminal.close();
  }
}
