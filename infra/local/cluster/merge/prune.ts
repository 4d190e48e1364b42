import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { fieldsAndStructsOf } from './extract.ts';
import { difference, type FieldSet, intersection, isEmptySet, NO_FIELDS, union } from './field-set.ts';
import type { Owner, Owners } from './managers.ts';
import { objectIn, schemaIn, type Versions, withStructs } from './ownership.ts';
import { removeFields } from './remove.ts';

/**
 * `merged` without what `last` owned, the applier's entry before this apply, and nobody owns now. What is in a removed item goes
 * with it, but defaults that nobody owns stay as long as something around them does.
 */
export function pruned(
  versions: Versions,
  merged: KubernetesObject,
  owners: Owners,
  last: Owner | undefined,
  applied: FieldSet,
): KubernetesObject {
  if (!last || isEmptySet(last.fields)) return merged;
  // Whoever applies all that was applied before takes nothing away.
  if (last.apiVersion === versions.apiVersion && isEmptySet(difference(last.fields, applied))) return merged;
  const schema = schemaIn(versions, last.apiVersion);
  if (!schema) return merged;

  const whole = objectIn(versions, merged, last.apiVersion);
  const lastFields = withStructs(last.fields, schema);
  const bare = removeFields(whole, lastFields, schema);
  const all = fieldsAndStructsOf(whole, schema);
  const owned = addBack(versions, { whole, all, apiVersion: last.apiVersion }, bare, owners);
  const gone = intersection(difference(all, fieldsAndStructsOf(owned, schema)), lastFields);
  return objectIn(versions, removeFields(whole, gone, schema), versions.apiVersion);
}

/** The merged object in the version it was last applied in, with its fields. */
interface Merged {
  readonly whole: KubernetesObject;
  readonly all: FieldSet;
  readonly apiVersion: string;
}

/** `bare` with all of the merged object that anybody owns, version by version, its own first. */
function addBack(
  versions: Versions,
  { whole, all, apiVersion }: Merged,
  bare: KubernetesObject,
  owners: Owners,
): KubernetesObject {
  const byVersion = new Map<string, FieldSet>([[apiVersion, NO_FIELDS]]);
  for (const owner of owners.values()) {
    const fields = byVersion.get(owner.apiVersion) ?? NO_FIELDS;
    byVersion.set(owner.apiVersion, union(fields, owner.fields));
  }
  let left = bare;
  for (const [version, fields] of byVersion) {
    const schema = schemaIn(versions, version);
    if (!schema) continue;
    const object = objectIn(versions, whole, version);
    const there = version === apiVersion ? all : fieldsAndStructsOf(object, schema);
    const some = fieldsAndStructsOf(objectIn(versions, left, version), schema);
    const kept = union(some, withStructs(fields, schema));
    left = removeFields(object, difference(there, kept), schema);
  }
  return objectIn(versions, left, apiVersion);
}
