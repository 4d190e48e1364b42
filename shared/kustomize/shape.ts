import { isYamlMap, type YamlMap, type YamlValue } from '../core/yaml.ts';
import { scalarText } from '../core/yaml-scalar.ts';
import type { Field, Fields, Role } from './fields.ts';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What to do about a value that its field does not expect; each gets the place, such as `patches[0].path`. */
export interface ShapeRules {
  /** Whether numbers and booleans become text where text is wanted, as sigs.k8s.io/yaml does with a Go type at hand. */
  readonly coerce: boolean;
  unknown(at: string): void;
  refused(at: string, why: string): void;
  mismatch(at: string, wanted: Field['type'], value: YamlValue): void;
  /** Follows a string with a role; the answer takes its place. */
  visit(role: Role, text: string, at: string): Promise<string>;
}

/** `value` in the form of `fields` and nothing else: known names in their canonical spelling (Go's decoder ignores case), nulls left out. */
export async function shapeObject(
  value: YamlValue,
  fields: Fields,
  at: string,
  rules: ShapeRules,
): Promise<{ readonly [key: string]: Json }> {
  const result: Record<string, Json> = {};
  if (value === null) return result;
  if (!isYamlMap(value)) {
    rules.mismatch(at, 'object', value);
    return result;
  }
  for (const [key, entry] of sortedEntries(value)) {
    const name = fieldName(key, fields);
    const place = at === '' ? key : `${at}.${key}`;
    if (name === undefined) rules.unknown(place);
    else if (entry !== null) {
      const shaped = await shape(entry, fields[name] as Field, place, rules);
      if (shaped !== undefined) result[name] = shaped;
    }
  }
  return result;
}

/** Go decodes the keys of sigs.k8s.io/yaml's JSON in byte order, so an exact name comes after one in capitals and wins. */
function sortedEntries(value: { readonly [key: string]: YamlValue }): [string, YamlValue][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function fieldName(key: string, fields: Fields): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const folded = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === folded);
}

async function shape(
  value: YamlValue,
  field: Field,
  at: string,
  rules: ShapeRules,
): Promise<Json | undefined> {
  switch (field.type) {
    case 'refused':
      if (!isEmpty(value)) rules.refused(at, field.why);
      return undefined;
    case 'any':
      return plain(value);
    case 'object':
      return shapeObject(value, field.fields, at, rules);
    case 'list':
      if (!Array.isArray(value)) return wrong(value, field, at, rules);
      return shapeList(value, field.of, at, rules);
    case 'map':
      if (!isYamlMap(value)) return wrong(value, field, at, rules);
      return shapeMap(value, field.of, at, rules);
    default:
      return shapeScalar(value, field, at, rules);
  }
}

async function shapeList(
  items: readonly YamlValue[],
  of: Field,
  at: string,
  rules: ShapeRules,
): Promise<Json> {
  const list: Json[] = [];
  for (const [index, item] of items.entries()) {
    const shaped = await shape(item, of, `${at}[${index}]`, rules);
    if (shaped !== undefined) list.push(shaped);
  }
  return list;
}

async function shapeMap(value: YamlMap, of: Field, at: string, rules: ShapeRules): Promise<Json> {
  const entries: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    entries.push([key, (await shape(item, of, `${at}.${key}`, rules)) ?? '']);
  }
  return Object.fromEntries(entries);
}

function isEmpty(value: YamlValue): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

type ScalarField = Extract<Field, { readonly type: 'string' | 'boolean' | 'integer' | 'any' }>;

async function shapeScalar(
  value: YamlValue,
  field: ScalarField,
  at: string,
  rules: ShapeRules,
): Promise<Json | undefined> {
  if (field.type === 'string') {
    const text = textOf(value, rules.coerce);
    if (text === undefined) return wrong(value, field, at, rules);
    return 'role' in field && field.role !== undefined ? rules.visit(field.role, text, at) : text;
  }
  const fits = field.type === 'boolean' ? typeof value === 'boolean' : Number.isInteger(value);
  return fits ? plain(value) : wrong(value, field, at, rules);
}

function textOf(value: YamlValue, coerce: boolean): string | undefined {
  if (typeof value === 'string') return value;
  // A null inside a list of strings is Go's empty string.
  if (value === null) return '';
  return coerce && typeof value !== 'object' ? scalarText(value) : undefined;
}

function wrong(value: YamlValue, field: Field, at: string, rules: ShapeRules): undefined {
  rules.mismatch(at, field.type, value);
  return undefined;
}

/** As JSON: integers beyond 2^53 lose their last digits, which no field of a kustomization needs. */
function plain(value: YamlValue): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((item: YamlValue) => plain(item));
  if (!isYamlMap(value)) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
