import type { KubernetesObject, ManagedFieldsEntry } from '../../../../shared/core/kubernetes-object.ts';
import { ordered, respelt } from './elements.ts';
import { type FieldSet, NO_FIELDS } from './field-set.ts';
import { isMap } from './values.ts';

/** What one manager owns, by one operation, of one subresource and (updates only) in one version. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource?: string;
  /** Seconds are all that is kept, in RFC 3339. */
  readonly time?: string;
  readonly fields: FieldSet;
  /** The entry that says all this, when nothing of it has changed. */
  readonly entry?: ManagedFieldsEntry;
}

/** Owners by what tells one from another (`ownerKey`). */
export type Owners = ReadonlyMap<string, Owner>;

/** What tells owners apart: JSON, because conflicts are listed in its order. An applier is one in all versions. */
export function ownerKey({
  manager,
  operation,
  apiVersion,
  subresource,
}: Pick<Owner, 'manager' | 'operation' | 'apiVersion'> & { subresource?: string | undefined }): string {
  return JSON.stringify({
    ...(manager !== '' && { manager }),
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource && { subresource }),
  });
}

/** The owners that the `metadata.managedFields` of a stored object tells of. */
export function storedOwners(object: KubernetesObject | undefined): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const entry of object?.metadata.managedFields ?? []) {
    const owner = ownerOf(entry, (entry.fieldsV1 as FieldSet | undefined) ?? NO_FIELDS);
    owners.set(ownerKey(owner), { ...owner, entry });
  }
  return owners;
}

/** The owners that managedFields from a client tell of; undefined when an entry is not as the API server would have it. */
export function sentOwners(entries: unknown): Map<string, Owner> | undefined {
  const owners = new Map<string, Owner>();
  if (!Array.isArray(entries)) return owners;
  for (const entry of entries) {
    const owner = readOwner(entry);
    if (!owner) return undefined;
    owners.set(ownerKey(owner), owner);
  }
  return owners;
}

/** `metadata.managedFields` of these owners, in the API server's order. */
export function writeOwners(owners: Owners): readonly ManagedFieldsEntry[] {
  return [...owners.values()].sort(compareOwners).map(entryOf);
}

/** RFC 3339 with seconds, as in managedFields. */
export function timeText(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/** Older first; whoever has no time is oldest. */
export function compareTimes(a: Owner, b: Owner): number {
  return compareText(a.time ?? '', b.time ?? '');
}

function entryOf(owner: Owner): ManagedFieldsEntry {
  const { manager, operation, apiVersion, time, fields, subresource } = owner;
  if (owner.entry) return owner.entry;
  return {
    ...(manager !== '' && { manager }),
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: ordered(fields),
    ...(subresource && { subresource }),
  };
}

function ownerOf(entry: ManagedFieldsEntry, fields: FieldSet): Owner {
  const { manager = '', operation = 'Update', apiVersion = '', time, subresource } = entry;
  return {
    ...{ manager, operation, apiVersion, fields },
    ...(subresource && { subresource }),
    ...(time !== undefined && time !== null && { time }),
  };
}

function readOwner(entry: ManagedFieldsEntry): Owner | undefined {
  const { operation, apiVersion = '', fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  const fields = readFields(entry.fieldsV1 ?? NO_FIELDS);
  return fields && ownerOf(entry, fields);
}

/** Fields, keys, values and indexes. */
const ELEMENT = /^[fkvi]:/;

/** `fieldsV1` as a set; undefined when it cannot be read. */
function readFields(fields: unknown): FieldSet | undefined {
  if (!isMap(fields) || !isReadable(fields)) return undefined;
  try {
    return respelt(fields as FieldSet);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isReadable(fields: Readonly<Record<string, unknown>>): boolean {
  for (const element in fields) {
    const node = fields[element];
    if (!isMap(node) || (element !== '.' && !ELEMENT.test(element))) return false;
    if (!isReadable(node)) return false;
  }
  return true;
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compareText(a.operation, b.operation) ||
    compareTimes(a, b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource ?? '', b.subresource ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
