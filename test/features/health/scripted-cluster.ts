import { Fault } from '../../../shared/core/failures.ts';
import {
  type Collection,
  type KubernetesObject,
  type ObjectReference,
  referenceOf,
} from '../../../shared/core/kubernetes-object.ts';
import { healthKey } from '../../../shared/health/references.ts';
import type { Cluster } from '../../../shared/ports.ts';

interface Script {
  readonly objects?: readonly KubernetesObject[];
  /** Throws to refuse a call such as `list Pod`. */
  readonly refuse?: (call: string) => void;
  readonly clusterScoped?: readonly string[];
}

/** A cluster that answers from a list and remembers what it was asked, as `list Pod apps app=web`. */
export function scriptedCluster({ objects = [], refuse = () => {}, clusterScoped = [] }: Script) {
  const calls: string[] = [];
  const asked = (...words: readonly (string | undefined)[]) => {
    calls.push(words.filter((word) => word !== undefined).join(' '));
    refuse(words.slice(0, 2).join(' '));
  };
  const bare = ({ metadata, ...rest }: KubernetesObject) => ({ ...rest, metadata, kind: '', apiVersion: '' });
  const within = ({ apiVersion, kind, namespace }: Collection) =>
    objects.filter(
      (object) =>
        object.apiVersion === apiVersion &&
        object.kind === kind &&
        (namespace === undefined || object.metadata.namespace === namespace),
    );
  const cluster = {
    async resource({ apiVersion, kind }: Collection) {
      asked('resource', kind);
      return { apiVersion, kind, plural: '', namespaced: !clusterScoped.includes(kind), verbs: [] };
    },
    async get(reference: ObjectReference) {
      asked('get', reference.kind, reference.name);
      return objects.find((object) => healthKey(referenceOf(object)) === healthKey(reference));
    },
    async list(collection: Collection, options: { labelSelector?: string } = {}) {
      asked('list', collection.kind, collection.namespace, options.labelSelector);
      return { resourceVersion: '1', items: within(collection).map(bare) };
    },
    async listMetadata(collection: Collection) {
      asked('listMetadata', collection.kind, collection.namespace);
      const items = within(collection).map(({ metadata }) => ({ apiVersion: '', kind: '', metadata }));
      return { resourceVersion: '1', items };
    },
  };
  return { cluster: cluster as unknown as Cluster, calls };
}

export function forbid(...calls: readonly string[]) {
  return (call: string) => {
    if (calls.includes(call)) throw new Fault('forbidden', `cannot ${call}`, { status: 403 });
  };
}
