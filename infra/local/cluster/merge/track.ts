import type { KubernetesObject, ManagedFieldsEntry } from '../../../../shared/core/kubernetes-object.ts';
import { difference, type FieldSet, isEmptySet, union } from './field-set.ts';
import {
  compareTimes,
  type Owner,
  type Owners,
  ownerKey,
  sentOwners,
  storedOwners,
  timeText,
  writeOwners,
} from './managers.ts';
import { newObject } from './new-object.ts';
import { losses, reconciled, type Versions, withFields, writable } from './ownership.ts';

/** A write other than server-side apply. */
export interface Tracking extends Versions {
  /** What is stored; absent when it is being created. */
  readonly before?: KubernetesObject | undefined;
  /** What the request would store, after decoding and defaults; with the `managedFields` that the client sent. */
  readonly after: KubernetesObject;
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** Whether a CRD declares the kind. */
  readonly custom: boolean;
  readonly now: Date;
}

/** More entries of updates than this are merged, oldest first (`DefaultMaxUpdateManagers` of the API server). */
export const MAX_UPDATE_MANAGERS = 10;
const MERGED_MANAGERS = 'ancient-changes';

/** `after` with the `managedFields` that a create, an update or a patch leaves. */
export function trackUpdate(write: Tracking): KubernetesObject {
  const { before, after } = write;
  const owners = ownersOf(write);
  // What is not tracked from its creation, or no longer, begins to be with the first apply.
  if (owners.size === 0 && before !== undefined) return withEntries(after, []);
  const start = before ?? newObject(after, write.schema, write.custom);
  return withOwners(after, recordUpdate(write, start, after, owners));
}

/** What clients may say of managedFields: nothing (what is stored stays), `[{}]` or `[]` (forget them), or entries to put there. */
function ownersOf({ before, after, subresource, custom }: Tracking): Owners {
  const sent: unknown = after.metadata.managedFields;
  const stored = before?.metadata.managedFields;
  if (subresource !== undefined || sent === undefined || sent === stored) return storedOwners(before);
  if (Array.isArray(sent) && forgets(sent, custom)) return new Map();
  const owners = sentOwners(sent);
  return owners && owners.size > 0 ? owners : storedOwners(before);
}

// Decoding a custom object leaves out an empty list.
function forgets(sent: readonly unknown[], custom: boolean): boolean {
  if (sent.length === 0) return !custom;
  return sent.length === 1 && Object.values(sent[0] ?? {}).every((value) => value === null || value === '');
}

/** The owners after a write by update; `manager` gets what it changes, everybody else loses that and what is removed. */
export function recordUpdate(
  write: Omit<Tracking, 'before' | 'after'>,
  before: KubernetesObject,
  after: KubernetesObject,
  owners: Owners,
): Owners {
  const { manager, apiVersion, subresource, now } = write;
  const { owners: left, changed } = losses(write, before, after, reconciled(write, owners));
  const fields = ownable(writable(write, union(changed.modified, changed.added)));
  if (!isEmptySet(fields)) {
    const self = {
      ...{ manager: manager === '' ? 'unknown' : manager, operation: 'Update' as const, apiVersion },
      ...(subresource !== undefined && { subresource }),
    };
    const key = ownerKey(self);
    const previous = left.get(key);
    const all = previous ? union(fields, previous.fields) : fields;
    left.set(key, { ...self, time: timeText(now), fields: all });
  }
  return capped(left);
}

/** `object` with these owners as its managedFields. */
export function withOwners(object: KubernetesObject, owners: Owners): KubernetesObject {
  return withEntries(object, writeOwners(owners));
}

function withEntries(object: KubernetesObject, entries: readonly ManagedFieldsEntry[]): KubernetesObject {
  const { managedFields, ...metadata } = object.metadata;
  if (entries.length === 0) return managedFields === undefined ? object : { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields: entries } };
}

const UNOWNED = [
  'creationTimestamp',
  'generation',
  'managedFields',
  'name',
  'namespace',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** What nobody owns of any object: its identity and what the API server writes itself. */
const NOBODYS: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': { '.': {}, ...Object.fromEntries(UNOWNED.map((name) => [`f:${name}`, {}])) },
};

/** `fields` without what nobody owns. */
export function ownable(fields: FieldSet): FieldSet {
  return difference(fields, NOBODYS);
}

/** The owners with the oldest updates of each version in one entry, until few enough are left. */
function capped(owners: Map<string, Owner>): Owners {
  const updates = [...owners].filter(([, { operation }]) => operation === 'Update');
  let excess = updates.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return owners;
  updates.sort(([a, x], [b, y]) => compareTimes(x, y) || (a < b ? -1 : 1));
  const first = new Map<string, string>();
  for (const [key, owner] of updates) {
    if (excess <= 0) break;
    const { apiVersion } = owner;
    const oldest = first.get(apiVersion);
    if (oldest === undefined) {
      first.set(apiVersion, key);
      continue;
    }
    const bucket = ownerKey({ manager: MERGED_MANAGERS, operation: 'Update', apiVersion });
    const merged = owners.get(bucket) ?? (owners.get(oldest) as Owner);
    if (!owners.has(bucket)) owners.delete(oldest);
    owners.delete(key);
    const { subresource: _, ...rest } = withFields(merged, union(owner.fields, merged.fields));
    owners.set(bucket, {
      ...rest,
      manager: MERGED_MANAGERS,
      ...(owner.time !== undefined && { time: owner.time }),
    });
    excess--;
  }
  return owners;
}
