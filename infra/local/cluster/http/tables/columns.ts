import { since } from './durations.ts';
import { at, type Json, list, text } from './fields.ts';

/** A column of a Table, as `meta.k8s.io/v1` has it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  /** Empty for built-in kinds: no client shows what a real server says there. */
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

/** Whether the row's object has come to its end, and how. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** How objects of one kind are shown. */
export interface Printer {
  readonly columns: readonly Column[];
  cells(object: Json, now: Date): readonly unknown[];
  conditions?(object: Json): readonly RowCondition[];
}

/** The column of names. */
export const NAME: Column = { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 };

/** Columns of text: those whose names begin with `+` are for wide output. */
export function textColumns(...names: readonly string[]): readonly Column[] {
  return names.map((name) => {
    const isWide = name.startsWith('+');
    return {
      name: isWide ? name.slice(1) : name,
      type: 'string',
      format: '',
      description: '',
      priority: isWide ? 1 : 0,
    };
  });
}

/** A column of numbers or booleans. */
export function column(name: string, type: 'integer' | 'boolean' | 'date'): Column {
  return { name, type, format: '', description: '', priority: 0 };
}

/** `metadata.name`. */
export function nameOf(object: Json): string {
  return text(object, 'metadata', 'name');
}

/** How long ago the object was created. */
export function ageOf(object: Json, now: Date): string {
  return since(at(object, 'metadata', 'creationTimestamp'), now);
}

/** Names and images of a pod template's containers. */
export function containerCells(podSpec: unknown): readonly [names: string, images: string] {
  const containers = list(podSpec, 'containers');
  return [
    containers.map((container) => text(container, 'name')).join(','),
    containers.map((container) => text(container, 'image')).join(','),
  ];
}

/** `True`, `False` or `<unset>`. */
export function booleanText(value: unknown): string {
  return value === undefined || value === null ? '<unset>' : value ? 'True' : 'False';
}
