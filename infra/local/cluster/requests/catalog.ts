import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Catalog, Entry, ResourceId, ResourceType, Store } from '../model.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Schema } from '../schema/schema.ts';
import { resourceId, toObject } from '../store/entry.ts';
import { DEFINITIONS, type Definition, definitionOf } from './definition.ts';

/** A catalog that follows the CRDs of a store. */
export interface OpenCatalog extends Catalog {
  /** The CRD that declares this resource and is established; undefined of built-in ones. */
  definition(id: ResourceId): Definition | undefined;
  /** Entries older than this may not be as the schemas of their kind now say; 0 of built-in kinds. */
  schemasSince(id: ResourceId): number;
  close(): void;
}

/** What a catalog is made of; `structural` reads a CRD's `openAPIV3Schema`. */
export interface CatalogOptions {
  readonly store: Store;
  readonly builtIn: readonly ResourceType[];
  readonly structural: (schema: JsonSchema) => Schema;
}

interface Index {
  readonly types: readonly ResourceType[];
  readonly byPlural: ReadonlyMap<string, ResourceType>;
  readonly byKind: ReadonlyMap<string, ResourceType>;
  readonly stored: ReadonlyMap<ResourceId, ResourceType>;
}

// Made once for all clusters.
const builtInIndexes = new WeakMap<readonly ResourceType[], Index>();

/** What is served: `builtIn`, and what the CRDs in `store` declare. */
export function openCatalog({ store, builtIn, structural }: CatalogOptions): OpenCatalog {
  const fixed = indexOf(builtIn);
  const definitions = new Map<string, Definition>();
  for (const entry of store.list(DEFINITIONS)) note(entry);
  let index = merged();

  function note(entry: Entry): void {
    const object = toObject(entry, CRD) as KubernetesObject;
    const old = definitions.get(entry.name);
    const now = definitionOf(object, entry.revision, structural, old);
    if (now) definitions.set(entry.name, now);
    else definitions.delete(entry.name);
  }

  function merged(): Index {
    if (definitions.size === 0) return fixed;
    const served = [...definitions.values()].flatMap(({ types }) => types);
    const stored = [...definitions.values()].map(({ stored }) => stored);
    const all = indexOfTypes(served);
    return {
      types: [...fixed.types, ...served],
      byPlural: layered(fixed.byPlural, all.byPlural),
      byKind: layered(fixed.byKind, all.byKind),
      stored: layered(fixed.stored, new Map(stored.map((type) => [resourceId(type), type]))),
    };
  }

  const stop = store.subscribe(({ type, entry }) => {
    if (entry.id !== DEFINITIONS) return;
    if (type === 'DELETED') definitions.delete(entry.name);
    else note(entry);
    index = merged();
  });

  const definition = (id: ResourceId) => {
    const name = index.stored.get(id)?.custom?.definition;
    return name === undefined ? undefined : definitions.get(name);
  };
  return {
    resource: (group, version, plural) => index.byPlural.get(`${group}/${version}/${plural}`),
    kind: (group, version, kind) => index.byKind.get(`${group}/${version}/${kind}`),
    all: () => index.types,
    stored: (id) => index.stored.get(id),
    definition,
    schemasSince: (id) => definition(id)?.since ?? 0,
    close: stop,
  };
}

const CRD = { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' };

function indexOf(builtIn: readonly ResourceType[]): Index {
  const known = builtInIndexes.get(builtIn);
  if (known) return known;
  const made = indexOfTypes(builtIn);
  builtInIndexes.set(builtIn, made);
  return made;
}

function indexOfTypes(types: readonly ResourceType[]): Index {
  const byPlural = new Map<string, ResourceType>();
  const byKind = new Map<string, ResourceType>();
  const stored = new Map<ResourceId, ResourceType>();
  for (const type of types) {
    byPlural.set(`${type.group}/${type.version}/${type.plural}`, type);
    byKind.set(`${type.group}/${type.version}/${type.kind}`, type);
    // The preferred version comes first.
    const id = resourceId(type);
    if (!stored.has(id)) stored.set(id, type);
  }
  return { types, byPlural, byKind, stored };
}

/** Without a copy of what all clusters share. */
function layered<V>(below: ReadonlyMap<string, V>, above: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return { get: (key: string) => below.get(key) ?? above.get(key) } as ReadonlyMap<string, V>;
}
