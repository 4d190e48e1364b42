import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { isEqual } from '../merge/values.ts';
import type { Api, Call, Change, User } from '../model.ts';
import { metadataOf, resourceId, toObject } from '../store/entry.ts';
import { timeOf } from './create.ts';
import { DEFINITIONS, type DefinitionObject, isTrue } from './definition.ts';
import { CLEANUP } from './definition-deletion.ts';
import { takenNames, withCondition, withNames } from './definition-status.ts';
import type { World } from './world.ts';

const USER: User = { name: 'system:apiserver', groups: ['system:masters'] };
const QUERY = { dryRun: false, fieldManager: 'kube-apiserver', fieldValidation: 'Ignore' } as const;

/** What the API server does to CRDs by itself: gives them their names, establishes them, and empties them before they go. */
export function followDefinitions(world: World, api: Api): () => void {
  const { store, catalog } = world;
  const type = catalog.resource('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  if (!type) return () => undefined;
  const call: Call = { user: USER, type, namespace: '', name: '' };
  const all = () => store.list(DEFINITIONS).map((entry) => toObject(entry, type) as DefinitionObject);

  function nameAll(group: string): void {
    for (const { metadata } of all().filter(({ spec }) => spec.group === group)) {
      const entry = store.get(DEFINITIONS, '', metadata.name);
      if (entry) name(toObject(entry, type as Call['type']) as DefinitionObject);
    }
  }

  function name(crd: DefinitionObject): void {
    const { name: own } = crd.metadata;
    const others = all().filter(
      ({ metadata, spec }) => spec.group === crd.spec.group && metadata.name !== own,
    );
    const named = withNames(crd, takenNames(others), timeOf(world.nature.now()));
    if (!isEqual(named.status, crd.status)) writeStatus(named);
  }

  function writeStatus(crd: KubernetesObject): void {
    api.update({ ...call, name: crd.metadata.name, subresource: 'status' }, crd, QUERY);
  }

  function empty(crd: DefinitionObject): void {
    const stored = catalog.stored(`${crd.spec.group}/${crd.spec.names.plural}`);
    const isOurs = stored?.custom?.definition === crd.metadata.name;
    if (isOurs && isTrue(crd, 'Established')) {
      const own: Call = { user: USER, type: stored, namespace: '', name: '' };
      const left = store.list(resourceId(stored));
      for (const entry of left.filter((one) => metadataOf(one).deletionTimestamp === undefined)) {
        api.delete({ ...own, namespace: entry.namespace, name: entry.name }, { dryRun: false });
      }
      if (store.list(resourceId(stored)).length > 0) {
        writeProgress(crd);
        return;
      }
    }
    release(crd);
  }

  function writeProgress(crd: DefinitionObject): void {
    const condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    } as const;
    const marked = withCondition(crd, timeOf(world.nature.now()), condition);
    if (!isEqual(marked.status, crd.status)) writeStatus(marked);
  }

  function release(crd: DefinitionObject): void {
    const { finalizers = [] } = crd.metadata;
    const path = '/metadata/finalizers';
    const value = finalizers.filter((name) => name !== CLEANUP);
    const patch = [value.length > 0 ? { op: 'replace', path, value } : { op: 'remove', path }];
    api.patch({ ...call, name: crd.metadata.name }, { type: 'json', patch }, QUERY);
  }

  function follow({ type: what, entry }: Change): void {
    if (entry.id !== DEFINITIONS) {
      if (what === 'DELETED') emptiedPerhaps(entry.id);
      return;
    }
    const crd = toObject(entry, type as Call['type']) as DefinitionObject;
    if (what === 'DELETED') {
      nameAll(crd.spec.group);
      return;
    }
    const current = store.get(DEFINITIONS, '', entry.name);
    // A later change comes by itself.
    if (current?.revision !== entry.revision) return;
    if (!crd.metadata.deletionTimestamp) name(crd);
    else if (crd.metadata.finalizers?.includes(CLEANUP)) empty(crd);
  }

  function emptiedPerhaps(id: string): void {
    const definition = catalog.definition(id);
    if (!definition?.terminating || store.list(id).length > 0) return;
    const entry = store.get(DEFINITIONS, '', definition.stored.custom?.definition ?? '');
    if (entry) empty(toObject(entry, type as Call['type']) as DefinitionObject);
  }

  // After a restart, what had begun goes on.
  for (const entry of store.list(DEFINITIONS)) follow({ type: 'ADDED', entry });
  return store.subscribe(follow);
}
