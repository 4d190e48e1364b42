import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, badRequest } from '../api-error.ts';
import { untypedParts } from './check.ts';
import { combine } from './combine.ts';
import { type Conflict, conflictsOf, toConflictError } from './conflicts.ts';
import { fieldSetOf } from './extract.ts';
import { type FieldSet, isEmptySet, isSameSet } from './field-set.ts';
import { LAST_APPLIED_MANAGER, unforeseen, withLastApplied } from './last-applied.ts';
import { type Owner, type Owners, ownerKey, storedOwners, timeText } from './managers.ts';
import { newObject } from './new-object.ts';
import { losses, reconciled, type Versions, withFields, writable } from './ownership.ts';
import { pruned } from './prune.ts';
import { ownable, recordUpdate, withOwners } from './track.ts';

/** A server-side apply. */
export interface Application extends Versions {
  /** What is stored; absent when it is being created. */
  readonly live?: KubernetesObject | undefined;
  /** What was sent, as it was sent. */
  readonly applied: KubernetesObject;
  readonly manager: string;
  /** Takes fields over from those who own them. */
  readonly force: boolean;
  readonly subresource?: string | undefined;
  /** Whether a CRD declares the kind. */
  readonly custom: boolean;
  readonly now: Date;
}

// The owner of what was there before an object was applied for the first time.
const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * What a server-side apply makes of an object, before defaults and strategies; `live` itself when it changes nothing.
 * Throws ApiError: 409 with the conflicts, 400 or 500 when `applied` cannot be merged.
 */
export function applyConfiguration(application: Application): KubernetesObject {
  const { applied, apiVersion } = application;
  if (applied.apiVersion !== apiVersion) {
    throw badRequest(`invalid object type: ${kindText(applied)}`);
  }
  const owners = ownersOf(application);
  demandMergeable(application);
  const outcome = attempt(application, owners);
  const { conflicts } = outcome;
  if (!application.force && conflicts.length > 0) {
    // kubectl takes over what it applied by itself before.
    const takesOver = application.manager === LAST_APPLIED_MANAGER && application.live;
    const left = takesOver ? unforeseen(application, takesOver, conflicts) : conflicts;
    if (left.length > 0) throw toConflictError(left);
  }
  return finished(application, outcome);
}

interface Outcome {
  readonly object: KubernetesObject;
  readonly owners: Owners;
  /** What the applier takes from others. */
  readonly conflicts: readonly Conflict[];
}

function ownersOf(application: Application): Owners {
  const { live } = application;
  const owners = storedOwners(live);
  if (!live || owners.size > 0) return owners;
  const start = newObject(live, application.schema, application.custom);
  return recordUpdate({ ...application, manager: BEFORE_FIRST_APPLY }, start, live, owners);
}

function demandMergeable({ live, applied, schema }: Application): void {
  if (Array.isArray(applied.metadata?.managedFields)) throw badRequest('metadata.managedFields must be nil');
  const errors = untypedParts(applied, schema);
  if (errors.length === 0) return;
  const [only] = errors;
  const text = errors.length === 1 ? only : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
  const { name, namespace } = applied.metadata ?? live?.metadata ?? {};
  const about = `${namespace ?? ''}/${name ?? ''}; ${kindText(applied)}`;
  throw new ApiError(500, '', `failed to create typed patch object (${about}): ${text}`);
}

/** `group/version, Kind=kind`; the core group has no name. */
function kindText({ apiVersion, kind }: KubernetesObject): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

function attempt(application: Application, stored: Owners): Outcome {
  const { live, applied, schema, apiVersion } = application;
  const before = live ?? newObject(applied, schema, application.custom);
  const owners = reconciled(application, stored);
  const self = {
    ...{ manager: application.manager, operation: 'Apply' as const, apiVersion },
    ...(application.subresource !== undefined && { subresource: application.subresource }),
  };
  const key = ownerKey(self);
  const last = owners.get(key);
  const fields = writable(application, fieldSetOf(applied, schema));
  owners.set(key, { ...self, ...(last?.time !== undefined && { time: last.time }), fields });

  const merged = combine(before, applied, schema) as KubernetesObject;
  const after = pruned(application, merged, owners, last, fields);
  const { owners: left, conflicts } = losses(application, before, after, owners, key);
  settle(left, key, last, ownable(fields), after === before ? undefined : timeText(application.now));
  return { object: after, owners: left, conflicts: conflictsOf(owners, conflicts) };
}

/** Records what the applier owns, or nothing when that is none; the time moves when the object changed. */
function settle(
  owners: Map<string, Owner>,
  key: string,
  last: Owner | undefined,
  fields: FieldSet,
  time: string | undefined,
): void {
  const self = owners.get(key);
  if (!self) return;
  if (isEmptySet(fields)) owners.delete(key);
  else if (
    last &&
    time === undefined &&
    last.apiVersion === self.apiVersion &&
    isSameSet(last.fields, fields)
  ) {
    owners.set(key, last);
  } else owners.set(key, { ...withFields(self, fields), ...(time !== undefined && { time }) });
}

function finished(application: Application, { object, owners }: Outcome): KubernetesObject {
  const { live, applied, manager } = application;
  const result = manager === LAST_APPLIED_MANAGER ? withLastApplied(object, applied) : object;
  const next = withOwners(result, owners);
  return live && result === live && sameEntries(live, next) ? live : next;
}

function sameEntries(live: KubernetesObject, next: KubernetesObject): boolean {
  const [before = [], after = []] = [live.metadata.managedFields, next.metadata.managedFields];
  return before.length === after.length && after.every((entry, i) => entry === before[i]);
}
