import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Schema } from '../schema/schema.ts';
import { type Comparison, compare } from './compare.ts';
import {
  difference,
  differenceBeneath,
  type FieldSet,
  hasFieldsBeneath,
  intersection,
  isEmptySet,
  isMember,
  NO_FIELDS,
  union,
} from './field-set.ts';
import type { Owner, Owners } from './managers.ts';
import { memberSchema, shapeOf } from './values.ts';

/** The version that a request speaks, and how objects look in others. */
export interface Versions {
  readonly apiVersion: string;
  readonly schema: Schema;
  /** The schema of another version of the kind; undefined when it is not served: who owned something in it owns nothing. */
  readonly schemaOf?: (apiVersion: string) => Schema | undefined;
  /** The object in another version; without it only `apiVersion` differs, as of custom kinds without conversion. */
  readonly convert?: (object: KubernetesObject, apiVersion: string) => KubernetesObject;
  /** What the request may not write, and is nobody's by it: see `resetFields`. */
  readonly reset?: FieldSet;
}

/** The schema of a version, the request's own or another that is served. */
export function schemaIn(versions: Versions, apiVersion: string): Schema | undefined {
  if (apiVersion === versions.apiVersion) return versions.schema;
  return versions.schemaOf ? versions.schemaOf(apiVersion) : versions.schema;
}

/** The object in a version. */
export function objectIn(versions: Versions, object: KubernetesObject, apiVersion: string): KubernetesObject {
  if (object.apiVersion === apiVersion) return object;
  return versions.convert?.(object, apiVersion) ?? { ...object, apiVersion };
}

/** `set` without what the request may not write. */
export function writable({ reset }: Versions, set: FieldSet): FieldSet {
  return reset ? differenceBeneath(set, reset) : set;
}

/** What a write changes, without what it may not. */
function changes(
  versions: Versions,
  apiVersion: string,
  before: KubernetesObject,
  after: KubernetesObject,
): Comparison | undefined {
  const schema = schemaIn(versions, apiVersion);
  if (!schema) return undefined;
  const { added, modified, removed } = compare(
    objectIn(versions, before, apiVersion),
    objectIn(versions, after, apiVersion),
    schema,
  );
  return {
    added: writable(versions, added),
    modified: writable(versions, modified),
    removed: writable(versions, removed),
  };
}

/** What others lose by a write. */
export interface Losses {
  /** The others with what is left to them; who is left nothing is gone. */
  readonly owners: Map<string, Owner>;
  /** What was theirs and gets another value, by `ownerKey`. */
  readonly conflicts: ReadonlyMap<string, FieldSet>;
  /** In the request's own version. */
  readonly changed: Comparison;
}

/** Who of `owners`, but for `self`, loses what when `after` is written over `before`. */
export function losses(
  versions: Versions,
  before: KubernetesObject,
  after: KubernetesObject,
  owners: Owners,
  self?: string,
): Losses {
  const byVersion = new Map<string, Comparison | undefined>();
  const changesIn = (apiVersion: string): Comparison | undefined => {
    if (!byVersion.has(apiVersion)) {
      byVersion.set(apiVersion, changes(versions, apiVersion, before, after));
    }
    return byVersion.get(apiVersion);
  };
  const changed = changesIn(versions.apiVersion) as Comparison;
  const left = new Map<string, Owner>();
  const conflicts = new Map<string, FieldSet>();
  for (const [key, owner] of owners) {
    const theirs = changesIn(owner.apiVersion);
    if (!theirs) continue;
    const lost = key === self ? NO_FIELDS : intersection(owner.fields, union(theirs.modified, theirs.added));
    if (!isEmptySet(lost)) conflicts.set(key, lost);
    const fields = key === self ? owner.fields : difference(difference(owner.fields, lost), theirs.removed);
    if (!isEmptySet(fields)) left.set(key, withFields(owner, fields));
  }
  return { owners: left, conflicts, changed };
}

/** The owner with these fields: itself when they are the same object. */
export function withFields(owner: Owner, fields: FieldSet): Owner {
  if (owner.fields === fields) return owner;
  const { entry: _, ...rest } = owner;
  return { ...rest, fields };
}

/** The owners as today's schemas have it: of what is owned as one value now, a part owned earlier is the whole. Versions gone are left out. */
export function reconciled(versions: Versions, owners: Owners): Map<string, Owner> {
  const result = new Map<string, Owner>();
  for (const [key, owner] of owners) {
    const schema = schemaIn(versions, owner.apiVersion);
    if (schema) result.set(key, withFields(owner, coarsened(owner.fields, schema)));
  }
  return result;
}

function coarsened(set: FieldSet, schema: Schema): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element in set) {
    const node = set[element] as FieldSet;
    if (element === '.' || !hasFieldsBeneath(node)) continue;
    const beneath = element[0] === 'f' ? memberSchema(schema, element.slice(2)) : schema.items;
    if (!beneath || beneath.type === 'any') continue;
    const next = shapeOf(beneath, undefined) === 'one' ? NO_FIELDS : coarsened(node, beneath);
    if (next === node) continue;
    result ??= { ...set };
    result[element] = next;
  }
  return result ?? set;
}

/** `set` with the structs' fields above what is in it: those are listed only by what is beneath them. */
export function withStructs(set: FieldSet, schema: Schema | undefined): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const node = set[element] as FieldSet;
    if (element === '.' || !hasFieldsBeneath(node)) {
      result[element] = node;
      continue;
    }
    const named = element[0] === 'f' ? schema?.field(element.slice(2)) : undefined;
    const beneath = element[0] === 'f' ? named : element[0] === 'k' ? schema?.items : undefined;
    const deeper = withStructs(node, beneath);
    const struct = schema?.type === 'object' && named !== undefined && !isMember(node);
    result[element] = struct ? { '.': NO_FIELDS, ...deeper } : deeper;
  }
  return result;
}
