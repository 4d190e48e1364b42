import type { FieldError } from '../api-error.ts';
import { type JsonSchema, propertyOf } from './json-schema.ts';
import { fieldsOf } from './prune.ts';
import { hasRules, ruleErrors } from './rules/evaluate.ts';
import type { Schema } from './schema.ts';
import { definitionOf } from './structural.ts';
import { correlate } from './validate/correlation.ts';
import { embeddedErrors } from './validate/embedded.ts';
import { errorOf } from './validate/field-error.ts';
import { fieldErrors, type Result } from './validate/finding.ts';
import { listErrors } from './validate/lists.ts';
import { validateChange, validateValue } from './validate/value.ts';

/** How an object is validated. */
export interface ValidateOptions {
  /** What it was: what is wrong and has not changed is let through, and rules may compare. */
  readonly old?: unknown;
  /** `status`: only that part is held against the schema, as when its subresource is written. */
  readonly subresource?: 'status';
  /** What is known to be wrong already, such as with its metadata: rules are not checked after some of it. */
  readonly known?: readonly FieldError[];
}

/** After these, rules are not checked. */
const BLOCKING: ReadonlySet<FieldError['reason']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** All that the schema of a custom kind says against an object, without `known`; none for built-in kinds, whose schemas do not validate. */
export function validate(
  schema: Schema,
  object: unknown,
  options: ValidateOptions = {},
): readonly FieldError[] {
  const definition = definitionOf(schema);
  return definition ? validateJson(definition.json, object, options) : [];
}

/** The same, by an `openAPIV3Schema`. */
export function validateJson(
  json: JsonSchema,
  object: unknown,
  { old, subresource, known = [] }: ValidateOptions = {},
): readonly FieldError[] {
  const oldLists = old === undefined ? [] : listErrors(json, old);
  const errors = [
    ...(subresource === 'status' ? statusErrors(json, object, old) : wholeErrors(json, object, old)),
    ...(subresource === 'status' ? [] : embeddedErrors(json, object)),
    ...(oldLists.length === 0 ? listErrors(json, object) : []),
  ];
  if (!hasRules(json)) return errors;
  const blocks = [...known, ...errors].some(({ reason }) => BLOCKING.has(reason));
  return blocks
    ? [...errors, errorOf('FieldValueInvalid', '', null, NOT_CHECKED)]
    : [...errors, ...ruleErrors(json, object, old)];
}

function wholeErrors(json: JsonSchema, object: unknown, old: unknown): readonly FieldError[] {
  return fieldErrors(resultOf(json, object, old).findings, '');
}

function statusErrors(json: JsonSchema, object: unknown, old: unknown): readonly FieldError[] {
  const status = fieldsOf(object)?.status;
  const schema = propertyOf(json, 'status');
  if (status === undefined || !schema) return [];
  return fieldErrors(resultOf(schema, status, fieldsOf(old)?.status).findings, 'status');
}

function resultOf(schema: JsonSchema, value: unknown, old: unknown): Result {
  return old === undefined
    ? validateValue(schema, value, '')
    : validateChange(schema, value, '', correlate(schema, value, old));
}
