import type { HelmRepository } from '../../api/helm-repository.ts';
import { isLost, type SourceSeen, type Trouble } from '../source/seen.ts';

export type { Trouble };

/** Everything that the decision rests on. */
export interface Seen extends SourceSeen {
  /** `sha256:<hex>` of the index as it was fetched. */
  readonly revision: string | undefined;
  readonly trouble: Trouble | undefined;
}

/** What to do about a HelmRepository. */
export type Plan =
  | { readonly do: 'fail'; readonly trouble: Trouble }
  /** The index is the one that the artifact was made of: it is not even read (HR-04). */
  | { readonly do: 'keep' }
  | { readonly do: 'store'; readonly revision: string }
  | { readonly do: 'nothing' };

/** Decides from the index's digest and the store. */
export function decide({ status }: Pick<HelmRepository, 'status'>, seen: Seen): Plan {
  const { revision, trouble } = seen;
  if (trouble !== undefined) return { do: 'fail', trouble };
  if (revision === undefined) return { do: 'nothing' };
  if (!isLost(seen) && status?.artifact?.revision === revision) return { do: 'keep' };
  return { do: 'store', revision };
}
