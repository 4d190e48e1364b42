import type { FieldError } from '../../api-error.ts';
import { itemsOf, type JsonSchema, META_FIELDS } from '../json-schema.ts';
import { pruneValue } from '../prune.ts';
import { ruleErrors } from '../rules/evaluate.ts';
import { nodeOf } from '../structural.ts';
import { errorOf } from '../validate/field-error.ts';
import { fieldErrors } from '../validate/finding.ts';
import { validateValue } from '../validate/value.ts';

/** Defaults that their own schema does not allow. */
export function defaultErrors(schema: JsonSchema, path: string, isWhole: boolean): readonly FieldError[] {
  const items = itemsOf(schema);
  return [
    ...(schema.default === undefined ? [] : ownErrors(schema, `${path}.default`)),
    ...(items ? defaultErrors(items, `${path}.items`, isEmbedded(items)) : []),
    ...Object.entries(schema.properties ?? {})
      // Defaults of metadata are forbidden at the root, and rare below it.
      .filter(([name]) => !(isWhole && META_FIELDS.has(name)))
      .flatMap(([name, child]) => defaultErrors(child, `${path}.properties[${name}]`, isEmbedded(child))),
  ];
}

function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function ownErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  const { default: value } = schema;
  const { unknown } = pruneValue(value, nodeOf(schema));
  const errors = [
    ...(unknown.length > 0
      ? [errorOf('FieldValueInvalid', path, value, 'must not have unknown fields')]
      : []),
    ...fieldErrors(validateValue(schema, value, '').findings, path),
  ];
  return errors.length > 0
    ? errors
    : ruleErrors(schema, value).map((error) => ({ ...error, field: inside(path, error.field) }));
}

function inside(path: string, field: string): string {
  return field === '<nil>' ? path : `${path}.${field}`;
}
