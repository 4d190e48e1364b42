import { toJson } from '../../../../shared/core/json.ts';
import { isMap } from './values.ts';

// Inside strings Go escapes these.
const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g;

// Most keys are such, and need no escapes.
const PLAIN = /^[\w .:/@-]*$/;

/** JSON as Go writes it; members stay in their order. */
export function goJson(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  const text = typeof value === 'string' ? JSON.stringify(value) : toJson(value);
  return text.replace(
    ESCAPED_BY_GO,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A JSON value as Go's `%v` prints it, in messages: `map[a:1 b:[x y]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isMap(value)) return String(value);
  return `map[${sorted(value)
    .map(([name, member]) => `${name}:${goText(member)}`)
    .join(' ')}]`;
}

/** A JSON value as Go's `%#v` prints it. */
export function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isMap(value)) return toJson(value);
  return `map[string]interface {}{${sorted(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${goSyntax(member)}`)
    .join(', ')}}`;
}

/** The Go type of a decoded JSON value. */
export function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'object':
      return 'map[string]interface {}';
    default:
      return typeof value === 'number' && !Number.isInteger(value) ? 'float64' : 'int64';
  }
}

function sorted(map: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What Go's JSON decoder calls a value that it cannot put where it should. */
export function goTypeOfJson(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
