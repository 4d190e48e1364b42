import * as z from 'zod';

/** A part of a structural schema, as a CustomResourceDefinition demands it. */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly [keyword: string]: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** Keywords that are carried over as they are; any other is an error, so that nothing is lost in silence. */
const KEPT = new Set([
  'type',
  'format',
  'description',
  'default',
  'enum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'nullable',
  'x-kubernetes-validations',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
]);
/** What zod writes for every integer: the range in which a JavaScript number is exact. */
const NO_BOUND = new Set([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
const SCALARS = new Set(['string', 'integer', 'number', 'boolean']);
/** What only the code needs; the names of the marks are given to `.meta()`. */
const DROPPED = new Set(['additionalPrinterColumns', 'requiredDespiteDefault', 'propertyNames', 'readOnly']);

/** The structural schema of what a zod schema accepts. Throws for what such a schema cannot express. */
export function structuralSchemaOf(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  const { $schema: _, ...root } = json;
  return convert(root as Json, '');
}

function convert(json: Json, path: string): StructuralSchema {
  const union = (json.anyOf ?? json.oneOf) as readonly Json[] | undefined;
  if (union) return convertUnion(json, union, path);
  const result: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(json)) {
    if (DROPPED.has(keyword) || isNoBound(keyword, value)) continue;
    if (keyword === 'properties')
      Object.assign(result, convertProperties(value as Record<string, Json>, path));
    else if (keyword === 'required') result.required = value;
    else if (keyword === 'items') result.items = convert(value as Json, `${path}[]`);
    else if (keyword === 'pattern') result.pattern = unescapeSlashes(String(value));
    else if (keyword === 'additionalProperties') addMapValues(result, json, value, path);
    else if (KEPT.has(keyword)) result[keyword] = value;
    else throw new Error(`${path || '.'}: no place for ${keyword} in a structural schema`);
  }
  return withRequired(result, json);
}

function convertProperties(properties: Record<string, Json>, path: string): Json {
  const converted = Object.entries(properties).map(([name, value]) => [
    name,
    convert(value, `${path}.${name}`),
  ]);
  return converted.length === 0 ? {} : { properties: Object.fromEntries(converted) };
}

/** Maps have values of one shape; objects have fields, and beside those nothing else may stand. */
function addMapValues(result: Record<string, unknown>, json: Json, value: unknown, path: string): void {
  if (json.properties && Object.keys(json.properties).length > 0) return;
  const anything = value === true || (typeof value === 'object' && Object.keys(value as object).length === 0);
  if (anything) result['x-kubernetes-preserve-unknown-fields'] = true;
  else if (value !== false) result.additionalProperties = convert(value as Json, `${path}{}`);
}

/** Fields with a default are not required in what is sent, unless they are marked (`REQUIRED`). */
function withRequired(result: Record<string, unknown>, json: Json): StructuralSchema {
  const marked = Object.entries((json.properties ?? {}) as Record<string, Json>)
    .filter(([, value]) => value.requiredDespiteDefault === true)
    .map(([name]) => name);
  const required = [...((json.required as string[] | undefined) ?? []), ...marked].sort();
  return required.length === 0 ? result : { ...result, required };
}

/** Structural schemas have one type for a value; of unions they know integer or string, and several forms of one scalar. */
function convertUnion(json: Json, branches: readonly Json[], path: string): StructuralSchema {
  const types = new Set(branches.map((branch) => String(branch.type)));
  const { anyOf: _, oneOf: __, ...rest } = json;
  if (types.size === 2 && types.has('integer') && types.has('string')) {
    return { ...convert(rest, path), 'x-kubernetes-int-or-string': true };
  }
  const [type] = types;
  if (types.size !== 1 || type === undefined || !SCALARS.has(type)) {
    throw new Error(`${path || '.'}: a union of ${[...types].join(', ')} is not structural`);
  }
  const forms = branches.map(({ type: _type, ...constraints }) => convert(constraints, path));
  return { ...convert({ ...rest, type }, path), anyOf: forms };
}

function isNoBound(keyword: string, value: unknown): boolean {
  return (keyword === 'minimum' || keyword === 'maximum') && NO_BOUND.has(Number(value));
}

/** JavaScript escapes slashes outside of classes in a regular expression's source; RE2 texts do not. */
function unescapeSlashes(pattern: string): string {
  let result = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const two = pattern.slice(i, i + 2);
    if (two[0] === '\\') {
      result += two === '\\/' && !inClass ? '/' : two;
      i++;
      continue;
    }
    if (two[0] === '[') inClass = true;
    if (two[0] === ']') inClass = false;
    result += two[0];
  }
  return result;
}
