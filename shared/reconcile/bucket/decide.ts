import type { Bucket, BucketSpec } from '../../api/bucket.ts';
import { isLost, type SourceSeen, type Trouble } from '../source/seen.ts';
import { invalidDuration, notBuilt } from '../source/spec.ts';

export type { Trouble };

/** What the bucket holds of what is asked for. */
export interface Listed {
  /** `sha256:<hex>` of the index (BK-05). */
  readonly revision: string;
  readonly files: number;
}

/** Everything that the decision rests on. */
export interface Seen extends SourceSeen {
  readonly listed: Listed | undefined;
  readonly trouble: Trouble | undefined;
}

/** What to do about a Bucket. */
export type Plan =
  | { readonly do: 'fail'; readonly trouble: Trouble }
  /** The index is the artifact's: nothing is downloaded. */
  | { readonly do: 'keep'; readonly listed: Listed }
  | { readonly do: 'fetch'; readonly listed: Listed; readonly why: string }
  | { readonly do: 'nothing' };

/** Decides from the listing and the store. A change of spec.ignore shows in the index alone (BK-08). */
export function decide({ status }: Bucket, seen: Seen): Plan {
  const { listed, trouble } = seen;
  if (trouble !== undefined) return { do: 'fail', trouble };
  if (listed === undefined) return { do: 'nothing' };
  if (isLost(seen)) return { do: 'fetch', listed, why: 'building artifact: disappeared from storage' };
  if (status?.artifact?.revision === listed.revision) return { do: 'keep', listed };
  return { do: 'fetch', listed, why: `building artifact: new upstream revision '${listed.revision}'` };
}

/** The first field of the spec that is not built yet or cannot be understood, as trouble that stalls. */
export function unsupported(spec: BucketSpec): Trouble | undefined {
  const { provider } = spec;
  const asked = [
    [provider === 'gcp' || provider === 'azure', `spec.provider ${provider}`],
    [spec.serviceAccountName !== undefined, 'spec.serviceAccountName'],
    [spec.sts !== undefined, 'spec.sts'],
  ] as const;
  return notBuilt(asked) ?? invalidDuration(spec);
}
