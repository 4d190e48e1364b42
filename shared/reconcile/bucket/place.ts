import type { BucketSpec } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { type AzureAddress, azureAddress } from '../../artifact/bucket/azure-address.ts';
import { isGcsBucket } from '../../artifact/bucket/gcs-reader.ts';
import type { OwnView } from '../../artifact/bucket/own-bucket.ts';
import { isAws, type S3Address, s3Address } from '../../artifact/bucket/s3-address.ts';
import type { OwnBucket } from '../../core/deployment.ts';
import { isFault } from '../../core/failures.ts';
import { AWS_BUCKETS, bucketUrl, DROP_ZONE, OWN_STORE } from '../../receive/bucket-address.ts';
import type { Trouble } from '../source/seen.ts';

/** Where the objects of a Bucket are. */
export type Place =
  | { readonly at: 's3'; readonly address: S3Address }
  /** Of Google, where the bucket's name says it all. */
  | { readonly at: 'google' }
  | { readonly at: 'azure'; readonly address: AzureAddress }
  /** In the deployment's own object store. */
  | { readonly at: 'own'; readonly view: OwnView }
  | { readonly at: 'nowhere'; readonly trouble: Trouble };

/** What a Bucket of `cluster` names; of the deployment's own bucket only the cluster's drop zone can be read. */
export function placeOf(spec: BucketSpec, cluster: string, own: OwnBucket | undefined): Place {
  if (spec.provider === 'azure') return azurePlace(spec);
  if (spec.provider === 'gcp') {
    if (isGcsBucket(spec.bucketName)) return { at: 'google' };
    return nowhere(REASON.urlInvalid, `'${spec.bucketName}' is not the name of a bucket`);
  }
  const zone = `${DROP_ZONE}/${cluster}/`;
  if (isOwnStore(spec.endpoint)) {
    if (spec.bucketName === DROP_ZONE) return { at: 'own', view: { within: zone, hidden: zone } };
    const text = `there is no bucket '${spec.bucketName}' at ${OWN_STORE}; the drop zone is '${DROP_ZONE}'`;
    return nowhere(REASON.invalidSpec, text);
  }
  let address: S3Address;
  try {
    address = s3Address(spec);
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return nowhere(REASON.urlInvalid, error.message);
  }
  if (!isOwnBucket(address, own)) return { at: 's3', address };
  if (spec.prefix?.startsWith(zone)) return { at: 'own', view: { within: zone, hidden: '' } };
  const advice = `set spec.prefix to '${zone}' or a part of it, or read the drop zone as bucket '${DROP_ZONE}' at ${OWN_STORE}`;
  return nowhere(
    REASON.accessDenied,
    `bucket '${address.bucket}' is Sluice's own, and what Sluice writes there cannot be a source; ${advice}`,
  );
}

function azurePlace(spec: BucketSpec): Place {
  try {
    return { at: 'azure', address: azureAddress(spec) };
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return nowhere(REASON.urlInvalid, error.message);
  }
}

/** The URL by which events find the Bucket; undefined for a place that is none. */
export function findableAt(spec: BucketSpec): string | undefined {
  const { bucketName, endpoint, prefix = '', provider } = spec;
  // Nothing tells of what changes there.
  if (provider === 'azure' || provider === 'gcp') return undefined;
  if (isOwnStore(endpoint)) return bucketUrl(OWN_STORE, bucketName, prefix);
  try {
    const address = s3Address(spec);
    return bucketUrl(isAws(address) ? AWS_BUCKETS : address.host, address.bucket, prefix);
  } catch (error) {
    if (isFault(error, 'invalid')) return undefined;
    throw error;
  }
}

function isOwnStore(endpoint: string): boolean {
  return endpoint.toLowerCase().replace(/\/$/, '') === OWN_STORE;
}

function isOwnBucket(address: S3Address, own: OwnBucket | undefined): boolean {
  if (own === undefined || address.bucket.toLowerCase() !== own.name.toLowerCase()) return false;
  return isAws(address) || address.host === own.host;
}

function nowhere(reason: string, message: string): Place {
  return { at: 'nowhere', trouble: { condition: 'FetchFailed', reason, message, stalling: true } };
}
