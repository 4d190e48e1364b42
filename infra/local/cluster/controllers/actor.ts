import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../api-error.ts';
import type {
  Api,
  Call,
  Catalog,
  DeleteQuery,
  Entry,
  ResourceId,
  ResourceType,
  Store,
  User,
  WriteQuery,
} from '../model.ts';
import { toObject } from '../store/entry.ts';
import { controls } from './control.ts';

/** Reads and writes objects as one user under one field manager. */
export interface Actor {
  read(id: ResourceId, namespace: string, name: string): KubernetesObject | undefined;
  /** Objects of a namespace (of all when it is undefined) that `matches`, which sees what is cheap to see. */
  list(id: ResourceId, namespace?: string, matches?: (entry: Entry) => boolean): KubernetesObject[];
  /** Objects of a resource that `owner` controls, in its namespace. */
  controlled(id: ResourceId, owner: KubernetesObject): KubernetesObject[];
  objectOf(entry: Entry): KubernetesObject;
  create(id: ResourceId, object: KubernetesObject): KubernetesObject;
  update(id: ResourceId, object: KubernetesObject, subresource?: string): KubernetesObject;
  /** Writes `status` (all of it) of an object as it was read. */
  writeStatus(id: ResourceId, object: KubernetesObject, status: object): KubernetesObject;
  bind(id: ResourceId, namespace: string, name: string, node: string): void;
  /** Deletes an object that may be gone already. */
  delete(id: ResourceId, object: KubernetesObject, query?: Partial<DeleteQuery>): void;
}

/** The hand of `user` with the field manager `manager`. */
export function actorOf(
  { api, store, catalog }: { readonly api: Api; readonly store: Store; readonly catalog: Catalog },
  user: User,
  manager: string,
): Actor {
  const query: WriteQuery = { dryRun: false, fieldManager: manager, fieldValidation: 'Ignore' };

  function typeOf(id: ResourceId): ResourceType {
    const type = catalog.stored(id);
    if (!type) throw new Error(`nothing is served as ${id}`);
    return type;
  }

  function call(id: ResourceId, namespace: string, name: string, subresource?: string): Call {
    return { user, type: typeOf(id), namespace, name, ...(subresource !== undefined && { subresource }) };
  }

  const objectOf = (entry: Entry) => toObject(entry, typeOf(entry.id));

  function update(id: ResourceId, object: KubernetesObject, subresource?: string): KubernetesObject {
    const { namespace = '', name } = object.metadata;
    return api.update(call(id, namespace, name, subresource), object, query).object;
  }

  return {
    objectOf,
    read(id, namespace, name) {
      const entry = store.get(id, namespace, name);
      return entry && objectOf(entry);
    },
    list: (id, namespace, matches = () => true) => store.list(id, namespace).filter(matches).map(objectOf),
    controlled(id, owner) {
      const { namespace = '', uid = '' } = owner.metadata;
      return store
        .ownedBy(uid)
        .filter((entry) => entry.id === id && entry.namespace === namespace)
        .map(objectOf)
        .filter((object) => controls(owner, object));
    },
    create(id, object) {
      const { namespace = '' } = object.metadata;
      return api.create(call(id, namespace, ''), object, query).object;
    },
    update,
    writeStatus: (id, object, status) => update(id, { ...object, status }, 'status'),
    bind(id, namespace, name, node) {
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const metadata = { name, namespace };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target };
      api.create(call(id, namespace, name, 'binding'), binding, query);
    },
    delete(id, object, given = {}) {
      const { namespace = '', name, uid } = object.metadata;
      try {
        const wanted = { dryRun: false, ...(uid !== undefined && { uid }), ...given };
        api.delete(call(id, namespace, name), wanted);
      } catch (error) {
        const isOver = error instanceof ApiError && (error.code === 404 || error.code === 409);
        if (!isOver) throw error;
      }
    },
  };
}
