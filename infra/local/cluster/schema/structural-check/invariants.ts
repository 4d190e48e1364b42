import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '../../api-error.ts';
import { additionalOf, itemsOf, type JsonSchema, META_FIELDS, propertyOf } from '../json-schema.ts';
import { errorOf } from '../validate/field-error.ts';
import { valueErrors } from './nested.ts';

/** Where a node is: it decides what a missing type is called. */
export type Level = 'root' | 'items' | 'field';

const EITHER = [{ type: 'integer' }, { type: 'string' }];
const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  items: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** What keeps a schema from being structural: types missing, or given where values are only restricted. */
export function invariantErrors(schema: JsonSchema, level: Level, path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const isUnlisted = schema.type === 'array' && items === undefined;
  return [
    ...(isUnlisted ? [errorOf('FieldValueRequired', `${path}.items`, undefined, 'must be specified')] : []),
    ...(items ? invariantErrors(items, 'items', `${path}.items`) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      invariantErrors(child, 'field', `${path}.properties[${name}]`),
    ),
    ...additionalErrors(schema, level, path),
    ...(additional ? invariantErrors(additional, 'field', `${path}.additionalProperties`) : []),
    ...extensionErrors(schema, path),
    ...valueErrors(schema, path, {
      anyOf: isDeepStrictEqual(schema.anyOf, EITHER),
      firstAllOf: isDeepStrictEqual(schema.allOf?.[0]?.anyOf, EITHER),
    }),
    ...typeErrors(schema, level, path),
    ...metaErrors(schema, level, path),
  ];
}

function additionalErrors(schema: JsonSchema, level: Level, path: string): readonly FieldError[] {
  if (schema.additionalProperties === undefined) return [];
  const at = `${path}.additionalProperties`;
  const whole = schema['x-kubernetes-embedded-resource'] === true;
  return [
    ...(level === 'root'
      ? [errorOf('FieldValueForbidden', at, undefined, 'must not be used at the root')]
      : []),
    ...(whole
      ? [
          errorOf(
            'FieldValueForbidden',
            at,
            undefined,
            'must not be used if x-kubernetes-embedded-resource is set',
          ),
        ]
      : []),
  ];
}

function extensionErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const extensions = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const;
  return extensions
    .filter((name) => schema[name])
    .map((name) =>
      errorOf(
        'FieldValueInvalid',
        `${path}.${name}`,
        true,
        'must be false if x-kubernetes-int-or-string is true',
      ),
    );
}

function typeErrors(schema: JsonSchema, level: Level, path: string): readonly FieldError[] {
  const { type = '' } = schema;
  const at = `${path}.type`;
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-embedded-resource'] && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    const reason = type === '' ? 'FieldValueRequired' : 'FieldValueInvalid';
    errors.push(errorOf(reason, at, type, detail));
  } else if (
    type === '' &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema['x-kubernetes-preserve-unknown-fields']
  ) {
    errors.push(errorOf('FieldValueRequired', at, undefined, UNTYPED[level]));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(errorOf('FieldValueInvalid', at, type, 'must be object at the root'));
  }
  return errors;
}

function metaErrors(schema: JsonSchema, level: Level, path: string): readonly FieldError[] {
  const whole = schema['x-kubernetes-embedded-resource'] === true;
  const checks = level === 'root' || whole;
  const errors: FieldError[] = [];
  for (const name of checks ? META_FIELDS : []) {
    const declared = propertyOf(schema, name);
    const type = name === 'metadata' ? 'object' : 'string';
    if (declared && declared.type !== type) {
      const at = `${path}.properties[${name}].type`;
      errors.push(errorOf('FieldValueInvalid', at, declared.type ?? '', `must be ${type}`));
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  if (level === 'root' && metadata && !restrictsNamesOnly(metadata)) {
    const detail =
      'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(errorOf('FieldValueForbidden', `${path}.properties[metadata]`, undefined, detail));
  }
  const isKept = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (whole && !isKept && Object.keys(schema.properties ?? {}).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(errorOf('FieldValueRequired', `${path}.properties`, undefined, detail));
  }
  return errors;
}

function restrictsNamesOnly(metadata: JsonSchema): boolean {
  const { type: _, default: __, properties = {}, ...rest } = metadata;
  const isName = (name: string) => name === 'name' || name === 'generateName';
  return Object.keys(rest).length === 0 && Object.keys(properties).every(isName);
}
