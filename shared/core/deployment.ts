import type { AwsSession } from './identity/sts-answer.ts';

/** What every deployment has one of. */
export interface Deployment {
  readonly id: string;
  /** Keys HMACs of values that must not be guessable (drift.md, obligation 7). */
  readonly key: Uint8Array;
  /** The key of the webhook index; only `receive` and the Receiver's reconciler can have it, others a Fault `forbidden`. */
  readonly hookKey?: () => Promise<Uint8Array>;
  /** The S3 bucket behind the object store, where it is one. */
  readonly bucket?: OwnBucket;
  /** Keys of the role that is registered as a cluster's identity, for that cluster alone; absent where there is no AWS. */
  readonly assumeIdentity?: (roleArn: string, cluster: string) => Promise<AwsSession>;
}

/** The deployment's own bucket, by the name and the place that a Bucket object would give it. */
export interface OwnBucket {
  readonly name: string;
  /** `host[:port]` of S3 where it is not AWS's own. */
  readonly host?: string;
}

/** What the trust policy of a cluster's role must ask for, so that no other deployment and no other cluster can use it. */
export function externalIdOf(deployment: string, cluster: string): string {
  return `sluice:${deployment}:${cluster}`;
}
