import { additionalOf, itemsOf, type JsonSchema } from '../schema/json-schema.ts';
import { type OpenApiSchema, publishedName, reference } from './built-in-types.ts';
import type { Kind } from './kind.ts';

const TEXT = { type: 'string' } as const;
const EITHER = [{ type: 'integer' }, { type: 'string' }] as const;

/** The name under which a custom kind is published: `io.fluxcd.toolkit.source.v1.Bucket` of `source.toolkit.fluxcd.io`. */
export function customName({ group, version, kind }: Kind): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

/** The schema of a custom kind as it is published. */
export function customSchema(json: JsonSchema, kind: Kind): OpenApiSchema {
  const schema = published(json);
  return {
    ...schema,
    properties: { ...(schema.properties as OpenApiSchema | undefined), ...wholeProperties() },
    'x-kubernetes-group-version-kind': [kind],
  };
}

/** The schema of a list of a custom kind. */
export function customListSchema(kind: Kind, listKind: string): OpenApiSchema {
  return {
    description: `${listKind} is a list of ${kind.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: TEXT,
      items: { type: 'array', items: reference(customName(kind)) },
      kind: TEXT,
      metadata: { allOf: [reference(publishedName('meta.v1.ListMeta'))] },
    },
    'x-kubernetes-group-version-kind': [{ ...kind, kind: listKind }],
  };
}

function wholeProperties(): OpenApiSchema {
  return {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: { allOf: [reference(publishedName('meta.v1.ObjectMeta'))] },
  };
}

/** A part of a schema: what is implied by its extensions is written out. */
function published(json: JsonSchema): OpenApiSchema {
  const items = itemsOf(json);
  const additional = additionalOf(json);
  const { properties } = json;
  const inner =
    properties && Object.fromEntries(Object.entries(properties).map(([n, one]) => [n, published(one)]));
  const whole = json['x-kubernetes-embedded-resource'] === true;
  return {
    ...json,
    ...(inner && { properties: inner }),
    ...(items && { items: published(items) }),
    ...(additional && { additionalProperties: published(additional) }),
    ...(json['x-kubernetes-int-or-string'] && !json.anyOf && { anyOf: EITHER }),
    ...(whole && { required: ['kind', 'apiVersion'], properties: { ...inner, ...wholeProperties() } }),
  };
}
