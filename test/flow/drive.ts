import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { WorkMessage } from '../../shared/core/messages.ts';
import type { ObjectStore, Ports } from '../../shared/ports.ts';
import { work } from '../../shared/reconcile/work.ts';
import type { World } from './world.ts';

export const GIT_REPOSITORY = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' } as const;
export const KUSTOMIZATION = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' } as const;
const AS_PERSON = { fieldManager: 'person' };

/** A GitRepository on the world's Git server. */
export function gitRepository(
  world: World,
  namespace: string,
  name: string,
  spec: object = {},
): KubernetesObject {
  const url = `${world.git.url}/${name}.git`;
  return {
    ...GIT_REPOSITORY,
    metadata: { namespace, name },
    spec: { url, interval: '10m', ref: { branch: 'main' }, ...spec },
  };
}

/** A Kustomization of the repository of the same name. */
export function kustomization(namespace: string, name: string, spec: object = {}): KubernetesObject {
  const sourceRef = { kind: 'GitRepository', name };
  return {
    ...KUSTOMIZATION,
    metadata: { namespace, name },
    spec: { interval: '10m', prune: true, sourceRef, ...spec },
  };
}

/** Creates objects as a person would. */
export async function create(world: World, ...objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) await world.cluster.create(object, AS_PERSON);
}

/** A merge patch as a person would send it. */
export function edit(world: World, reference: ObjectReference, merge: unknown): Promise<KubernetesObject> {
  return world.cluster.patch(reference, { merge }, AS_PERSON);
}

/** Hands one message for one object straight to the worker, without queues, and returns the object as it is then. */
export async function reconcile(
  world: World,
  reference: ObjectReference,
  overrides: { readonly ports?: Partial<Ports>; readonly message?: Partial<WorkMessage> } = {},
): Promise<Reconciled> {
  const { kind, namespace = '', name } = reference;
  const since = new Date().toISOString();
  const base: WorkMessage = {
    cluster: world.clusterId,
    kind,
    namespace,
    name,
    reason: 'delivery',
    hops: 0,
    since,
    trace: crypto.randomUUID(),
  };
  const message = { ...base, ...overrides.message };
  const ports = { ...world.runtime.ports, ...overrides.ports };
  const deliveries = [{ id: '1', body: JSON.stringify(message), receiveCount: 1 }];
  const settled = await work(deliveries, ports, AbortSignal.timeout(60_000));
  if (!settled.every(({ ok }) => ok)) throw new Error(`the worker gave up on ${kind}/${namespace}/${name}`);
  return read(world, reference);
}

export interface ReadCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** What tests read of a Flux object. */
export interface Reconciled extends KubernetesObject {
  readonly status: {
    readonly conditions: readonly ReadCondition[];
    readonly observedGeneration?: number;
    readonly artifact?: {
      readonly revision: string;
      readonly digest: string;
      readonly path: string;
      readonly url: string;
      readonly lastUpdateTime: string;
    };
    readonly inventory?: { readonly entries: readonly { readonly id: string; readonly v: string }[] };
    readonly history?: readonly {
      readonly digest: string;
      readonly lastReconciledStatus: string;
      readonly totalReconciliations: number;
    }[];
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly lastHandledReconcileAt?: string;
    readonly observedIgnore?: string;
    readonly observedInclude?: unknown;
    readonly includedArtifacts?: unknown;
    readonly observedRecurseSubmodules?: boolean;
    readonly observedSparseCheckout?: readonly string[];
    readonly sourceVerificationMode?: string;
  };
}

/** Reads a Flux object that must be there. */
export async function read(world: World, reference: ObjectReference): Promise<Reconciled> {
  const object = await world.cluster.get(reference);
  if (object === undefined) throw new Error(`${reference.kind}/${reference.name} is not there`);
  return { ...object, status: { conditions: [], ...(object.status as object) } } as Reconciled;
}

/** A condition of an object, absent ones as undefined. */
export function condition(object: Reconciled, type: string): ReadCondition | undefined {
  return object.status.conditions.find((one) => one.type === type);
}

/** Messages of the Kubernetes Events about an object, `reason: message`. */
export async function eventsOf(world: World, reference: ObjectReference): Promise<readonly string[]> {
  const { items } = await world.cluster.list({
    apiVersion: 'v1',
    kind: 'Event',
    ...(reference.namespace && { namespace: reference.namespace }),
  });
  const events = items as unknown as readonly {
    involvedObject: { kind: string; name: string };
    type: string;
    reason: string;
    message: string;
  }[];
  return events
    .filter(({ involvedObject: { kind, name } }) => kind === reference.kind && name === reference.name)
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

/** A store that counts what is read and written through it. */
export function countingStore(store: ObjectStore): {
  readonly store: ObjectStore;
  readonly counts: { reads: number; writes: number };
} {
  const counts = { reads: 0, writes: 0 };
  const counted: ObjectStore = {
    ...store,
    get: (key) => {
      counts.reads++;
      return store.get(key);
    },
    head: (key) => {
      counts.reads++;
      return store.head(key);
    },
    put: (key, body, condition) => {
      counts.writes++;
      return store.put(key, body, condition);
    },
    delete: (key, condition) => {
      counts.writes++;
      return store.delete(key, condition);
    },
    list: (prefix) => {
      counts.reads++;
      return store.list(prefix);
    },
  };
  return { store: counted, counts };
}
