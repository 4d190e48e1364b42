import type { ResourceInventory } from '../../api/meta.ts';
import type { Scope } from '../reconciler.ts';

/** How the health check came out. */
export type HealthOutcome =
  /** Neither `wait` nor `healthChecks`, or nothing to check. */
  | { readonly state: 'off' }
  | { readonly state: 'healthy' }
  | { readonly state: 'waiting' }
  /** `message` is upstream's, without the leading `health check failed after`. */
  | { readonly state: 'failed'; readonly message: string };

/** What an apply did, whole or up to where it failed. */
export interface AppliedWork {
  /** `sha256:<hex>` of the built manifests. */
  readonly renderedDigest: string;
  readonly inventory: ResourceInventory;
  /** `Kind/namespace/name created` and so on, in order; unchanged ones are not listed. */
  readonly changes: readonly string[];
  readonly pruned: readonly string[];
}

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly at: Date }
  /** The artifact is advertised but no longer in the store. */
  | { readonly kind: 'artifact-gone'; readonly at: Date }
  | { readonly kind: 'stalled'; readonly at: Date; readonly reason: string; readonly message: string }
  /** `renderedDigest` is there once the build is done; from then on the failure enters the history. */
  | {
      readonly kind: 'failed';
      readonly at: Date;
      readonly reason: string;
      readonly message: string;
      readonly attempted: boolean;
      readonly renderedDigest?: string;
      readonly work?: AppliedWork;
    }
  | {
      readonly kind: 'applied';
      readonly at: Date;
      readonly work: AppliedWork;
      readonly health: HealthOutcome;
    }
  | { readonly kind: 'unchanged'; readonly at: Date; readonly health: HealthOutcome };

/** A failure of now. */
export function failed(
  scope: Scope,
  reason: string,
  message: string,
  attempted: boolean,
): Report & { kind: 'failed' } {
  return { kind: 'failed', at: scope.ports.clock.now(), reason, message, attempted };
}
