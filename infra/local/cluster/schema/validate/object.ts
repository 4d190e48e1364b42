import { additionalOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import type { Below } from './below.ts';
import { add, type Collected, collect, merge, type Result } from './finding.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with an object: how many members it has, which are missing, and each of them. */
export function objectResult(schema: JsonSchema, fields: Fields, path: string, below: Below): Result {
  const result = collect();
  addCounts(result, schema, Object.keys(fields).length, path);
  for (const [name, value] of Object.entries(fields)) {
    const declared = propertyOf(schema, name);
    const additional = additionalOf(schema);
    if (declared) {
      merge(result, below.member(name, declared, value, path === '' ? name : `${path}.${name}`));
    } else if (schema.additionalProperties === false) {
      const message = `${path}.${name} in body is a forbidden property`;
      add(result, { path, rule: 'other', message, value: name });
    } else if (additional) {
      merge(result, below.member(name, additional, value, `${path}.${name}`));
    }
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(fields, name)) continue;
    const at = `${path}.${name}`;
    add(result, { path: at, rule: 'required', message: `${at} in body is required` });
  }
  return result;
}

function addCounts(result: Collected, schema: JsonSchema, count: number, path: string): void {
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && count < minProperties) {
    const message = `${path} in body should have at least ${minProperties} properties`;
    add(result, { path, rule: 'other', message, value: count });
  }
  if (maxProperties !== undefined && count > maxProperties) {
    const message = `${path} in body should have at most ${maxProperties} properties`;
    add(result, { path, rule: 'tooMany', message, value: count, limit: maxProperties });
  }
}
