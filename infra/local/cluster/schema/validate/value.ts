import { isDeepStrictEqual } from 'node:util';
import { itemsOf, type JsonSchema } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';
import type { Below } from './below.ts';
import { combinedResult } from './combined.ts';
import type { Correlation } from './correlation.ts';
import { add, type Collected, collect, merge, type Result } from './finding.ts';
import { usedFormat } from './formats.ts';
import { numberResult } from './numbers.ts';
import { objectResult } from './object.ts';
import { formatFinding, textFinding, typeFinding, typesOf } from './scalars.ts';

/** Validates a changed value: what is wrong with what has not changed is let through, as far as it can be told. */
export function validateChange(
  schema: JsonSchema,
  value: unknown,
  path: string,
  correlation: Correlation | undefined,
): Result {
  if (!correlation) return validateValue(schema, value, path);
  const result = partsOf(schema, value, path, {
    member(name, child, member, at) {
      // Both objects are of one version and kind by now, whatever was stored.
      const isTypeMeta = path === '' && (name === 'apiVersion' || name === 'kind');
      return validateChange(child, member, at, isTypeMeta ? undefined : correlation.member(name));
    },
    item: (at, child, item, place) => validateChange(child, item, place, correlation.item(at)),
    again(other, same, at) {
      return partsOf(other, same, at, this);
    },
  });
  const isLetThrough = result.findings.length > 0 && correlation.isUnchanged();
  return isLetThrough ? { findings: [], matches: result.matches } : result;
}

/** Validates a new value at `path`, which is empty at the root. */
export function validateValue(schema: JsonSchema, value: unknown, path: string): Result {
  return partsOf(schema, value, path, ANEW);
}

const ANEW: Below = {
  member: (_, schema, value, path) => validateValue(schema, value, path),
  item: (_, schema, value, path) => validateValue(schema, value, path),
  again: (schema, value, path) => validateValue(schema, value, path),
};

function partsOf(schema: JsonSchema, value: unknown, path: string, below: Below): Result {
  const result = collect();
  const type = typeFinding(schema, value, path);
  add(result, type);
  if (value === null) {
    result.matches += type ? 0 : 1;
    add(result, enumFinding(schema, value, path));
    return result;
  }
  merge(result, combinedResult(schema, value, path, below));
  if (typeof value === 'string') {
    add(result, textFinding(schema, value, path));
    add(result, formatFinding(schema, value, path));
  }
  if (typeof value === 'number' || typeof value === 'bigint')
    merge(result, numberResult(schema, value, path));
  if (Array.isArray(value)) merge(result, listResult(schema, value, path, below));
  add(result, enumFinding(schema, value, path));
  const fields = fieldsOf(value);
  if (fields) merge(result, objectResult(schema, fields, path, below));
  result.matches += matchesOf(schema, value, type !== undefined);
  return result;
}

/** What the API server's validator counts beside what it finds: each of its parts that looked at the value, and the end. */
function matchesOf(schema: JsonSchema, value: unknown, isWrongType: boolean): number {
  const format = usedFormat(schema);
  const typed = typesOf(schema).length > 0 || format !== undefined ? (isWrongType ? 1 : 2) : 0;
  const formatted = typeof value === 'string' && format !== undefined ? 1 : 0;
  return typed + formatted + (typeof value === 'boolean' ? 3 : 4);
}

function enumFinding({ enum: allowed }: JsonSchema, value: unknown, path: string) {
  if (!allowed || allowed.length === 0) return undefined;
  if (value !== null && allowed.some((one) => isSame(one, value))) return undefined;
  const message = `${path} in body should be one of [${allowed.join(' ')}]`;
  return { path, rule: 'enum', message, value, allowed } as const;
}

/** The API server turns a number into what it is compared with: 1.5 is 1 to it, and refused for its type. */
function isSame(allowed: unknown, value: unknown): boolean {
  if (typeof value === 'number' && Number.isInteger(allowed)) return Math.trunc(value) === allowed;
  return isDeepStrictEqual(allowed, value);
}

function listResult(schema: JsonSchema, value: readonly unknown[], path: string, below: Below): Result {
  const result = collect();
  const items = itemsOf(schema);
  if (items) value.forEach((item, at) => void merge(result, below.item(at, items, item, `${path}[${at}]`)));
  const { minItems, maxItems } = schema;
  const { length } = value;
  if (minItems !== undefined && length < minItems) {
    const message = `${path} in body should have at least ${minItems} items`;
    add(result, { path, rule: 'other', message, value: length });
  }
  if (maxItems !== undefined && length > maxItems) {
    const message = `${path} in body should have at most ${maxItems} items`;
    add(result, { path, rule: 'tooMany', message, value: length, limit: maxItems });
  }
  if (schema.uniqueItems === true) addDuplicates(result, value, path);
  result.matches += 1;
  return result;
}

function addDuplicates(result: Collected, value: readonly unknown[], path: string): void {
  const repeats = value.some((item, at) => value.slice(0, at).some((one) => isDeepStrictEqual(one, item)));
  if (repeats) add(result, { path, rule: 'other', message: `${path} in body shouldn't contain duplicates` });
}
