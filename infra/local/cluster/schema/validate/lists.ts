import { toJson } from '../../../../../shared/core/json.ts';
import type { FieldError } from '../../api-error.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';
import { errorOf } from './field-error.ts';

/** Items that a list of type set or map has twice, below a value at `path`. */
export function listErrors(schema: JsonSchema, value: unknown, path = ''): readonly FieldError[] {
  if (Array.isArray(value)) return [...ownErrors(schema, value, path), ...itemErrors(schema, value, path)];
  const fields = fieldsOf(value);
  if (!fields) return [];
  return Object.entries(fields).flatMap(([name, member]) => {
    const declared = propertyOf(schema, name);
    if (declared) return listErrors(declared, member, path === '' ? name : `${path}.${name}`);
    const additional = additionalOf(schema);
    return additional ? listErrors(additional, member, `${path}[${name}]`) : [];
  });
}

function itemErrors(schema: JsonSchema, value: readonly unknown[], path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  return items ? value.flatMap((item, at) => listErrors(items, item, `${path}[${at}]`)) : [];
}

function ownErrors(schema: JsonSchema, value: readonly unknown[], path: string): readonly FieldError[] {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return duplicates(value, path, value);
    case 'map':
      return mapErrors(schema['x-kubernetes-list-map-keys'] ?? [], value, path);
    default:
      return [];
  }
}

function mapErrors(keys: readonly string[], value: readonly unknown[], path: string): readonly FieldError[] {
  const odd = value.findIndex((item) => item !== null && fieldsOf(item) === undefined);
  if (odd >= 0) {
    const detail = 'must be an object for an array of list-type map';
    return [errorOf('FieldValueInvalid', `${path}[${odd}]`, value[odd], detail)];
  }
  const identities = value.map((item) => {
    const fields = fieldsOf(item) ?? {};
    return Object.fromEntries(
      keys.filter((key) => Object.hasOwn(fields, key)).map((key) => [key, fields[key]]),
    );
  });
  return duplicates(identities, path, identities);
}

/** The second of those that are equal; further ones are not told. */
function duplicates(
  values: readonly unknown[],
  path: string,
  shown: readonly unknown[],
): readonly FieldError[] {
  const times = new Map<string, number>();
  return values.flatMap((value, at) => {
    const text = toJson(value);
    const count = (times.get(text) ?? 0) + 1;
    times.set(text, count);
    return count === 2 ? [errorOf('FieldValueDuplicate', `${path}[${at}]`, shown[at])] : [];
  });
}
