import { typeOfKind } from '../../../../shared/core/kubernetes-schema/field.ts';
import type { ResourceType } from '../model.ts';
import { subresourceType } from '../schema/built-in-resources.ts';
import { definitionOf } from '../schema/structural.ts';
import { builtInSchemas, type OpenApiSchema, publishedName } from './built-in-types.ts';
import { customListSchema, customName, customSchema } from './custom-types.ts';
import { groupVersionOf, type Kind, kindsOfType } from './kind.ts';
import { collectionOperations, collectionPath, objectOperations, type Spoken } from './operations.ts';

/** Types that every document has. */
const OF_ALL = ['meta.v1.Status', 'meta.v1.DeleteOptions', 'meta.v1.Patch'];

/** The OpenAPI v3 document of a group version, made of its resources. */
export function documentOf(groupVersion: string, resources: readonly ResourceType[]): OpenApiSchema {
  const custom = resources.flatMap((type) => customSchemas(type));
  const roots = [...OF_ALL, ...resources.flatMap(builtInRoots)];
  const builtIn = builtInSchemas(roots, (type) => kindsOfType(type, groupVersion));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'embedded' },
    paths: Object.fromEntries(
      resources.flatMap(pathsOf).map(([path, operations]) => [path, { ...operations, ...placesOf(path) }]),
    ),
    components: { schemas: { ...builtIn, ...Object.fromEntries(custom) } },
  };
}

function kindOf({ group, version, kind }: ResourceType): Kind {
  return { group, kind, version };
}

function customSchemas(type: ResourceType): readonly (readonly [string, OpenApiSchema])[] {
  const definition = definitionOf(type.schema);
  if (!definition) return [];
  const kind = kindOf(type);
  return [
    [customName(kind), customSchema(definition.json, kind)],
    [customName({ ...kind, kind: type.listKind }), customListSchema(kind, type.listKind)],
  ];
}

function builtInRoots(type: ResourceType): readonly string[] {
  const scale = type.subresources.includes('scale') ? ['autoscaling.v1.Scale'] : [];
  if (definitionOf(type.schema)) return [...scale, 'meta.v1.ObjectMeta', 'meta.v1.ListMeta'];
  const version = groupVersionOf(type);
  const foreign = type.subresources.map((name) => {
    const spoken = subresourceType(type, name);
    return spoken && typeOfKind(groupVersionOf(spoken), spoken.kind);
  });
  const own = [typeOfKind(version, type.kind), typeOfKind(version, type.listKind)];
  return [...own, ...foreign].filter((name) => name !== undefined);
}

function pathsOf(type: ResourceType): readonly (readonly [string, OpenApiSchema])[] {
  const collection = collectionPath(type);
  const spoken = spokenBy(type);
  const one = `${collection}/{name}`;
  const everywhere = collection.replace('namespaces/{namespace}/', '');
  const listable = type.verbs.filter((verb) => verb === 'list');
  return [
    [collection, collectionOperations(type.verbs, spoken)] as const,
    // Posted to a collection, not to an object.
    [
      one,
      objectOperations(
        type.verbs.filter((verb) => verb !== 'create'),
        spoken,
      ),
    ] as const,
    ...(type.namespaced ? [[everywhere, collectionOperations(listable, spoken)] as const] : []),
    ...type.subresources.flatMap((name) => subresourcePath(type, name, one)),
  ].filter(([, operations]) => Object.keys(operations).length > 0);
}

/** What a request fills into a path. */
function placesOf(path: string): OpenApiSchema {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const schema = { type: 'string', uniqueItems: true };
  const parameters = names.map((name) => ({ name, in: 'path', required: true, schema }));
  return parameters.length > 0 ? { parameters } : {};
}

function subresourcePath(
  type: ResourceType,
  name: string,
  one: string,
): readonly (readonly [string, OpenApiSchema])[] {
  const other = subresourceType(type, name);
  if (!other) return [];
  const { group, version, kind, verbs } = other;
  const object =
    kind === type.kind ? spokenBy(type).object : publishedName(typeOfKind(groupVersionOf(other), kind) ?? '');
  const spoken = {
    kind: { group, kind, version },
    object,
    list: undefined,
    custom: type.custom !== undefined,
  };
  return [[`${one}/${name}`, objectOperations(verbs, spoken)]];
}

function spokenBy(type: ResourceType): Spoken {
  const kind = kindOf(type);
  if (definitionOf(type.schema)) {
    const list = customName({ ...kind, kind: type.listKind });
    return { kind, object: customName(kind), list, custom: true };
  }
  const version = groupVersionOf(type);
  const list = typeOfKind(version, type.listKind);
  return {
    kind,
    object: publishedName(typeOfKind(version, type.kind) ?? ''),
    list: list && publishedName(list),
    custom: false,
  };
}
