import type { ManagedFieldsEntry } from '../../../../shared/core/kubernetes-object.ts';
import { fieldElement } from './elements.ts';
import { difference, type FieldSet, type GrowingSet, includes, insert, isEmptySet } from './field-set.ts';
import { type Owner, sentOwners, writeOwners } from './managers.ts';
import { withFields } from './ownership.ts';

/** Where a version of a kind has what `/scale` calls `spec.replicas`, as field names; null when it has no such field, undefined when it is not served. */
export type ReplicasIn = (apiVersion: string) => readonly string[] | null | undefined;

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS: FieldSet = { 'f:spec': { 'f:replicas': {} } };

/** The managedFields of an object's Scale: who owns its replicas. */
export function scaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  replicasIn: ReplicasIn,
): readonly ManagedFieldsEntry[] {
  const owners = [...(sentOwners(entries) ?? [])].flatMap(([key, owner]): [string, Owner][] =>
    ownsReplicas(owner, replicasIn)
      ? [[key, withFields({ ...owner, apiVersion: SCALE_VERSION }, REPLICAS)]]
      : [],
  );
  return writeOwners(new Map(owners));
}

/** The managedFields of an object after a write of its Scale left `scale` there; what is new is recorded in `apiVersion`, without a time. */
export function entriesAfterScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  replicasIn: ReplicasIn,
  apiVersion: string,
): readonly ManagedFieldsEntry[] {
  const parents = sentOwners(entries) ?? new Map<string, Owner>();
  const scales = sentOwners(scale) ?? new Map<string, Owner>();
  const left = new Map<string, Owner>();
  for (const [key, owner] of parents) {
    if (replicasIn(owner.apiVersion) === undefined) continue;
    const stays = !ownsReplicas(owner, replicasIn) || scales.delete(key);
    const fields = stays ? owner.fields : difference(owner.fields, replicasSet(replicasIn(owner.apiVersion)));
    if (!isEmptySet(fields)) left.set(key, withFields(owner, fields));
  }
  for (const [key, owner] of scales) {
    if (!includes(owner.fields, ['f:spec', 'f:replicas'])) continue;
    const { entry: _, time: __, ...rest } = owner;
    const time = parents.get(key)?.time;
    const fields = replicasSet(replicasIn(apiVersion));
    left.set(key, { ...rest, apiVersion, fields, ...(time !== undefined && { time }) });
  }
  return writeOwners(left);
}

function ownsReplicas({ apiVersion, fields }: Owner, replicasIn: ReplicasIn): boolean {
  const path = replicasIn(apiVersion);
  return path !== undefined && path !== null && includes(fields, path.map(fieldElement));
}

function replicasSet(path: readonly string[] | null | undefined): FieldSet {
  const set: GrowingSet = {};
  insert(set, (path ?? []).map(fieldElement));
  return set;
}
