import { toJson } from '../../../../../shared/core/json.ts';
import type { FieldError } from '../../api-error.ts';
import { fieldsOf } from './fields.ts';

/** Collects what is wrong, with paths such as `spec.ports[0].name`. */
export type Report = FieldError[];

/** The path of a member. */
export function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The path of a list's item or a map's value. */
export function item(path: string, key: number | string): string {
  return `${path}[${key}]`;
}

function error(field: string, reason: FieldError['reason'], said: string, detail: string): FieldError {
  return { field, reason, message: detail === '' ? said : `${said}: ${detail}` };
}

export function required(field: string, detail = ''): FieldError {
  return error(field, 'FieldValueRequired', 'Required value', detail);
}

export function wrong(field: string, value: unknown, detail: string): FieldError {
  return error(field, 'FieldValueInvalid', `Invalid value: ${shown(value)}`, detail);
}

export function forbidden(field: string, detail: string): FieldError {
  return error(field, 'FieldValueForbidden', 'Forbidden', detail);
}

export function duplicate(field: string, value: unknown): FieldError {
  return error(field, 'FieldValueDuplicate', `Duplicate value: ${shown(value)}`, '');
}

export function absent(field: string, value: unknown): FieldError {
  return error(field, 'FieldValueNotFound', `Not found: ${shown(value)}`, '');
}

export function tooLong(field: string, bytes: number): FieldError {
  return error(field, 'FieldValueTooLong', 'Too long', `may not be more than ${bytes} bytes`);
}

/** Names the values that are allowed in this order. */
export function unsupported(field: string, value: unknown, allowed: readonly string[]): FieldError {
  const list = allowed.map((name) => JSON.stringify(name)).join(', ');
  return error(
    field,
    'FieldValueNotSupported',
    `Unsupported value: ${shown(value)}`,
    `supported values: ${list}`,
  );
}

/** The field differs from what it was and may not. */
export function immutable(field: string, value: unknown): FieldError {
  return wrong(field, value, 'field is immutable');
}

function shown(value: unknown): string {
  return value === undefined ? 'null' : toJson(inOrder(value));
}

// Maps are shown in the order of their keys, structs in that of their fields.
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = fieldsOf(value);
  if (!fields) return value;
  const entries = Object.entries(fields).map(([name, field]) => [name, inOrder(field)] as const);
  const isMap = entries.every(([, field]) => typeof field === 'string');
  const ordered = isMap ? entries.toSorted(([one], [other]) => (one < other ? -1 : 1)) : entries;
  return Object.fromEntries(ordered);
}
