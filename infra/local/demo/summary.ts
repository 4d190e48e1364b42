import { columns } from '../../cli/say.ts';
import type { StepResult } from './results.ts';

const COLUMNS = ['fetched', 'stored', 'applied', 'healthy'] as const;

/** Every step as a row: milliseconds from the commit (or the edit) to each thing seen. */
export function summary(steps: readonly StepResult[]): readonly string[] {
  const time = (value: number | undefined, head: string) =>
    (value === undefined ? '-' : String(Math.round(value))).padStart(head.length);
  const head = ['step', 'what', ...COLUMNS, '   all'];
  const rows = steps.map(({ step, title, marks, milliseconds }) => [
    String(step).padStart(4),
    title,
    ...COLUMNS.map((name) => time(marks[name], name)),
    time(milliseconds, '   all'),
  ]);
  return columns([head, ...rows]);
}
