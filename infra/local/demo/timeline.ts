import type { StepResult } from './results.ts';

/** A letter for each thing that is seen of most steps, in the order in which they happen. */
export const LETTERS = [
  ['F', 'fetched'],
  ['S', 'stored'],
  ['A', 'applied'],
  ['H', 'healthy'],
] as const;

/** One row: the step, and what stands in each column of its line. */
export interface TimelineRow {
  readonly step: number;
  readonly title: string;
  /** Columns of the track; a letter of LETTERS, `-` while something is under way, a space afterwards. */
  readonly track: string;
}

/** The scale is logarithmic: each of its decades has as many columns, from 10 ms to 100 s. */
export const DECADES_MS = [10, 100, 1_000, 10_000, 100_000] as const;
const COLUMNS_A_DECADE = 14;
const COLUMNS = COLUMNS_A_DECADE * (DECADES_MS.length - 1);

/** When what happened, a row a step that has any of the marks. */
export function timeline(steps: readonly StepResult[]): readonly TimelineRow[] {
  return steps
    .filter(({ marks }) => LETTERS.some(([, mark]) => marks[mark] !== undefined))
    .map(({ step, title, marks, milliseconds }) => ({ step, title, track: track(marks, milliseconds) }));
}

/** The scale above the tracks. */
export function scale(): string {
  return DECADES_MS.slice(0, -1)
    .map((milliseconds) => tick(milliseconds).padEnd(COLUMNS_A_DECADE))
    .join('')
    .trimEnd();
}

function tick(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${milliseconds / 1_000} s`;
}

function track(marks: StepResult['marks'], milliseconds: number): string {
  const cells: string[] = Array.from({ length: COLUMNS }, () => ' ');
  cells.fill('-', 0, columnOf(milliseconds));
  let next = 0;
  for (const [letter, mark] of LETTERS) {
    const at = marks[mark];
    if (at === undefined) continue;
    // Two things in one column stand side by side.
    const column = Math.max(next, columnOf(at));
    cells[column] = letter;
    next = column + 1;
  }
  return cells.join('').trimEnd();
}

function columnOf(milliseconds: number): number {
  const decades = Math.log10(Math.max(milliseconds, DECADES_MS[0]) / DECADES_MS[0]);
  return Math.min(COLUMNS - LETTERS.length, Math.round(decades * COLUMNS_A_DECADE));
}
