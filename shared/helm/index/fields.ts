import { Fault } from '../../core/failures.ts';
import { scalarText } from '../../core/yaml-scalar.ts';

/** A value of JSON or YAML. */
export type Raw = unknown;
/** A mapping of JSON or YAML. */
export type RawMap = Readonly<Record<string, Raw>>;

/** How a file is read: in YAML a field that is not listed is an error, in JSON it is left out. */
export type Dialect = 'json' | 'yaml';

/** Reads one field's value; undefined is Go's zero value. */
export type Read = (value: Raw, field: string, dialect: Dialect) => unknown;

/** One field: its name, how it is read, and what stands for its zero value; undefined leaves it out. */
export type Field = readonly [name: string, read: Read, zero?: unknown];

/** The fields of a Go struct, in their order. */
export interface Fields {
  readonly all: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
}

/** A struct of these fields; Go's decoder finds them whatever their case. */
export function fields(...all: readonly Field[]): Fields {
  const names = all.flatMap((field) => [
    [field[0], field] as const,
    [field[0].toLowerCase(), field] as const,
  ]);
  return { all, byName: new Map(names) };
}

/** A mapping read as a struct: its fields in the struct's order, zero values left out where Go leaves them out. Fault `malformed`. */
export function readFields(value: Raw, { all, byName }: Fields, dialect: Dialect, at: string): RawMap {
  if (!isMap(value)) throw mismatch(value, at, 'a mapping');
  const given: Record<string, Raw> = Object.create(null);
  for (const name of Object.keys(value)) {
    const field = byName.get(name) ?? byName.get(name.toLowerCase());
    if (field !== undefined) given[field[0]] = value[name];
    else if (dialect === 'yaml') throw malformed(`unknown field "${name}"`);
  }
  const result: Record<string, unknown> = {};
  for (const [name, read, zero] of all) {
    const found = given[name];
    const text = found === undefined || found === null ? zero : (read(found, name, dialect) ?? zero);
    if (text !== undefined) result[name] = text;
  }
  return result;
}

/** Text; empty text is a zero value. Numbers are none: upstream's reader makes text of them in some places only. */
export function text(value: Raw, field: string): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  throw mismatch(value, field, 'text');
}

/** Text, or what YAML took for a number or boolean where text is wanted. */
export function looseText(value: Raw, field: string, dialect: Dialect): string | undefined {
  const isOther = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
  return dialect === 'yaml' && isOther ? scalarText(value) : text(value, field);
}

/** True, or the zero value. */
export function flag(value: Raw, field: string): true | undefined {
  if (typeof value !== 'boolean') throw mismatch(value, field, 'a boolean');
  return value ? true : undefined;
}

/** A list of what `read` reads; null items are `nothing`. */
export function listOf(read: Read, nothing: unknown): Read {
  return (value, field, dialect) => {
    if (!Array.isArray(value)) throw mismatch(value, field, 'a list');
    return value.map((item) => (item === null ? nothing : (read(item, field, dialect) ?? nothing)));
  };
}

/** A list of texts. */
export const texts: Read = listOf(text, '');

/** A mapping of what `read` reads, its keys sorted as Go writes them; the zero value is an empty text. */
export function mapOf(read: Read): Read {
  return (value, field, dialect) => {
    if (!isMap(value)) throw mismatch(value, field, 'a mapping');
    const entries = Object.entries(value).map(
      ([key, item]) => [key, item === null ? '' : (read(item, field, dialect) ?? '')] as const,
    );
    return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(byKey));
  };
}

/** A mapping of texts. */
export const textMap: Read = mapOf(text);

/** Whatever it is; Go holds every number in 64 bits of floating point. */
export function anything(value: Raw): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(anything);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, anything(item)] as const);
  return Object.fromEntries(entries.sort(byKey));
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** A time of RFC 3339, as Go writes it again: without zeros behind the last digit, nine digits at most, and `Z` for no offset. */
export function time(value: Raw, field: string): string {
  if (typeof value !== 'string') throw mismatch(value, field, 'a time');
  const found = TIME.exec(value);
  if (found === null || !isDate(found[1] ?? '') || !isOffset(found[3] ?? ''))
    throw malformed(
      `parsing time ${JSON.stringify(value.slice(0, 64))} of field '${field}': it is not RFC 3339`,
    );
  const [, whole = '', fraction = '', offset = 'Z'] = found;
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  const zone = offset === '+00:00' || offset === '-00:00' ? 'Z' : offset;
  return `${whole}${digits === '' ? '' : `.${digits}`}${zone}`;
}

/** JavaScript takes the 30th of February, and 24 o'clock. */
function isDate(whole: string): boolean {
  const time = Date.parse(`${whole}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(whole);
}

function isOffset(offset: string): boolean {
  return offset === 'Z' || /^[+-]([01]\d|2[0-3]):[0-5]\d$/.test(offset);
}

/** Go's zero time. */
export const NO_TIME = '0001-01-01T00:00:00Z';

/** Whether a value is a mapping. */
export function isMap(value: Raw): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The order of Go's map keys. */
export function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is wrong with an index. */
export function malformed(problem: string): Fault {
  return new Fault('malformed', problem);
}

function mismatch(value: Raw, field: string, wanted: string): Fault {
  const kind = Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value;
  return malformed(`field '${field}' is ${kind} where ${wanted} is wanted`);
}
