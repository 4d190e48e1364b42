import type { JsonSchema } from '../json-schema.ts';
import type { Finding } from './finding.ts';
import { isOfFormat, usedFormat } from './formats.ts';
import { patternOf } from './patterns.ts';

/** The types a schema allows, in the API server's order. */
export function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string'];
  return schema.type === undefined || schema.type === '' ? [] : [schema.type];
}

/** Whether the value is of the schema's type; formats of other types than text name types too. */
export function typeFinding(schema: JsonSchema, value: unknown, path: string): Finding | undefined {
  const types = typesOf(schema);
  if (value === null) {
    return types.length === 0 || schema.nullable ? undefined : wrongType(path, types.join(','), 'null');
  }
  const format = usedFormat(schema) ?? '';
  if (types.length === 0 && format === '') return undefined;
  const { type, kind } = jsonType(value);
  const fits =
    types.includes(type) ||
    (type === 'number' && types.includes('integer') && isWhole(value)) ||
    (type === 'integer' && types.includes('number'));
  const isText = type === 'string' || type === 'array';
  if (!isText && format !== '' && !fits && kind !== format) return wrongType(path, format, kind);
  if (isText && format !== '' && !types.includes('number') && !types.includes('integer')) return undefined;
  return fits ? undefined : wrongType(path, types.join(','), type);
}

/** Integers beyond 64 bits are read as floating point numbers. */
const INT64_LIMIT = 2n ** 63n;

function isWhole(value: unknown): boolean {
  const integer =
    typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value as number | bigint) : undefined;
  return integer !== undefined && integer >= -INT64_LIMIT && integer < INT64_LIMIT;
}

/** The JSON type of a value, and the format that Go's type of it stands for. */
function jsonType(value: unknown): { readonly type: string; readonly kind: string } {
  if (Array.isArray(value)) return { type: 'array', kind: '' };
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return { type: typeof value, kind: '' };
    case 'bigint':
    case 'number':
      return isWhole(value) ? { type: 'integer', kind: 'int64' } : { type: 'number', kind: 'float64' };
    default:
      return { type: 'object', kind: '' };
  }
}

function wrongType(path: string, expected: string, found: string): Finding {
  const message = `${path} in body must be of type ${expected}: ${JSON.stringify(found)}`;
  return { path, rule: 'type', message, value: found };
}

/** The first thing that is wrong with a text's length or pattern. */
export function textFinding(schema: JsonSchema, value: string, path: string): Finding | undefined {
  const { maxLength, minLength, pattern } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  const about = (message: string): Finding => ({
    path,
    rule: 'other',
    message: `${path} in body ${message}`,
    value,
  });
  if (maxLength !== undefined && length > maxLength) {
    const message = `${path} in body should be at most ${maxLength} chars long`;
    return { path, rule: 'tooLong', message, limit: maxLength };
  }
  if (minLength !== undefined && length < minLength) {
    return about(`should be at least ${minLength} chars long`);
  }
  if (pattern !== undefined && pattern !== '' && !patternOf(pattern).test(value)) {
    return about(`should match '${pattern}'`);
  }
  return undefined;
}

/** Whether a text is of the schema's format. */
export function formatFinding(schema: JsonSchema, value: string, path: string): Finding | undefined {
  const format = usedFormat(schema);
  if (format === undefined || isOfFormat(format, value)) return undefined;
  const message = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
  return { path, rule: 'type', message, value };
}
