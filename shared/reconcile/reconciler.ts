import type { Condition } from '../api/meta.ts';
import type { ClusterState } from '../apply/kinds.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { WorkMessage } from '../core/messages.ts';
import type { Cluster, ClusterFacts, ClusterRecord, Ports } from '../ports.ts';

/** The parts of status that the engine itself reads and writes. */
export interface CommonStatus {
  readonly observedGeneration?: number | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly lastHandledReconcileAt?: string | undefined;
}

/** An object of one of our kinds as the API server serves it. */
export interface Reconciled<Spec = unknown, Status extends CommonStatus = CommonStatus>
  extends KubernetesObject {
  readonly spec: Spec;
  readonly status?: Status;
}

/** One message being handled on one cluster. */
export interface Scope {
  readonly ports: Ports;
  readonly record: ClusterRecord;
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
  /** What an apply has to know of the cluster, read once per invocation. */
  readonly state: () => Promise<ClusterState>;
  readonly message: WorkMessage;
  /** The message was received before: what follows the status may have been lost then. */
  readonly redelivered?: boolean;
  readonly signal: AbortSignal;
}

/** An event about the object; `trace` ones reach Kubernetes only, the others notifications too (COM-26). */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly trace?: boolean;
}

/** When the object wants to be seen again, if nothing happens before. */
export type Next =
  | { readonly after: 'nothing' }
  /** The jittered interval. */
  | { readonly after: 'interval' }
  /** A fixed delay in milliseconds; the visit continues the chain that the message belongs to. */
  | {
      readonly after: 'delay';
      readonly milliseconds: number;
      readonly reason: 'wait' | 'retry' | 'dependency';
      /** The number of the visit, counted by time: then whoever asks for it, however often, asks for one visit. */
      readonly hop?: number;
    };

/** What a run came to: all of it data, carried out by the engine in the order store, status, enqueue. */
export interface Outcome<Status> {
  readonly status: Status;
  readonly events: readonly EventDraft[];
  readonly next: Next;
}

/** What came of a deletion: finished means that the finalizer goes. */
export interface Removal {
  readonly finished: boolean;
  readonly events: readonly EventDraft[];
  readonly next: Next;
}

/**
 * Shows what a long run is doing; writes at most once a second, the first at once. A `checkpoint` is written unless the
 * object was read or written within the last two seconds: being a patch of the resourceVersion that was decided on, it faults
 * with `conflict` when the object has changed since. What is `brief` may be over before anybody could read it: that, and
 * what is not written, is shown when the run is not over within two seconds, or within one of what was shown before.
 */
export type Progress<Status> = (
  change: (status: Status) => Status,
  options?: { readonly checkpoint?: boolean; readonly brief?: boolean },
) => Promise<void>;

/** A kind: `observe` and `act` touch ports, `decide` and `conclude` are pure. */
export interface Reconciler<Spec, Status extends CommonStatus, Seen, Plan, Report> {
  readonly apiVersion: string;
  readonly kind: string;
  /** Field manager of status writes, and the reporting component of events (COM-29). */
  readonly manager: { readonly status: string; readonly component: string };
  readonly finalizer: string;
  readonly intervalOf: (spec: Spec) => number;
  /** Whether an object that is not being deleted is none of the kind's business; sees to what is left of a time when it was. */
  readonly passOver?: (object: Reconciled<Spec, Status>, scope: Scope) => Promise<boolean>;
  readonly observe: (object: Reconciled<Spec, Status>, scope: Scope) => Promise<Seen>;
  readonly decide: (object: Reconciled<Spec, Status>, seen: Seen) => Plan;
  readonly act: (
    object: Reconciled<Spec, Status>,
    plan: Plan,
    seen: Seen,
    scope: Scope,
    progress: Progress<Status>,
  ) => Promise<Report>;
  readonly conclude: (
    object: Reconciled<Spec, Status>,
    plan: Plan,
    seen: Seen,
    report: Report,
    hops: number,
  ) => Outcome<Status>;
  /** What suspension itself calls for, besides leaving the object alone. */
  readonly suspend?: (object: Reconciled<Spec, Status>, scope: Scope) => Promise<unknown>;
  /** The URL by which a webhook of the fleet finds the object. */
  readonly repositoryOf?: (spec: Spec) => string | undefined;
  readonly remove: (object: Reconciled<Spec, Status>, scope: Scope) => Promise<Removal>;
  /** Whom this run wakes; called after the status is written, with the object as it is then. */
  readonly fanOut: (
    object: Reconciled<Spec, Status>,
    before: Reconciled<Spec, Status>,
    scope: Scope,
  ) => Promise<void>;
}
