import type { Schema } from '../../schema/schema.ts';
import { copyOf, type Fields, fieldsOf } from './fields.ts';
import { formatQuantity, inThousandths, parseQuantity, type Quantity } from './quantity.ts';
import { isNullList, isNullText, isNullTime, keepsZero } from './zero-values.ts';

/**
 * The object as the API server's decoder leaves it: zeros and empty collections gone where the Go types drop them, those
 * that are always written there, quantities in their one spelling, unknown members gone. A copy that may be changed.
 */
export function decoded(kind: string, schema: Schema, object: unknown): Fields {
  return structOf(kind, schema, fieldsOf(object) ?? {}, '');
}

function structOf(kind: string, schema: Schema, object: Fields, parent: string): Fields {
  const made: Fields = {};
  for (const name of Object.keys(object)) {
    const member = schema.field(name);
    const value =
      member === undefined
        ? schema.preservesUnknown
          ? copyOf(object[name])
          : undefined
        : memberOf(kind, member, object[name], parent, name);
    if (value !== undefined) made[name] = value;
  }
  for (const name of schema.fieldNames) {
    if (made[name] !== undefined) continue;
    const always = alwaysWritten(kind, schema.field(name), parent, name);
    if (always !== undefined) made[name] = always;
  }
  return made;
}

function alwaysWritten(kind: string, schema: Schema | undefined, parent: string, name: string): unknown {
  if (!schema || (parent === '' && name === 'metadata')) return undefined;
  if (schema.type === 'list') return isNullList(parent, name) ? null : undefined;
  if (schema.format === 'date-time') return isNullTime(parent, name) ? null : undefined;
  if (schema.type === 'object' && schema.default !== undefined) return structOf(kind, schema, {}, name);
  if (isNullText(parent, name)) return null;
  return schema.default;
}

function memberOf(kind: string, schema: Schema, value: unknown, parent: string, name: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (schema.format === 'quantity') return spelled(value, (quantity) => quantity);
  switch (schema.type) {
    case 'object':
      return objectOf(kind, schema, value, name);
    case 'map':
      return mapOf(kind, schema, value, name);
    case 'list':
      if (!Array.isArray(value)) return value;
      if (value.length === 0) return isNullList(parent, name) ? null : undefined;
      return value.map((one) => (schema.items ? itemOf(kind, schema.items, one, name) : copyOf(one)));
    case 'any':
      return copyOf(value);
    default:
      return isZero(value) && schema.default === undefined && !keepsZero(kind, parent, name, value)
        ? undefined
        : value;
  }
}

function objectOf(kind: string, schema: Schema, value: unknown, name: string): unknown {
  const fields = fieldsOf(value);
  if (!fields) return value;
  return schema.fieldNames.length === 0 && schema.preservesUnknown
    ? copyOf(value)
    : structOf(kind, schema, fields, name);
}

function mapOf(kind: string, schema: Schema, value: unknown, name: string): unknown {
  const fields = fieldsOf(value);
  if (!fields) return value;
  const entries = Object.entries(fields);
  if (entries.length === 0) return undefined;
  const values = schema.field('');
  // Only lists of resources are rounded.
  const quantities = values?.format === 'quantity';
  return Object.fromEntries(
    entries.map(([key, one]) => [
      key,
      quantities ? spelled(one, inThousandths) : values ? itemOf(kind, values, one, name) : copyOf(one),
    ]),
  );
}

// What is in a list or a map is written whatever it is.
function itemOf(kind: string, schema: Schema, value: unknown, name: string): unknown {
  if (value === null || value === undefined) return schema.type === 'string' ? '' : value;
  if (schema.type === 'object') return objectOf(kind, schema, value, name);
  if (schema.type === 'map') return mapOf(kind, schema, value, name) ?? {};
  return copyOf(value);
}

function spelled(value: unknown, round: (quantity: Quantity) => Quantity): unknown {
  const quantity = parseQuantity(value);
  return quantity ? formatQuantity(round(quantity)) : value;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

/** What is always written of a member that says nothing, such as a status of zeros; undefined when nothing is. */
export function emptied(kind: string, schema: Schema, name: string): Fields | undefined {
  const member = schema.field(name);
  if (member?.type !== 'object' || member.default === undefined) return undefined;
  return structOf(kind, member, {}, name);
}
