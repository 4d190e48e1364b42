import type { KubernetesObject, OwnerReference } from '../../../../../shared/core/kubernetes-object.ts';
import { groupOf, versionOf } from '../../../../../shared/core/kubernetes-object.ts';
import type { Entry, ResourceId } from '../../model.ts';
import { metadataOf } from '../../store/entry.ts';
import type { Controller, ControllerWorld, Key } from '../controller.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const EVENTS = ['/events', 'events.k8s.io/events'];

/** Deletes what has lost its owners, and lets owners go that wait for it. Its keys are a resource and a path in it. */
export const garbage: Controller = {
  name: 'garbage',
  concerns({ type, entry }, world) {
    if (EVENTS.includes(entry.id)) return [];
    if (type !== 'DELETED') return entry.owners.length > 0 || isWaiting(entry) ? [keyOf(entry)] : [];
    // Who depended on it, and whoever waited for it.
    const references = entry.owners.length > 0 ? (metadataOf(entry).ownerReferences ?? []) : [];
    const owners = references.map((owner) => ownerOf(owner, entry, world));
    return [...dependentsOf(entry, world), ...owners.filter((owner) => typeof owner === 'object')].map(keyOf);
  },
  sync({ namespace: id, name: path }, world) {
    const [namespace = '', name = ''] = path.split('/');
    const entry = world.store.get(id, namespace, name);
    if (!entry) return undefined;
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = metadataOf(entry);
    if (deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) orphanDependents(entry, world);
      else if (finalizers.includes(FOREGROUND)) deleteDependents(entry, world);
      return undefined;
    }
    if (ownerReferences.length > 0) judge(entry, ownerReferences, world);
    return undefined;
  },
};

function keyOf({ id, namespace, name }: Entry): Key {
  return { namespace: id, name: `${namespace}/${name}` };
}

function isWaiting({ metadata }: Entry): boolean {
  return metadata.includes('"deletionTimestamp"') && /"(?:foregroundDeletion|orphan)"/.test(metadata);
}

function dependentsOf({ uid }: Entry, { store }: ControllerWorld): readonly Entry[] {
  return store.ownedBy(uid).filter(({ id }) => !EVENTS.includes(id));
}

function judge(entry: Entry, owners: readonly OwnerReference[], world: ControllerWorld): void {
  const states = owners.map((owner) => ({ owner, state: stateOf(owner, entry, world) }));
  const alive = states.filter(({ state }) => state === 'there');
  const waiting = states.filter(({ state }) => state === 'waiting');
  if (alive.length > 0) {
    // One that goes or has gone must not hold what another still owns.
    if (alive.length < states.length)
      keepOwners(
        entry,
        alive.map(({ owner }) => owner),
        world,
      );
    return;
  }
  const hasDependents = waiting.length > 0 && dependentsOf(entry, world).length > 0;
  const propagationPolicy = hasDependents ? 'Foreground' : 'Background';
  world.manager.delete(entry.id, world.manager.objectOf(entry), { propagationPolicy });
}

function keepOwners(entry: Entry, kept: readonly OwnerReference[], { manager }: ControllerWorld): void {
  const object = manager.objectOf(entry);
  const uids = new Set(kept.map(({ uid }) => uid));
  const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => uids.has(uid)) ?? [];
  manager.update(entry.id, { ...object, metadata: { ...object.metadata, ownerReferences } });
}

function stateOf(owner: OwnerReference, entry: Entry, world: ControllerWorld): 'there' | 'waiting' | 'gone' {
  const found = ownerOf(owner, entry, world);
  // An owner that cannot be looked for may well be there.
  if (found === 'unknown') return 'there';
  if (!found) return 'gone';
  const { deletionTimestamp, finalizers = [] } = metadataOf(found);
  return deletionTimestamp !== undefined && finalizers.includes(FOREGROUND) ? 'waiting' : 'there';
}

function ownerOf(
  { apiVersion, kind, name, uid }: OwnerReference,
  { namespace }: Entry,
  { store, catalog }: ControllerWorld,
): Entry | 'unknown' | undefined {
  const group = groupOf(apiVersion);
  const type =
    catalog.kind(group, versionOf(apiVersion), kind) ??
    catalog.all().find((one) => one.group === group && one.kind === kind);
  // What has no namespace cannot say in which one its owner is.
  if (!type || (type.namespaced && namespace === '')) return 'unknown';
  const found = store.get(`${type.group}/${type.plural}`, type.namespaced ? namespace : '', name);
  return found?.uid === uid ? found : undefined;
}

function deleteDependents(entry: Entry, world: ControllerWorld): void {
  const dependents = dependentsOf(entry, world);
  for (const dependent of dependents) {
    const { deletionTimestamp, ownerReferences = [] } = metadataOf(dependent);
    if (deletionTimestamp === undefined) judge(dependent, ownerReferences, world);
  }
  const blocking = dependentsOf(entry, world).filter(({ metadata }) =>
    (JSON.parse(metadata) as KubernetesObject['metadata']).ownerReferences?.some(
      (owner) => owner.uid === entry.uid && owner.blockOwnerDeletion === true,
    ),
  );
  if (blocking.length === 0) dropFinalizer(entry, FOREGROUND, world);
}

function orphanDependents(entry: Entry, world: ControllerWorld): void {
  for (const dependent of dependentsOf(entry, world)) {
    const owners = metadataOf(dependent).ownerReferences ?? [];
    keepOwners(
      dependent,
      owners.filter(({ uid }) => uid !== entry.uid),
      world,
    );
  }
  dropFinalizer(entry, ORPHAN, world);
}

function dropFinalizer(
  { id, namespace, name }: Entry,
  finalizer: string,
  { manager }: ControllerWorld,
): void {
  const object = manager.read(id as ResourceId, namespace, name);
  if (!object) return;
  const finalizers = object.metadata.finalizers?.filter((one) => one !== finalizer) ?? [];
  manager.update(id, { ...object, metadata: { ...object.metadata, finalizers } });
}
