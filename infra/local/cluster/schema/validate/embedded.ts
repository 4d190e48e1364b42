import type { FieldError } from '../../api-error.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';
import { errorOf } from './field-error.ts';

const DNS_LABEL = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const NO_LABEL =
  'may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric ' +
  "characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. " +
  "'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/** What is wrong with the apiVersion and kind of whole objects within an object. */
export function embeddedErrors(schema: JsonSchema, value: unknown, path = ''): readonly FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items ? value.flatMap((item, at) => embeddedErrors(items, item, `${path}[${at}]`)) : [];
  }
  const fields = fieldsOf(value);
  if (!fields) return [];
  const own = schema['x-kubernetes-embedded-resource']
    ? ['apiVersion', 'kind'].flatMap((name) => typeMetaErrors(name, fields[name], `${path}.${name}`))
    : [];
  const below = Object.entries(fields).flatMap(([name, member]) => {
    const declared = propertyOf(schema, name);
    if (declared) return embeddedErrors(declared, member, path === '' ? name : `${path}.${name}`);
    const additional = additionalOf(schema);
    return additional ? embeddedErrors(additional, member, `${path}[${name}]`) : [];
  });
  return [...own, ...below];
}

function typeMetaErrors(name: string, value: unknown, path: string): readonly FieldError[] {
  if (value === undefined) return [errorOf('FieldValueRequired', path)];
  if (typeof value !== 'string') return [errorOf('FieldValueInvalid', path, value, 'must be a string')];
  if (value === '') return [errorOf('FieldValueInvalid', path, value, 'must not be empty')];
  if (name === 'apiVersion' && value.split('/').length > 2) {
    return [errorOf('FieldValueInvalid', path, value, `unexpected GroupVersion string: ${value}`)];
  }
  const isKind = name !== 'kind' || (value.length <= 63 && DNS_LABEL.test(value.toLowerCase()));
  return isKind ? [] : [errorOf('FieldValueInvalid', path, value, NO_LABEL)];
}
