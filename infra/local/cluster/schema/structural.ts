import { createHash } from 'node:crypto';
import { toJson } from '../../../../shared/core/json.ts';
import { builtInType, objectMeta } from './built-in.ts';
import { additionalOf, itemsOf, type JsonSchema, META_FIELDS, propertyOf } from './json-schema.ts';
import type { Schema } from './schema.ts';

/** The schema of a CRD's version, in both forms. */
export interface Definition {
  /** Of the JSON. */
  readonly digest: string;
  readonly json: JsonSchema;
  readonly schema: Schema;
}

/** Equal definitions of all clusters are one, for as long as a cluster holds its schema. */
const definitions = new Map<string, WeakRef<Definition>>();
const definitionsBySchema = new WeakMap<Schema, Definition>();
const forgotten = new FinalizationRegistry<string>((digest) => {
  if (definitions.get(digest)?.deref() === undefined) definitions.delete(digest);
});

/** The schema of a CRD's version from its `openAPIV3Schema`; the same for equal ones. Nodes are made when they are asked for. */
export function structural(openAPIV3Schema: JsonSchema): Schema {
  const digest = createHash('sha256').update(toJson(openAPIV3Schema)).digest('base64');
  const known = definitions.get(digest)?.deref();
  if (known) return known.schema;
  const definition = { digest, json: openAPIV3Schema, schema: nodeOf(openAPIV3Schema, true) };
  definitions.set(digest, new WeakRef(definition));
  definitionsBySchema.set(definition.schema, definition);
  forgotten.register(definition, digest);
  return definition.schema;
}

/** The definition that `schema` is the root of; undefined of a built-in kind. */
export function definitionOf(schema: Schema): Definition | undefined {
  return definitionsBySchema.get(schema);
}

/** A value that `additionalProperties: true` allows: any, of which nothing below is declared. */
const UNDECLARED: Schema = base({ nullable: true }, 'any', false);

function base(json: JsonSchema, type: Schema['type'], atomic: boolean): Schema {
  return {
    type,
    ...(json.format !== undefined && { format: json.format }),
    nullable: json.nullable === true,
    preservesUnknown: json['x-kubernetes-preserve-unknown-fields'] === true,
    embedded: json['x-kubernetes-embedded-resource'] === true,
    atomic,
    fieldNames: [],
    field: () => undefined,
    items: undefined,
    listType: undefined,
    listKeys: [],
    patchStrategy: [],
    patchMergeKey: undefined,
    default: json.default,
  };
}

/** The node of a part of a definition, or of all of it. */
export function nodeOf(json: JsonSchema, isRoot = false): Schema {
  if (json['x-kubernetes-int-or-string']) return base(json, 'int-or-string', true);
  switch (json.type) {
    case 'array':
      return listNode(json);
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return base(json, json.type, true);
    default:
      return objectNode(json, isRoot || json['x-kubernetes-embedded-resource'] === true);
  }
}

function listNode(json: JsonSchema): Schema {
  const declared = json['x-kubernetes-list-type'];
  const listType = declared === 'set' || declared === 'map' || declared === 'atomic' ? declared : undefined;
  let items: Schema | undefined;
  return {
    ...base(json, 'list', listType === undefined || listType === 'atomic'),
    listType,
    listKeys: json['x-kubernetes-list-map-keys'] ?? [],
    get items() {
      const of = itemsOf(json);
      if (of) items ??= nodeOf(of);
      return items;
    },
  };
}

function objectNode(json: JsonSchema, isWhole: boolean): Schema {
  const names = Object.keys(json.properties ?? {});
  const made = new Map<string, Schema>();
  let others: Schema | undefined;
  const isMap = json.additionalProperties !== undefined && names.length === 0;
  const type = json.type !== 'object' ? 'any' : isMap ? 'map' : 'object';
  return {
    ...base(json, type, json['x-kubernetes-map-type'] === 'atomic'),
    fieldNames: isWhole ? [...new Set([...META_FIELDS, ...names])] : names,
    field(name) {
      const known = made.get(name);
      if (known) return known;
      const declared = propertyOf(json, name);
      const node = isWhole && META_FIELDS.has(name) ? metaNode(name) : declared && nodeOf(declared);
      if (node) {
        made.set(name, node);
        return node;
      }
      const additional = additionalOf(json);
      others ??= additional
        ? nodeOf(additional)
        : json.additionalProperties !== undefined
          ? UNDECLARED
          : undefined;
      return others;
    },
  };
}

function metaNode(name: string): Schema | undefined {
  return name === 'metadata' ? objectMeta() : builtInType('meta.v1.Status').field(name);
}
