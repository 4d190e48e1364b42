import type { KubernetesObject, ObjectMetadata } from '../../../../shared/core/kubernetes-object.ts';
import { conflict } from '../api-error.ts';
import { isEqual } from '../merge/values.ts';
import type { Call, Deleted, DeleteQuery, Entry, ListQuery } from '../model.ts';
import { resourceId } from '../store/entry.ts';
import { timeOf } from './create.ts';
import { DEFINITIONS } from './definition.ts';
import { markedDefinition } from './definition-deletion.ts';
import { list } from './list.ts';
import { demandMortal, isHeldNamespace, NAMESPACES } from './namespaces.ts';
import { findEntry, shownObject, storedObject } from './stored-object.ts';
import { dependentsPolicy } from './update-rules.ts';
import type { World } from './world.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const PODS = '/pods';

/** A request to delete, and what it found. */
interface Deletion {
  readonly world: World;
  readonly call: Call;
  readonly query: DeleteQuery;
  readonly live: KubernetesObject;
  /** That are to hold the object. */
  readonly finalizers: readonly string[];
}

interface Dying extends ObjectMetadata {
  readonly deletionGracePeriodSeconds?: number;
}

/** Deletes an object, or begins to: a finalizer or a grace period may hold it. */
export function deleteObject(world: World, call: Call, query: DeleteQuery): Deleted {
  const entry = findEntry(world, call);
  const live = shownObject(world, entry, call.type);
  demandMortal(call.type, call.name);
  demandPreconditions(call, live, query);
  const id = resourceId(call.type);
  if (id === DEFINITIONS && !live.metadata.deletionTimestamp) {
    const marked = markedDefinition(live, timeOf(world.nature.now()));
    return hold({ world, call, query, live, finalizers: [] }, marked);
  }
  const deletion = { world, call, query, live, finalizers: finalizersOf(id, live.metadata, query) };
  if (id === NAMESPACES) return deleteNamespace(deletion);
  return id === PODS ? deletePod(deletion) : deleteNow(deletion);
}

/** Deletes all that a list selects. */
export function deleteCollection(
  world: World,
  call: Call,
  selected: ListQuery,
  query: DeleteQuery,
): readonly Deleted[] {
  const { entries } = list(world, call, selected);
  return entries
    .filter(({ namespace, name }) => world.store.get(resourceId(call.type), namespace, name))
    .map(({ namespace, name }) => deleteObject(world, { ...call, namespace, name }, query));
}

function demandPreconditions({ type }: Call, { metadata }: KubernetesObject, query: DeleteQuery): void {
  const { name, uid, resourceVersion } = metadata;
  // The API server names the kind here, not the resource.
  const named = { group: type.group, plural: type.kind };
  if (query.uid !== undefined && query.uid !== uid) {
    const why = `the UID in the precondition (${query.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(named, name, why);
  }
  if (query.resourceVersion !== undefined && query.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${query.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(named, name, why);
  }
}

/** The finalizers with those of the garbage collector that the policy wants. */
function finalizersOf(
  id: string,
  { finalizers = [] }: ObjectMetadata,
  query: DeleteQuery,
): readonly string[] {
  const others = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  const policy = dependentsPolicy(id);
  if (policy === 'none') return others;
  const present = finalizers.find((name) => name === ORPHAN || name === FOREGROUND);
  if (query.propagationPolicy === 'Background') return others;
  if (query.propagationPolicy === 'Orphan') return [...others, ORPHAN];
  if (query.propagationPolicy === 'Foreground') return [...others, FOREGROUND];
  if (present !== undefined) return [...others, present];
  return policy === 'orphan' ? [...others, ORPHAN] : others;
}

function deleteNow(deletion: Deletion): Deleted {
  if (deletion.finalizers.length === 0) return remove(deletion, deletion.live);
  return hold(deletion, marked(deletion, deletion.world.nature.now(), 0));
}

/** A pod that runs gets its grace period; the kubelet deletes it in the end, with a period of zero. */
function deletePod(deletion: Deletion): Deleted {
  const { world, call, query, live } = deletion;
  const now = world.nature.now().getTime();
  const { deletionTimestamp, deletionGracePeriodSeconds: pending = 0 } = live.metadata as Dying;
  if (deletionTimestamp) {
    if (pending === 0) return deleteNow(deletion);
    const period = query.gracePeriodSeconds;
    if (period === undefined || period >= pending) return { object: live, gone: false };
    const start = Date.parse(deletionTimestamp) - pending * 1000;
    if (period === 0) return endPod(deletion);
    const end = start + period * 1000;
    const left = end < now ? 1 : period;
    return hold(deletion, marked(deletion, new Date(Math.max(end, now)), left));
  }
  const usual = world.strategies(call.type).gracePeriodSeconds(live);
  const seconds = usual === 0 ? 0 : (query.gracePeriodSeconds ?? usual);
  if (seconds <= 0) return endPod(deletion);
  return hold(deletion, marked(deletion, new Date(now + seconds * 1000), seconds));
}

/** First marked, then removed: watchers see both. */
function endPod(deletion: Deletion): Deleted {
  const held = hold(deletion, marked(deletion, deletion.world.nature.now(), 0));
  return deletion.finalizers.length > 0 ? held : remove(deletion, held.object);
}

/** A namespace goes when its content has gone, which `spec.finalizers` tells. */
function deleteNamespace(deletion: Deletion): Deleted {
  const { world, live } = deletion;
  if (!live.metadata.deletionTimestamp) {
    const { generation: _, ...metadata } = marked(deletion, world.nature.now(), undefined).metadata;
    const status = { ...(live.status as object | undefined), phase: 'Terminating' };
    return hold(deletion, { ...live, metadata, status });
  }
  if (isHeldNamespace(live)) return { object: live, gone: false };
  return deleteNow(deletion);
}

/** The object with the mark of its deletion; a first mark moves the generation. */
function marked({ live, finalizers }: Deletion, at: Date, grace: number | undefined): KubernetesObject {
  const time = timeOf(at);
  const { finalizers: _, generation, deletionTimestamp, ...metadata } = live.metadata as Dying;
  const isFirst = deletionTimestamp === undefined;
  const isSooner = isFirst || deletionTimestamp > time;
  return {
    ...live,
    metadata: {
      ...metadata,
      ...(generation !== undefined && {
        generation: isFirst && generation > 0 ? generation + 1 : generation,
      }),
      deletionTimestamp: isSooner ? time : deletionTimestamp,
      ...(grace !== undefined && { deletionGracePeriodSeconds: grace }),
      ...(finalizers.length > 0 && { finalizers }),
    } as ObjectMetadata,
  };
}

function hold(
  { world, call: { type }, live, query: { dryRun } }: Deletion,
  object: KubernetesObject,
): Deleted {
  if (dryRun || isEqual(object, live)) return { object, gone: false };
  const { revision } = world.store.put(resourceId(type), storedObject(world, object, type));
  return { object: withRevision(object, revision), gone: false };
}

function remove({ world, call, query: { dryRun } }: Deletion, live: KubernetesObject): Deleted {
  const { type, namespace, name } = call;
  if (dryRun) return { object: live, gone: true };
  const ended: Entry = world.store.remove(resourceId(type), namespace, name);
  return { object: withRevision(live, ended.revision), gone: true };
}

function withRevision(object: KubernetesObject, revision: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
