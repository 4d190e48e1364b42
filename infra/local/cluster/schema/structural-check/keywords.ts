import type { FieldError } from '../../api-error.ts';
import { itemsOf, type JsonSchema } from '../json-schema.ts';
import { errorOf, notSupported } from '../validate/field-error.ts';

/** What is known of the surroundings of a schema. */
export interface Surroundings {
  /** Why no default may be set here. */
  readonly noDefaults: string | undefined;
  readonly isInMeta: boolean;
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const NOT_SUPPORTED = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;

/** What is wrong with the words of one schema, those below it aside. */
export function keywordErrors(
  schema: JsonSchema,
  path: string,
  { noDefaults, isInMeta }: Surroundings,
): readonly FieldError[] {
  const forbidden = (name: string, detail: string) =>
    errorOf('FieldValueForbidden', `${path}.${name}`, undefined, detail);
  const { type = '' } = schema;
  const isWholeInMeta = isInMeta && schema['x-kubernetes-embedded-resource'] === true;
  const isExclusive =
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== true &&
    Object.keys(schema.properties ?? {}).length > 0;
  return [
    ...(type !== '' && !TYPES.includes(type) ? [notSupported(`${path}.type`, type, TYPES)] : []),
    ...(schema.default !== undefined && noDefaults !== undefined
      ? [forbidden('default', `must not be set ${noDefaults}`)]
      : []),
    ...unsupportedOf(schema).map((name) => forbidden(name, `${name} is not supported`)),
    ...(type === 'null'
      ? [forbidden('type', 'type cannot be set to null, use nullable as an alternative')]
      : []),
    ...(Array.isArray(schema.items)
      ? [forbidden('items', 'items must be a schema object and not an array')]
      : []),
    ...(isWholeInMeta
      ? [forbidden('x-kubernetes-embedded-resource', 'must not be used inside of resource meta')]
      : []),
    ...(schema.uniqueItems
      ? [
          forbidden(
            'uniqueItems',
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...(isExclusive
      ? [forbidden('additionalProperties', 'additionalProperties and properties are mutual exclusive')]
      : []),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false
      ? [
          errorOf(
            'FieldValueInvalid',
            `${path}.x-kubernetes-preserve-unknown-fields`,
            false,
            'must be true or undefined',
          ),
        ]
      : []),
    ...mapTypeErrors(schema, path),
    ...listTypeErrors(schema, path),
  ];
}

/** The words of JSON Schema that CRDs may not use. */
export function unsupportedOf(schema: JsonSchema): readonly string[] {
  return NOT_SUPPORTED.filter((name) => isGiven(schema[name]));
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function mapTypeErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const errors = [...mustBe(schema, 'object', 'x-kubernetes-map-type', path)];
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
  return errors;
}

function mustBe(schema: JsonSchema, type: string, because: string, path: string): readonly FieldError[] {
  if (schema.type === type) return [];
  const reason = (schema.type ?? '') === '' ? 'FieldValueRequired' : 'FieldValueInvalid';
  return [errorOf(reason, `${path}.type`, schema.type, `must be ${type} if ${because} is specified`)];
}

function listTypeErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const at = `${path}.x-kubernetes-list-type`;
  const errors: FieldError[] = [];
  if (listType !== undefined) errors.push(...mustBe(schema, 'array', 'x-kubernetes-list-type', path));
  if (errors.length === 0 && listType === 'set') errors.push(...setErrors(schema, path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(at, listType, ['atomic', 'set', 'map']));
  }
  if (keys.length > 0 && listType !== 'map') {
    const reason = listType === undefined ? 'FieldValueRequired' : 'FieldValueInvalid';
    errors.push(errorOf(reason, at, listType, 'must be map if x-kubernetes-list-map-keys is non-empty'));
  }
  if (listType === 'map') errors.push(...mapListErrors(schema, keys, path));
  const items = itemsOf(schema);
  if ((listType === 'set' || listType === 'map') && items?.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(errorOf('FieldValueForbidden', `${path}.items.nullable`, undefined, detail));
  }
  if (listType === 'map' && items) errors.push(...keyErrors(items, keys, path));
  return errors;
}

function setErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const [name, isAtomic] =
    items?.type === 'array'
      ? (['x-kubernetes-list-type', (items['x-kubernetes-list-type'] ?? 'atomic') === 'atomic'] as const)
      : ([
          'x-kubernetes-map-type',
          items?.type !== 'object' || items['x-kubernetes-map-type'] === 'atomic',
        ] as const);
  const shown = items?.['x-kubernetes-list-type'] ?? null;
  return isAtomic ? [] : [errorOf('FieldValueInvalid', `${path}.items.${name}`, shown, detail)];
}

function mapListErrors(schema: JsonSchema, keys: readonly string[], path: string): readonly FieldError[] {
  const items = itemsOf(schema);
  const at = `${path}.x-kubernetes-list-map-keys`;
  const errors: FieldError[] = [];
  if (keys.length === 0) {
    errors.push(
      errorOf('FieldValueRequired', at, undefined, 'must not be empty if x-kubernetes-list-type is map'),
    );
  }
  if (schema.items === undefined) {
    const detail = 'must have a schema if x-kubernetes-list-type is map';
    errors.push(errorOf('FieldValueRequired', `${path}.items`, undefined, detail));
  }
  if (!items) return errors;
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, errorOf('FieldValueInvalid', `${path}.items.type`, items.type ?? '', detail)];
  }
  keys.forEach((key, index) => {
    const type = items.properties?.[key]?.type;
    if (!items.properties?.[key]) {
      errors.push(errorOf('FieldValueInvalid', at, keys, 'entries must all be names of item properties'));
    } else if (type === 'array' || type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(errorOf('FieldValueInvalid', `${path}.items.properties[${key}].type`, items.type, detail));
    }
    if (keys.indexOf(key) !== index) {
      errors.push(errorOf('FieldValueInvalid', at, keys, 'must not contain duplicate entries'));
    }
  });
  return errors;
}

function keyErrors(items: JsonSchema, keys: readonly string[], path: string): readonly FieldError[] {
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    if (!property) return [];
    const at = `${path}.items.properties[${key}]`;
    const isOptional = !items.required?.includes(key) && property.default === undefined;
    return [
      ...(isOptional
        ? [
            errorOf(
              'FieldValueRequired',
              `${at}.default`,
              undefined,
              'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
            ),
          ]
        : []),
      ...(property.nullable
        ? [
            errorOf(
              'FieldValueForbidden',
              `${at}.nullable`,
              undefined,
              'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
            ),
          ]
        : []),
    ];
  });
}
