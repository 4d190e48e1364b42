import type { Artifact, Condition, Metadata } from '../../api/meta.ts';

/** Expected trouble, as the condition it becomes. */
export interface Trouble {
  /** SourceVerified is the one that becomes False. */
  readonly condition:
    | 'FetchFailed'
    | 'BuildFailed'
    | 'IncludeUnavailable'
    | 'StorageOperationFailed'
    | 'SourceVerified';
  readonly reason: string;
  readonly message: string;
  /** Nothing to retry: the user must act. */
  readonly stalling?: boolean;
  /** When to look again, milliseconds, instead of backing off: something is waited for. */
  readonly afterMs?: number;
}

/** What was looked for, or why it cannot be had. */
export type Result<T> = { readonly found: T } | { readonly trouble: Trouble };

/** The advertised artifact in the store: there, absent from status, gone, or other bytes than its digest says (COM-15). */
export type Stored = 'there' | 'none' | 'gone' | 'corrupt';

/** Where an object's artifact is served today. */
export interface Addresses {
  /** Of the artifact at this path. */
  readonly artifact?: { readonly path: string; readonly url: string };
  /** Of `status.url`, which always leads to the current artifact. */
  readonly link?: string;
}

/** What the conclusions of every source rest on. */
export interface SourceSeen {
  readonly now: Date;
  readonly stored: Stored;
  readonly addresses?: Addresses;
}

/** The status fields that every source has. */
export interface SourceStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly artifact?: Artifact;
  /** Only kinds with a link have it. */
  readonly url?: string;
  readonly lastHandledReconcileAt?: string;
}

/** An object whose artifact others apply. */
export interface SourceObject<Status extends SourceStatus = SourceStatus> {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: { readonly interval: string };
  readonly status?: Status;
}

/** What is about to be fetched, and why. */
export interface Fetching {
  readonly revision: string;
  readonly why: string;
  /** What ArtifactOutdated says, where a kind has words of its own. */
  readonly news?: string;
  readonly newsReason?: string;
}

/** Whether what the status advertises cannot be had any more. */
export function isLost({ stored }: Pick<SourceSeen, 'stored'>): boolean {
  return stored === 'gone' || stored === 'corrupt';
}

/** The status without some of its fields. */
export function without<Status extends SourceStatus>(
  status: Status,
  ...fields: readonly (keyof SourceStatus)[]
): Status {
  const kept = Object.entries(status).filter(([field]) => !fields.some((one) => one === field));
  return Object.fromEntries(kept) as Status;
}
