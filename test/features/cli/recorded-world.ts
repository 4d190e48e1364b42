import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../infra/cli/run.ts';
import type { World } from '../../../infra/cli/world.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import type { Clock } from '../../../shared/ports.ts';

/** What a command line printed and returned. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A person or a script in a directory of its own; `answers` are what a person types. */
export interface Session {
  readonly cwd: string;
  readonly sluice: (...argv: string[]) => Promise<Printed>;
}

/** A session without KUBECONFIG, home or state from outside; with `answers`, at a terminal. */
export function openSession(
  options: {
    readonly answers?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly clock?: Clock;
  } = {},
): Session {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  const atTerminal = options.answers !== undefined;
  const answers = [...(options.answers ?? [])];
  return {
    cwd,
    async sluice(...argv) {
      const out: string[] = [];
      const err: string[] = [];
      const world: World = {
        out: (text) => out.push(text),
        err: (text) => err.push(text),
        interactive: atTerminal,
        symbols: atTerminal,
        ask: async (question) => {
          out.push(question);
          return answers.shift() ?? '';
        },
        env: options.env ?? {},
        cwd,
        home: join(cwd, 'home'),
        clock: options.clock ?? systemClock,
      };
      const code = await run(argv, world);
      return { code, out: out.join('\n'), err: err.join('\n') };
    },
  };
}
