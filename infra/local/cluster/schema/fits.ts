import type { Schema } from './schema.ts';

const TIME = /^\d{4}-(0[1-9]|1[0-2])-([01]\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const QUANTITY = /^\d{1,15}(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INT32 = 2 ** 31;

/** Whether a value of a built-in kind is certainly what its schema says: quick, for almost always it is. What is rare and right may not be certain. */
export function fitsCertainly(value: unknown, schema: Schema | undefined): boolean {
  if (schema === undefined || value === null || value === undefined) return true;
  switch (schema.type) {
    case 'object':
    case 'map':
      return isObject(value) && membersFit(value, schema);
    case 'list':
      return Array.isArray(value) && value.every((item) => fitsCertainly(item, schema.items));
    case 'string':
      return typeof value === 'string' && isWellFormed(value, schema.format);
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value) && (schema.format !== 'int32' || isInt32(value as number));
    case 'number':
      return typeof value === 'number';
    case 'int-or-string':
      if (schema.format === 'quantity') return typeof value === 'string' && QUANTITY.test(value);
      return typeof value === 'string' || (Number.isInteger(value) && isInt32(value as number));
    default:
      return true;
  }
}

function membersFit(object: Readonly<Record<string, unknown>>, schema: Schema): boolean {
  for (const name in object) if (!fitsCertainly(object[name], schema.field(name))) return false;
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInt32(value: number): boolean {
  return value >= -INT32 && value < INT32;
}

function isWellFormed(text: string, format: string | undefined): boolean {
  if (format === 'date-time') return TIME.test(text);
  return format !== 'byte' || BASE64.test(text);
}
