import type { Flags, Input } from './command.ts';
import { usage } from './problems.ts';

/** The flag of commands that print for a person, or for a program. */
export const OUTPUT_FLAG = {
  output: { type: 'string', short: 'o', value: 'json', help: 'print JSON' },
} as const satisfies Flags;

/** Whether a program reads what is printed; faults as a usage error on any other form. */
export function wantsJson(input: Input): boolean {
  const output = input.text('output');
  if (output !== undefined && output !== 'json') throw usage(`unknown output "${output}"; choose json`);
  return output === 'json';
}
