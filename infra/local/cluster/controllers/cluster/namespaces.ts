import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../../api-error.ts';
import type { Entry, ResourceId, Store } from '../../model.ts';
import { metadataOf } from '../../store/entry.ts';
import { type Fields, fieldsOf, stringsOf } from '../../strategies/rules/fields.ts';
import { isNews, withCondition } from '../conditions.ts';
import type { Controller, ControllerWorld, Key } from '../controller.ts';

const NAMESPACES = '/namespaces';
const KUBERNETES = 'kubernetes';
const TERMINATING = '"phase":"Terminating"';

/** Empties namespaces that are being deleted, and lets them go. */
export const namespaces: Controller = {
  name: 'namespace',
  concerns({ type, entry }, { store }) {
    if (entry.id === NAMESPACES) return type === 'DELETED' ? [] : keyIfLeaving(entry);
    return entry.namespace === '' || type === 'ADDED' ? [] : keyOfOwn(entry, store);
  },
  sync({ name }, world) {
    const namespace = world.manager.read(NAMESPACES, '', name);
    if (!namespace || namespace.metadata.deletionTimestamp === undefined) return undefined;
    if (!stringsOf(fieldsOf(namespace.spec)?.finalizers).includes(KUBERNETES)) return undefined;
    empty(name, world);
    const left = contentOf(name, world);
    writeStatus(name, left, world);
    if (left.length === 0) finalize(name, world);
    return undefined;
  },
};

function keyIfLeaving(entry: Entry): readonly Key[] {
  return entry.rest.includes(TERMINATING) ? [{ namespace: '', name: entry.name }] : [];
}

function keyOfOwn({ namespace }: Entry, store: Store): readonly Key[] {
  const entry = store.get(NAMESPACES, '', namespace);
  return entry ? keyIfLeaving(entry) : [];
}

function resources({ catalog }: ControllerWorld): readonly ResourceId[] {
  const types = catalog.all().filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'));
  return [...new Set(types.map(({ group, plural }) => `${group}/${plural}`))];
}

function empty(name: string, world: ControllerWorld): void {
  const { manager, store } = world;
  for (const id of resources(world)) {
    for (const entry of store.list(id, name)) {
      if (metadataOf(entry).deletionTimestamp !== undefined) continue;
      // What one deletion takes along may be the next in the list.
      if (!store.get(id, name, entry.name)) continue;
      remove(id, manager.objectOf(entry), world);
    }
  }
}

function remove(id: ResourceId, object: KubernetesObject, { manager }: ControllerWorld): void {
  try {
    manager.delete(id, object, { propagationPolicy: 'Background' });
  } catch (error) {
    // One object that cannot go must not keep the others.
    if (!(error instanceof ApiError)) throw error;
  }
}

interface Content {
  readonly id: ResourceId;
  readonly entries: readonly Entry[];
}

function contentOf(name: string, world: ControllerWorld): readonly Content[] {
  return resources(world)
    .map((id) => ({ id, entries: world.store.list(id, name) }))
    .filter(({ entries }) => entries.length > 0);
}

function writeStatus(name: string, left: readonly Content[], world: ControllerWorld): void {
  const { manager, nature } = world;
  const namespace = manager.read(NAMESPACES, '', name);
  if (!namespace) return;
  const present = fieldsOf(namespace.status) ?? {};
  const conditions = conditionsOf(left).reduce<unknown>(
    (made, wanted) => withCondition(made, wanted, nature.now()),
    present.conditions,
  );
  const status: Fields = { ...present, conditions };
  if (isNews(status, present)) manager.writeStatus(NAMESPACES, namespace, status);
}

function conditionsOf(left: readonly Content[]) {
  const remaining = left.map(({ id, entries }) => `${nameOf(id)} has ${entries.length} resource instances`);
  const finalizers = new Map<string, number>();
  for (const entry of left.flatMap(({ entries }) => entries)) {
    for (const finalizer of metadataOf(entry).finalizers ?? []) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return [
    fine('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    fine(
      'NamespaceDeletionGroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    fine(
      'NamespaceDeletionContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    remaining.length > 0
      ? {
          ...({ type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain' } as const),
          message: `Some resources are remaining: ${remaining.join(', ')}`,
        }
      : fine('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed'),
    held.length > 0
      ? {
          ...({
            type: 'NamespaceFinalizersRemaining',
            status: 'True',
            reason: 'SomeFinalizersRemain',
          } as const),
          message: `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        }
      : fine(
          'NamespaceFinalizersRemaining',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
}

function fine(type: string, reason: string, message: string) {
  return { type, status: 'False', reason, message } as const;
}

// `deployments.apps`, and `pods.` of the core group.
function nameOf(id: ResourceId): string {
  const [group = '', plural = ''] = id.split('/');
  return `${plural}.${group}`;
}

function finalize(name: string, { manager }: ControllerWorld): void {
  const namespace = manager.read(NAMESPACES, '', name);
  if (!namespace) return;
  const finalizers = stringsOf(fieldsOf(namespace.spec)?.finalizers).filter((one) => one !== KUBERNETES);
  manager.update(NAMESPACES, { ...namespace, spec: { ...fieldsOf(namespace.spec), finalizers } }, 'finalize');
}
