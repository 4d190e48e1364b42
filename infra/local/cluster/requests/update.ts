import type {
  KubernetesObject,
  ManagedFieldsEntry,
  ObjectMetadata,
} from '../../../../shared/core/kubernetes-object.ts';
import { conflict, invalid, notFound } from '../api-error.ts';
import { isEqual } from '../merge/values.ts';
import type { Call, Entry, WriteQuery, Written } from '../model.ts';
import { resourceId } from '../store/entry.ts';
import { simulationWarnings } from '../strategies/not-simulated.ts';
import { wrong } from '../strategies/rules/errors.ts';
import { atRevision, createAs } from './create.ts';
import { decodeBody } from './decode.ts';
import { demandName, inNamespace, namedRevision, withUniqueOwners } from './identity.ts';
import { changedMetadataFaults, finalizerWarnings } from './metadata-rules.ts';
import { isHeldNamespace } from './namespaces.ts';
import { tracked } from './ownership.ts';
import { schemaFaults } from './schema-faults.ts';
import { demandLossless, shownObject, storedObject } from './stored-object.ts';
import { isCreatedByUpdate, needsRevision } from './update-rules.ts';
import type { World } from './world.ts';

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** What a request makes of an object; `live` is absent when it has to be created. */
export interface Change {
  /** Whether an absent object is created. */
  readonly creates: boolean;
  /** The object must be this one. */
  readonly uid?: string;
  /** Decoded, with defaults and managedFields. */
  next(live: KubernetesObject | undefined): { object: KubernetesObject; warnings: readonly string[] };
}

/** Replaces an object, or a part of it. */
export function update(world: World, call: Call, body: KubernetesObject, query: WriteQuery): Written {
  const decoded = decodeBody(world, call.type, body, query);
  const placed = inNamespace(call, decoded.object);
  demandName(call, placed);
  const { object, warnings } = withUniqueOwners(placed, false);
  const { uid } = object.metadata;
  return change(world, call, query, {
    creates: call.subresource === undefined && isCreatedByUpdate(resourceId(call.type)),
    ...(uid && { uid }),
    next: (live) => ({
      object: tracked(world, call, query, live, object),
      warnings: [...decoded.warnings, ...warnings],
    }),
  });
}

/** Writes a change over what is stored; what changes nothing is not written. */
export function change(world: World, call: Call, query: WriteQuery, wanted: Change): Written {
  const { type, namespace, name } = call;
  const id = resourceId(type);
  const entry = world.store.get(id, namespace, name);
  if (!entry) return createAbsent(world, call, query, wanted);
  const live = shownObject(world, entry, type);
  demandLossless(world, entry, type);
  if (wanted.uid !== undefined && wanted.uid !== entry.uid) throw otherUid(call, wanted.uid, entry.uid);
  const { object: next, warnings } = wanted.next(live);
  if (next === live) return { object: live, created: false, warnings };
  demandRevision(call, next, entry);
  const made = prepared(world, call, next, live);
  const all = [
    ...warnings,
    ...finalizerWarnings(type, made, live),
    ...(call.subresource === 'status' ? [] : simulationWarnings(id, made, live)),
  ];
  const object = isEqual(made, live) ? live : write(world, call, made, live, query);
  return { object, created: false, warnings: all };
}

function createAbsent(world: World, call: Call, query: WriteQuery, wanted: Change): Written {
  if (!wanted.creates) throw notFound(call.type, call.name);
  const { object, warnings } = wanted.next(undefined);
  const { group, version, plural: resource } = call.type;
  const { user, namespace, name } = call;
  world.access?.demand(user, { verb: 'create', group, version, resource, namespace, name });
  const written = createAs(world, call, object, query);
  return { ...written, warnings: [...warnings, ...written.warnings] };
}

function otherUid({ type, namespace, name }: Call, wanted: string, found: string) {
  const key = `/registry/${type.plural}/${namespace === '' ? '' : `${namespace}/`}${name}`;
  const why = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
  return conflict(
    type,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

function demandRevision(
  { type, name, subresource }: Call,
  next: KubernetesObject,
  { revision }: Entry,
): void {
  const named = namedRevision(next);
  if (named === 0) {
    if (subresource !== undefined || !needsRevision(resourceId(type), type.custom !== undefined)) return;
    const error = wrong('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: type.group, kind: type.plural }, name, [error]);
  }
  if (named !== revision) throw conflict(type, name, MODIFIED);
}

/** The change as it will be stored. Throws 422. */
function prepared(
  world: World,
  call: Call,
  next: KubernetesObject,
  live: KubernetesObject,
): KubernetesObject {
  const { type, subresource } = call;
  const strategy = world.strategies(type);
  const { generation } = live.metadata;
  const { generation: _, ...rest } = next.metadata;
  const start = { ...next, metadata: { ...rest, ...(generation !== undefined && { generation }) } };
  const changed = strategy.prepareUpdate(start, live, subresource, world);
  const made = { ...changed, metadata: kept(changed.metadata, live.metadata) };
  world.access?.demandNoEscalation(call, made);
  const known = changedMetadataFaults(type, made.metadata, live.metadata);
  const faults = [
    ...known,
    ...strategy.validate(made, live, subresource),
    ...schemaFaults(type, made, { known, old: live, subresource }),
  ];
  if (faults.length > 0) throw invalid(type, live.metadata.name, faults);
  return withOldTimes(made, live);
}

/** What no update changes. */
function kept(metadata: ObjectMetadata, old: ObjectMetadata): ObjectMetadata {
  const { uid, creationTimestamp, deletionTimestamp, resourceVersion } = old;
  const grace = (old as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds;
  return {
    ...metadata,
    ...(!metadata.uid && uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(grace !== undefined && { deletionGracePeriodSeconds: grace }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

/** New times of managers alone are no change. */
function withOldTimes(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  const [now, old] = [object.metadata.managedFields, live.metadata.managedFields];
  if (now === old || !now || !old || !isEqual(now.map(withoutTime), old.map(withoutTime))) return object;
  const same = { ...object, metadata: { ...object.metadata, managedFields: old } };
  return isEqual(same, live) ? live : object;
}

function withoutTime({ time: _, ...entry }: ManagedFieldsEntry): Omit<ManagedFieldsEntry, 'time'> {
  return entry;
}

function write(
  world: World,
  { type }: Call,
  object: KubernetesObject,
  live: KubernetesObject,
  { dryRun }: WriteQuery,
): KubernetesObject {
  const id = resourceId(type);
  const { namespace = '', name } = live.metadata;
  if (isReleased(object, live)) {
    if (dryRun) return object;
    world.store.remove(id, namespace, name);
    return object;
  }
  if (dryRun) return object;
  const { revision } = world.store.put(id, storedObject(world, object, type));
  return atRevision(object, revision);
}

/** Whether nothing holds an object any longer whose deletion has begun. */
function isReleased(object: KubernetesObject, live: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = live.metadata as ObjectMetadata & {
    readonly deletionGracePeriodSeconds?: number;
  };
  if (!deletionTimestamp || deletionGracePeriodSeconds || object.metadata.finalizers?.length) return false;
  return !isHeldNamespace(object);
}
