import { toJson } from '../../../../../shared/core/json.ts';
import type { FieldError } from '../../api-error.ts';

const WORDS: Readonly<Record<FieldError['reason'], string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
};

/** Reasons whose message does not show the value. */
const SILENT: ReadonlySet<string> = new Set([
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueTooLong',
]);

/** Stands for a value that is not shown. */
export const OMITTED: unique symbol = Symbol('omitted');

/** An error about `field` (the whole object when empty) that shows `value` where its reason shows one. */
export function errorOf(
  reason: FieldError['reason'],
  field: string,
  value: unknown = OMITTED,
  detail = '',
): FieldError {
  const shown = SILENT.has(reason) || value === OMITTED ? [] : [shownValue(value)];
  const message = [WORDS[reason], ...shown, ...(detail === '' ? [] : [detail])].join(': ');
  return { field: field === '' ? '<nil>' : field, reason, message };
}

/** A value that is none of `allowed`. */
export function notSupported(field: string, value: unknown, allowed: readonly unknown[]): FieldError {
  const texts = allowed.map((one) => quoted(typeof one === 'string' ? one : toJson(one)));
  return errorOf('FieldValueNotSupported', field, value, `supported values: ${texts.join(', ')}`);
}

/** A text of more than `limit` characters, which the API server calls bytes. */
export function tooLong(field: string, limit: number): FieldError {
  const detail = `may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}`;
  return errorOf('FieldValueTooLong', field, OMITTED, detail);
}

/** `count` items or members, where `limit` are allowed. */
export function tooMany(field: string, count: number, limit: number): FieldError {
  const detail = `must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`;
  return errorOf('FieldValueTooMany', field, count, detail);
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : sorted(value);
}

/** JSON as Go writes it: members in order of their names, `<`, `>` and `&` escaped. */
function sorted(value: unknown): string {
  const text = toJson(inOrder(value));
  return typeof value === 'object'
    ? text.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
    : text;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, inOrder(member)]));
}

/** A text as Go's `%q` writes it: what JSON escapes as `\u0000` is `\x00` there. */
export function quoted(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, '\\x$1')
    .replace(/\x7f/g, '\\x7f');
}
