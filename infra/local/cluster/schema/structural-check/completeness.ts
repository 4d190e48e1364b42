import type { FieldError } from '../../api-error.ts';
import { itemsOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import { errorOf } from '../validate/field-error.ts';

/** What is restricted in `anyOf`, `allOf`, `oneOf` or `not` without being declared outside of them. */
export function completenessErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  return junctorErrors(schema, schema, path, path);
}

function junctorErrors(
  values: JsonSchema,
  declared: JsonSchema,
  path: string,
  at: string,
): readonly FieldError[] {
  const each = (all: readonly JsonSchema[] | undefined, name: string) =>
    (all ?? []).flatMap((one, index) => nestedErrors(one, declared, path, `${at}.${name}[${index}]`));
  return [
    ...(values.not ? nestedErrors(values.not, declared, path, `${at}.not`) : []),
    ...each(values.allOf, 'allOf'),
    ...each(values.anyOf, 'anyOf'),
    ...each(values.oneOf, 'oneOf'),
  ];
}

function nestedErrors(
  values: JsonSchema,
  declared: JsonSchema | undefined,
  path: string,
  at: string,
): readonly FieldError[] {
  if (!declared) return [errorOf('FieldValueRequired', path, undefined, `because it is defined in ${at}`)];
  const items = itemsOf(values);
  return [
    ...junctorErrors(values, declared, path, at),
    ...(items ? nestedErrors(items, itemsOf(declared), `${path}.items`, `${at}.items`) : []),
    ...Object.entries(values.properties ?? {}).flatMap(([name, child]) =>
      nestedErrors(
        child,
        propertyOf(declared, name),
        `${path}.properties[${name}]`,
        `${at}.properties[${name}]`,
      ),
    ),
  ];
}
