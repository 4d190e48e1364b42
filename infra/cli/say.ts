import { Fault } from '../../shared/core/failures.ts';
import type { World } from './world.ts';

const SYMBOL = { step: '► ', done: '✔ ', warning: '⚠ ', failure: '✗ ' } as const;
const PLAIN = { step: '', done: '', warning: 'warning: ', failure: 'error: ' } as const;

/** Something is under way. */
export function step(world: World, text: string): void {
  world.out(mark(world, 'step') + text);
}

/** Something is done. */
export function done(world: World, text: string): void {
  world.out(mark(world, 'done') + text);
}

/** Something needs attention; to standard error. */
export function warn(world: World, text: string): void {
  world.err(mark(world, 'warning') + text);
}

/** Something failed; to standard error. */
export function fail(world: World, text: string): void {
  world.err(mark(world, 'failure') + text);
}

function mark(world: World, what: keyof typeof SYMBOL): string {
  return (world.symbols ? SYMBOL : PLAIN)[what];
}

/** Rows as aligned columns, three spaces apart as kubectl's; no line ends in spaces. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

/** `1 object`, `2 objects`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A time span to one unit, as kubectl shows ages: `40s`, `7m`, `5h`, `3d`; nothing is younger than 0 s. */
export function age(milliseconds: number): string {
  if (milliseconds >= 2 * DAY_MS) return `${Math.floor(milliseconds / DAY_MS)}d`;
  if (milliseconds >= 2 * HOUR_MS) return `${Math.floor(milliseconds / HOUR_MS)}h`;
  if (milliseconds >= 2 * MINUTE_MS) return `${Math.floor(milliseconds / MINUTE_MS)}m`;
  return `${Math.floor(Math.max(0, milliseconds) / 1000)}s`;
}

/** Asks the person, if there is one and no `--yes`. Fault `invalid` when the answer is not yes. */
export async function confirm(world: World, question: string, yes: boolean): Promise<void> {
  if (yes || !world.interactive) return;
  if (/^y(es)?$/i.test(await world.ask(`${question} [y/N] `))) return;
  throw new Fault('invalid', 'aborted; nothing was changed');
}
