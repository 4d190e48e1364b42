import type { ClusterRecord, ClusterSettings, Profile } from '../core/cluster-record.ts';
import type { Fault } from '../core/failures.ts';
import type { Collection, KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';

export interface ApiResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ObjectList {
  readonly resourceVersion: string;
  readonly items: readonly KubernetesObject[];
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** May wait a moment for others who want the same list. */
  readonly gather?: boolean;
}

export interface WriteOptions {
  readonly fieldManager: string;
  readonly dryRun?: boolean;
  readonly subresource?: string;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
}

export interface ClusterFacts {
  /** `gitVersion` of the server, such as `v1.36.3`. */
  readonly version: string;
  /** uid of the namespace `kube-system`: the cluster's id. */
  readonly uid: string;
}

/** A token by TokenRequest. */
export interface AccountToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** One Kubernetes API server as one identity. Absent objects are `undefined`; refusals are Faults with `data.status`, `data.reason`. */
export interface Cluster {
  readonly id: string;
  /** The same cluster and connection, impersonating a user such as `system:serviceaccount:apps:deployer`. */
  as(user: string): Cluster;
  /** The same cluster and connection; every request is aborted with `signal`. */
  until(signal: AbortSignal): Cluster;
  /** Without `otherwise` a Fault `forbidden` when `kube-system` may not be read; with it, that is the uid then. */
  facts(otherwise?: string): Promise<ClusterFacts>;
  /** Discovery, cached; undefined after a fresh look found no such kind. */
  resource(kind: { readonly apiVersion: string; readonly kind: string }): Promise<ApiResource | undefined>;
  /** Drops cached discovery, so that kinds of a CRD just applied are found. */
  forgetResources(): void;
  get(reference: ObjectReference): Promise<KubernetesObject | undefined>;
  /** All pages. Fault `no-such-kind` when the server does not serve it. */
  list(collection: Collection, options?: ListOptions): Promise<ObjectList>;
  /** All pages as PartialObjectMetadata: `metadata` with managedFields, nothing else. */
  listMetadata(collection: Collection, options?: ListOptions): Promise<ObjectList>;
  create(object: KubernetesObject, options: WriteOptions): Promise<KubernetesObject>;
  /** Server-side apply, conflicts forced unless `force` is false. */
  apply(
    object: KubernetesObject,
    options: WriteOptions & { readonly force?: boolean },
  ): Promise<KubernetesObject>;
  /** `merge`: a JSON merge patch (object); `json`: RFC 6902 operations (array). */
  patch(
    reference: ObjectReference,
    patch: { readonly merge: unknown } | { readonly json: readonly unknown[] },
    options: WriteOptions,
  ): Promise<KubernetesObject>;
  /** A short-lived token of a ServiceAccount; without audiences, for the cluster itself. Fault `not-found` when there is no such account. */
  accountToken(
    account: { readonly namespace: string; readonly name: string },
    audiences?: readonly string[],
  ): Promise<AccountToken>;
  /** False when it was already gone. */
  delete(
    reference: ObjectReference,
    options?: {
      readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
      readonly uid?: string;
      readonly resourceVersion?: string;
    },
  ): Promise<boolean>;
  /** From `resourceVersion` on, until the server closes it or the signal fires. Fault `gone` when that version is too old. */
  watch(
    collection: Collection,
    options: {
      readonly resourceVersion: string;
      readonly metadataOnly?: boolean;
      readonly labelSelector?: string;
      readonly signal: AbortSignal;
    },
  ): AsyncIterable<WatchEvent>;
}

export type { ClusterRecord, ClusterSettings, Collection, KubernetesObject, ObjectReference, Profile };

/** Another cluster than the registered ones, as an object of a tenant names it: its address is held against the profile's egress rule. */
export type Target = { readonly profile: Profile } & (
  | {
      readonly kubeconfig: string;
      /** Whether its `insecure-skip-tls-verify` is obeyed instead of refused. */
      readonly insecureTls: boolean;
    }
  | { readonly server: string; readonly ca?: string; readonly token: string }
);

/** The registry. `open` faults with `not-found` for an unknown id, `unauthorized` when the secret is gone. */
export interface Clusters {
  /** A record that cannot be read is a Fault `malformed`; with `onUnreadable` it is reported there and left out. */
  list(onUnreadable?: (id: string, fault: Fault) => void): Promise<readonly ClusterRecord[]>;
  get(id: string): Promise<ClusterRecord | undefined>;
  open(id: string): Promise<{ readonly record: ClusterRecord; readonly cluster: Cluster }>;
  /** Its connection is kept for a while. Faults: `invalid` with `data.field` for a kubeconfig that is not self-contained, `unsupported` where tenants' addresses are not reached. */
  reach(target: Target): Cluster;
}
