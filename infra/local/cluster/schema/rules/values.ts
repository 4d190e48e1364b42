import type { CelInput } from '@bufbuild/cel';
import { additionalOf, itemsOf, type JsonSchema } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';
import { isVisible, seenSchema } from './declared.ts';
import { escapedName } from './escape.ts';
import { language } from './language.ts';

/** A JSON value as rules see it: integers as int, texts of some formats as times, only what its schema declares. */
export function ruleValue(value: unknown, schema: JsonSchema): CelInput {
  if (value === null || value === undefined) return null;
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'number' ? integer(value) : scalar(value);
  switch (schema.type) {
    case 'array':
      return listValue(value, itemsOf(schema) ?? {});
    case 'object':
      return objectValue(value, schema);
    case 'integer':
      return typeof value === 'number' ? integer(value) : scalar(value);
    case 'number':
      return Number(value);
    case 'string':
      return typeof value === 'string' ? textValue(value, schema.format) : scalar(value);
    default:
      return scalar(value);
  }
}

function scalar(value: unknown): CelInput {
  return value as CelInput;
}

function integer(value: number): CelInput {
  return Number.isInteger(value) ? BigInt(value) : value;
}

function textValue(text: string, format: string | undefined): CelInput {
  switch (format) {
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'date':
      return language().timestamp(`${text}T00:00:00Z`) ?? text;
    case 'date-time':
      return language().timestamp(text.toUpperCase()) ?? text;
    case 'duration':
      return language().duration(text) ?? text;
    default:
      return text;
  }
}

function listValue(value: unknown, items: JsonSchema): CelInput {
  const seen = seenSchema(items);
  return Array.isArray(value) ? value.map((item) => ruleValue(item, seen)) : scalar(value);
}

function objectValue(value: unknown, schema: JsonSchema): CelInput {
  const fields = fieldsOf(value) ?? {};
  const additional = additionalOf(schema);
  const made = new Map<string, CelInput>();
  if (additional) {
    const seen = seenSchema(additional);
    for (const [key, member] of Object.entries(fields)) made.set(key, ruleValue(member, seen));
    return made;
  }
  for (const [property, child] of Object.entries(schema.properties ?? {})) {
    const name = escapedName(property);
    if (name === undefined || !Object.hasOwn(fields, property) || !isVisible(child)) continue;
    made.set(name, ruleValue(fields[property], seenSchema(child)));
  }
  return made;
}
