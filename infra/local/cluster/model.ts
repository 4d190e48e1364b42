import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Schema } from './schema/schema.ts';

/** What may be asked of a resource, in Kubernetes' words. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** Where a custom kind keeps what `/scale` shows. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  readonly labelSelector?: string;
}

/** A printer column, as of a CRD's `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** One resource in one version, as discovery tells it. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Such as `status`, `scale`, `binding`, `eviction`, `token`. */
  readonly subresources: readonly string[];
  readonly schema: Schema;
  /** Only of kinds that a CRD declares. */
  readonly custom?: {
    /** Name of the CRD. */
    readonly definition: string;
    readonly columns: readonly PrinterColumn[];
    readonly selectableFields: readonly string[];
    readonly scale?: ScalePaths;
  };
}

/** Versions of one resource share their objects: `group/plural`, such as `apps/deployments`, `/pods` for core. */
export type ResourceId = string;

/** What is served now; a CRD that is established or goes changes it at once. */
export interface Catalog {
  resource(group: string, version: string, plural: string): ResourceType | undefined;
  kind(group: string, version: string, kind: string): ResourceType | undefined;
  /** Every resource in every version served; the preferred version of a group first. */
  all(): readonly ResourceType[];
  /** The kind under which an object of this resource is stored. */
  stored(id: ResourceId): ResourceType | undefined;
}

/** A stored object: JSON text, because that is small and is what answers are made of. */
export interface Entry {
  readonly id: ResourceId;
  /** Empty for cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The uids of its `metadata.ownerReferences`. */
  readonly owners: readonly string[];
  /** JSON of `metadata`. */
  readonly metadata: string;
  /** JSON of all other members but apiVersion and kind, without the braces; empty when there are none. */
  readonly rest: string;
}

/** What happened to an entry; `before` is absent for ADDED, and `entry` of DELETED is what it was, with the revision of its end. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly entry: Entry;
  readonly before?: Entry;
}

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** One request for resources, authenticated and authorised. */
export interface Call {
  readonly user: User;
  readonly type: ResourceType;
  /** Empty for cluster-scoped resources, and for all namespaces. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource?: string;
}

/** Options of a write. */
export interface WriteQuery {
  readonly dryRun: boolean;
  /** Of the query, else what the user agent says before its first `/`. */
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Server-side apply only. */
  readonly force?: boolean;
}

/** A write's result; `warnings` become `Warning` headers. */
export interface Written {
  readonly object: KubernetesObject;
  /** 201 or 200. */
  readonly created: boolean;
  readonly warnings: readonly string[];
}

export type Patch =
  | { readonly type: 'json'; readonly patch: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic' | 'apply'; readonly patch: unknown };

export interface ListQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
}

export interface Page {
  readonly entries: readonly Entry[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface WatchQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent or `0`: what is there comes first, as ADDED. */
  readonly resourceVersion?: string;
  /** Of a streaming list: what is there, then a bookmark with `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean;
}

/** An event of a watch; an entry that stops matching its selectors is DELETED to its watcher. */
export type Watched =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly entry: Entry }
  | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd?: boolean };

export interface DeleteQuery {
  readonly dryRun: boolean;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** A deletion's result: the object as it now is (a finalizer holds it) or as it last was. */
export interface Deleted {
  readonly object: KubernetesObject;
  readonly gone: boolean;
}

/** The API beneath HTTP: everything happens at once, in one turn of the event loop; refusals are thrown `ApiError`s. */
export interface Api {
  get(call: Call): Entry;
  list(call: Call, query: ListQuery): Page;
  /** Calls `listener` for each event until what it returns is called. Throws 410 when the version is too old. */
  watch(call: Call, query: WatchQuery, listener: (event: Watched) => void): () => void;
  create(call: Call, object: KubernetesObject, query: WriteQuery): Written;
  update(call: Call, object: KubernetesObject, query: WriteQuery): Written;
  patch(call: Call, patch: Patch, query: WriteQuery): Written;
  delete(call: Call, query: DeleteQuery): Deleted;
  deleteCollection(call: Call, selection: ListQuery, query: DeleteQuery): readonly Deleted[];
  /** The object of a subresource that is no part of the stored object, such as Scale. */
  readSubresource(call: Call): KubernetesObject;
}

/** The state of one cluster: a revision for every change, as in etcd. */
export interface Store {
  readonly revision: number;
  /** The oldest revision from which changes are still known. */
  readonly oldest: number;
  get(id: ResourceId, namespace: string, name: string): Entry | undefined;
  /** In order of namespace and name; `namespace` undefined means all. */
  list(id: ResourceId, namespace?: string): readonly Entry[];
  /** What names `uid` among its owners, of any resource and namespace. */
  ownedBy(uid: string): readonly Entry[];
  /** Stores `object` with a new resourceVersion; its members beside metadata may come as `rest` of an entry, a text that clusters share. */
  put(id: ResourceId, object: KubernetesObject, rest?: string): Entry;
  remove(id: ResourceId, namespace: string, name: string): Entry;
  /** Changes after `revision`, oldest first; undefined when it is too old. */
  since(revision: number): readonly Change[] | undefined;
  /** Told of every change in the same turn, after it was made; returns how to stop. */
  subscribe(listener: (change: Change) => void): () => void;
}

/** Time and chance of a cluster. */
export interface Nature {
  now(): Date;
  uuid(): string;
  /** So many lower case letters and digits, as in generated names. */
  suffix(length: number): string;
  /** Calls back once, after so many milliseconds; returns how to cancel. Never keeps the process alive. */
  after(milliseconds: number, task: () => void): () => void;
}
