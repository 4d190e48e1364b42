import type { FieldError } from '../api-error.ts';
import { additionalOf, itemsOf, type JsonSchema, META_FIELDS } from './json-schema.ts';
import { isVisible, seenSchema, wholeSchema } from './rules/declared.ts';
import { completenessErrors } from './structural-check/completeness.ts';
import { defaultErrors } from './structural-check/default-values.ts';
import { invariantErrors } from './structural-check/invariants.ts';
import { keywordErrors, type Surroundings, unsupportedOf } from './structural-check/keywords.ts';
import { expressionErrors, ruleTextErrors } from './structural-check/rule-texts.ts';
import { errorOf } from './validate/field-error.ts';

/** What a root schema may have beside a status subresource; Go's names, as the API server tells them. */
const AT_ROOT = (
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern ' +
  'MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example ' +
  'XPreserveUnknownFields XValidations'
).split(' ');

/** A schema within a definition. */
interface Place extends Surroundings {
  readonly path: string;
  readonly isRoot: boolean;
  /** The nearest part above whose values cannot be told apart after a change. */
  readonly uncorrelatable: string | undefined;
  /** Whether rules see it: not within `anyOf` and its like. */
  readonly isSeen: boolean;
}

/**
 * All that the API server has against an `openAPIV3Schema` at `path`, such as `spec.validation.openAPIV3Schema`; and rules that
 * the embedded cluster cannot evaluate. Costs of rules are not estimated.
 */
export function schemaErrors(
  schema: JsonSchema,
  path: string,
  hasStatusSubresource: boolean,
): readonly FieldError[] {
  const structure = isConvertible(schema)
    ? [...invariantErrors(schema, 'root', path), ...completenessErrors(schema, path)]
    : undefined;
  const isStructural = structure?.length === 0;
  const defaults = isStructural ? defaultErrors(schema, path, true) : [];
  const root: Place = {
    path,
    isRoot: true,
    noDefaults: undefined,
    isInMeta: false,
    uncorrelatable: undefined,
    isSeen: isStructural && defaults.length === 0,
  };
  const keywords = walk(schema, root, (one, place) => [
    ...keywordErrors(one, place.path, place),
    ...ruleTextErrors(one, place.path),
  ]);
  const rules = keywords.length > 0 ? [] : walk(schema, root, ruleErrors);
  return [
    ...rootErrors(schema, path, hasStatusSubresource),
    ...(structure ?? []).toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
    ...defaults,
    ...keywords,
    ...rules,
  ];
}

function textOf({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

/** Whether a schema has only what structural schemas are made of; if not, nothing else is said about its structure. */
function isConvertible(schema: JsonSchema): boolean {
  const { properties = {}, anyOf = [], allOf = [], oneOf = [], not } = schema;
  const children = [itemsOf(schema), additionalOf(schema), not, ...anyOf, ...allOf, ...oneOf];
  return (
    unsupportedOf(schema).length === 0 &&
    !Array.isArray(schema.items) &&
    schema['x-kubernetes-preserve-unknown-fields'] !== false &&
    [...children, ...Object.values(properties)].every((child) => child === undefined || isConvertible(child))
  );
}

function rootErrors(schema: JsonSchema, path: string, hasStatusSubresource: boolean): readonly FieldError[] {
  const nullable = schema.nullable
    ? [errorOf('FieldValueForbidden', `${path}.nullable`, undefined, 'nullable cannot be true at the root')]
    : [];
  if (!hasStatusSubresource) return nullable;
  const { type = '' } = schema;
  if (type !== 'object' && type !== '') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [errorOf('FieldValueInvalid', `${path}.type`, type, detail), ...nullable];
  }
  const odd = Object.entries(schema).find(([name, value]) => isSet(value) && !AT_ROOT.includes(goName(name)));
  if (!odd) return nullable;
  const detail = `only [${AT_ROOT.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [errorOf('FieldValueInvalid', path, undefined, detail), ...nullable];
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === false || value === '' || value === 0) return false;
  return !Array.isArray(value) || value.length > 0;
}

/** `XPreserveUnknownFields` of `x-kubernetes-preserve-unknown-fields`. */
function goName(name: string): string {
  return name
    .replace('x-kubernetes-', 'x-')
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function ruleErrors(schema: JsonSchema, place: Place): readonly FieldError[] {
  if (!place.isSeen || !isVisible(schema)) return [];
  const seen = place.isRoot ? wholeSchema(schema) : seenSchema(schema);
  return expressionErrors(schema, seen, place.path, place.uncorrelatable);
}

type Visit = (schema: JsonSchema, place: Place) => readonly FieldError[];

function walk(schema: JsonSchema, place: Place, visit: Visit): readonly FieldError[] {
  const { path } = place;
  const inner = { ...place, isRoot: false };
  const nested = (all: readonly JsonSchema[] | undefined, name: string) =>
    (all ?? []).flatMap((one, at) =>
      walk(one, { ...inner, path: `${path}.${name}[${at}]`, isSeen: false }, visit),
    );
  const additional = additionalOf(schema);
  const items = itemsOf(schema);
  const isMapList = schema['x-kubernetes-list-type'] === 'map';
  return [
    ...visit(schema, place),
    ...(additional ? walk(additional, additionalPlace(inner), visit) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      walk(child, propertyPlace(schema, place, name), visit),
    ),
    ...(schema.not ? walk(schema.not, { ...inner, path: `${path}.not`, isSeen: false }, visit) : []),
    ...nested(schema.allOf, 'allOf'),
    ...nested(schema.oneOf, 'oneOf'),
    ...nested(schema.anyOf, 'anyOf'),
    ...(items
      ? walk(
          items,
          {
            ...inner,
            path: `${path}.items`,
            uncorrelatable: isMapList ? place.uncorrelatable : (place.uncorrelatable ?? path),
          },
          visit,
        )
      : []),
  ];
}

function additionalPlace(place: Place): Place {
  const noDefaults = place.isInMeta
    ? 'inside additionalProperties applying to object metadata'
    : place.noDefaults;
  return { ...place, path: `${place.path}.additionalProperties`, noDefaults };
}

function propertyPlace(schema: JsonSchema, place: Place, name: string): Place {
  const isMeta = META_FIELDS.has(name) && (place.isRoot || schema['x-kubernetes-embedded-resource'] === true);
  return {
    ...place,
    isRoot: false,
    path: `${place.path}.properties[${name}]`,
    isInMeta: place.isInMeta || isMeta,
    noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
  };
}
