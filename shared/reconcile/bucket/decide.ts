import type { Bucket, BucketSpec } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { isLost, type SourceSeen, type Trouble } from '../source/seen.ts';
import { invalidDuration } from '../source/spec.ts';

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

/** The first field of the spec that cannot be understood, as trouble that stalls. */
export function unsupported(spec: BucketSpec): Trouble | undefined {
  return stsTrouble(spec) ?? invalidDuration(spec);
}

/** What is wrong with `spec.sts` as it is written; the CRD's rules let nothing of the first kind through (BK-02, BK-03). */
function stsTrouble({ provider, sts, secretRef, serviceAccountName }: BucketSpec): Trouble | undefined {
  if (sts === undefined) return undefined;
  if (provider !== 'aws' && provider !== 'generic')
    return misuse(`STS configuration is not supported for '${provider}' bucket provider`);
  if (sts.provider !== (provider === 'aws' ? 'aws' : 'ldap'))
    return misuse(`STS provider '${sts.provider}' is not supported for '${provider}' bucket provider`);
  if (sts.provider === 'aws' && sts.secretRef !== undefined)
    return misuse("spec.sts.secretRef is not required for the 'aws' STS provider");
  if (sts.provider === 'aws' && sts.certSecretRef !== undefined)
    return misuse("spec.sts.certSecretRef is not required for the 'aws' STS provider");
  if (!URL.canParse(sts.endpoint)) {
    const message = `failed to parse STS endpoint '${sts.endpoint}'`;
    return { condition: 'FetchFailed', reason: REASON.urlInvalid, message, stalling: true };
  }
  if (sts.provider === 'aws' && secretRef === undefined && serviceAccountName === undefined)
    return misuse(
      "spec.sts of provider 'aws' is asked as a service account: set spec.serviceAccountName, or remove spec.sts",
    );
  return undefined;
}

function misuse(message: string): Trouble {
  return { condition: 'FetchFailed', reason: REASON.invalidStsConfiguration, message, stalling: true };
}
