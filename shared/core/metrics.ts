/** Names of metrics, Flux's own where it has them; what it has none for begins with `sluice_`. */
export const METRIC = {
  duration: 'gotk_reconcile_duration_seconds',
  /** kube-state-metrics' in Flux's monitoring guide, one series an object. */
  resource: 'gotk_resource_info',
  notReady: 'sluice_resources_not_ready',
  requestDuration: 'gotk_receiver_http_request_duration_seconds',
  responseSize: 'gotk_receiver_http_response_size_bytes',
} as const;

/** Which object was measured. */
export interface Measured {
  /** The cluster's name. */
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object as a sweep saw it. */
export interface Resource extends Measured {
  readonly group: string;
  readonly version: string;
  /** Status of its Ready condition, `Unknown` without one. */
  readonly ready: string;
  readonly suspended: boolean;
  /** What Flux's monitoring guide tells of its kind, such as `revision`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A request to the webhook server, without its path, which is a secret. */
export interface Answered {
  readonly method: string;
  readonly code: number;
  readonly seconds: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

/** What is measured while working; never throws, and nothing waits for it. */
export interface Metrics {
  /** A run of an object came to its end, well or not, after so many seconds. */
  reconciled(object: Measured, seconds: number): void;
  /** The object is gone. */
  forgotten(object: Measured): void;
  /** All our objects on a cluster, as they are now. */
  surveyed(cluster: string, resources: readonly Resource[]): void;
  /** The names of all clusters: others are forgotten. */
  clusters(names: readonly string[]): void;
  answered(request: Answered): void;
  /** An invocation ends: what was gathered is written. */
  flush(): void;
}
