import { messageOf } from '../../../../../shared/core/failures.ts';
import type { FieldError } from '../../api-error.ts';
import { itemsOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import { errorOf } from '../validate/field-error.ts';
import { patternOf } from '../validate/patterns.ts';

/** Which `anyOf`s are the ones that say integer or string. */
interface Spared {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}

const NONE: Spared = { anyOf: false, firstAllOf: false };

/** Members that only the outer schema may have, and what is said of them elsewhere. */
const OUTER: Readonly<Record<string, string>> = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  default: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
};

/** What restrictions of values (`anyOf`, `not`, patterns ...) say that only types may say. */
export function valueErrors(schema: JsonSchema, path: string, spared: Spared): readonly FieldError[] {
  const nested = (all: readonly JsonSchema[] | undefined, name: string) =>
    (all ?? []).flatMap((one, at) =>
      nestedErrors(one, `${path}.${name}[${at}]`, {
        anyOf: name === 'allOf' && at === 0 && spared.firstAllOf,
        firstAllOf: false,
      }),
    );
  return [
    ...(spared.anyOf ? [] : nested(schema.anyOf, 'anyOf')),
    ...nested(schema.allOf, 'allOf'),
    ...nested(schema.oneOf, 'oneOf'),
    ...(schema.not ? nestedErrors(schema.not, `${path}.not`, NONE) : []),
    ...patternErrors(schema.pattern, `${path}.pattern`),
  ];
}

function nestedErrors(schema: JsonSchema, path: string, spared: Spared): readonly FieldError[] {
  const items = itemsOf(schema);
  const isSet = (name: string) => {
    const value = (schema as Readonly<Record<string, unknown>>)[name];
    return value !== undefined && value !== '' && (value !== false || name === 'default');
  };
  return [
    ...valueErrors(schema, path, spared),
    ...(items ? nestedErrors(items, `${path}.items`, NONE) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      nestedErrors(child, `${path}.properties[${name}]`, NONE),
    ),
    ...Object.entries(OUTER)
      .filter(([name]) => isSet(name))
      .map(([name, detail]) => errorOf('FieldValueForbidden', `${path}.${name}`, undefined, detail)),
    ...(propertyOf(schema, 'metadata')
      ? [
          errorOf(
            'FieldValueForbidden',
            `${path}.properties[metadata]`,
            undefined,
            'must not be specified in a nested context',
          ),
        ]
      : []),
  ];
}

function patternErrors(pattern: string | undefined, path: string): readonly FieldError[] {
  if (pattern === undefined || pattern === '') return [];
  try {
    patternOf(pattern);
    return [];
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: ${messageOf(error)}`;
    return [errorOf('FieldValueInvalid', path, pattern, detail)];
  }
}
