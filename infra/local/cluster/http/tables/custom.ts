import { toJson } from '../../../../../shared/core/json.ts';
import type { PrinterColumn } from '../../model.ts';
import { ageOf, type Column, NAME, nameOf, type Printer, textColumns } from './columns.ts';
import { since } from './durations.ts';
import type { Json } from './fields.ts';
import { type JsonPath, parseJsonPath } from './json-path.ts';

/** How objects of a custom kind are shown: by its own columns, or by age when it declares none. */
export function customPrinter(declared: readonly PrinterColumn[]): Printer {
  if (declared.length === 0) {
    return {
      columns: [NAME, ...textColumns('Age').map((age) => ({ ...age, type: 'date' }))],
      cells: (object, now) => [nameOf(object), ageOf(object, now)],
    };
  }
  const all = declared.map((own) => ({ header: headerOf(own), path: parseJsonPath(own.jsonPath) }));
  // A real server gives up at the first path that it cannot read.
  const broken = all.findIndex(({ path }) => path === undefined);
  const columns = broken === -1 ? all : all.slice(0, broken);
  return {
    columns: [NAME, ...columns.map(({ header }) => header)],
    cells: (object, now) => [
      nameOf(object),
      ...columns.map(({ header, path }) => cell(object, header.type, path, now)),
    ],
  };
}

function headerOf({ name, type, format, description, jsonPath, priority }: PrinterColumn): Column {
  return {
    name,
    type,
    format: format ?? '',
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
  };
}

function cell(object: Json, type: string, path: JsonPath | undefined, now: Date): unknown {
  const found = path?.(object);
  if (!found || found.length === 0) return null;
  const [value] = found;
  if (type === 'string') return printed(value);
  if (value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : typeof value === 'bigint' ? value : null;
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? since(value, now) : null;
    default:
      return null;
  }
}

function printed(value: unknown): string {
  if (value === null) return '<no value>';
  return typeof value === 'object' ? toJson(inOrder(value)) : String(value);
}

// Go writes maps by the names of their members.
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}
