import type { Owner } from '../core/owner-labels.ts';
import type { Clock, Cluster } from '../ports.ts';
import type { Ignore } from './ignore/rules.ts';
import type { ClusterState } from './kinds.ts';
import type { TakenManager } from './managed-fields.ts';

/** What every step of one run works with. */
export interface ApplyContext {
  /** Already impersonating, already bound to the run's signal. */
  readonly cluster: Cluster;
  readonly owner: Owner;
  readonly fieldManager: string;
  readonly taken: readonly TakenManager[];
  /** Keys the fingerprints of values. */
  readonly key: Uint8Array;
  readonly state: ClusterState;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Fields that are left to others (`spec.ignore`); nothing when left out. */
  readonly ignore?: Ignore;
  /** Whether managed fields of another version than the one applied are rewritten to it (gate MigrateAPIVersion). */
  readonly migrates?: boolean;
  /** Kinds to list in full instead of by metadata, because somebody needs their objects anyway. */
  readonly inFull?: (kind: { readonly apiVersion: string; readonly kind: string }) => boolean;
}
