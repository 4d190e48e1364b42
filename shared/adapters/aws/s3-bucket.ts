import type { S3Client } from '@aws-sdk/client-s3';
import { Fault, isFault } from '../../core/failures.ts';
import { checkKey } from '../../core/object-keys.ts';
import type { Chance, Clock } from '../../ports.ts';
import type { AwsAccess } from './clients.ts';
import { faultOf } from './faults.ts';

/** The bucket, and what it takes to reach it. */
export interface S3StoreOptions {
  readonly access: AwsAccess;
  readonly bucket: string;
  /** The account that must own the bucket: a bucket of that name in another account is refused by S3. */
  readonly owner?: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** What the requests of one bucket share. */
export interface S3Bucket extends Omit<S3StoreOptions, 'bucket'> {
  readonly client: S3Client;
  /** Names the bucket, and its owner when that is known, in every request. */
  readonly address: { readonly Bucket: string; readonly ExpectedBucketOwner?: string };
}

/** Refuses what S3 refuses, and parts that HTTP and its proxies may take for the way up: Fault `invalid`. */
export function checkS3Key(key: string): void {
  checkKey(key);
  // S3 answers 400 when such parts lead above the bucket, and its console and command line cannot reach the others.
  if (key.split('/').some((part) => part === '.' || part === '..'))
    throw new Fault('invalid', 'a key in S3 has no part "." or ".."', { key });
}

/** For people: where a request went. */
export function placeOf(bucket: S3Bucket, key: string): string {
  return `s3://${bucket.address.Bucket}/${shown(key)}`;
}

/** The rest of a key under `hooks/` is a webhook's secret path. */
function shown(key: string): string {
  return key.replace(/^hooks\/.+/, 'hooks/...');
}

/** The Fault for what S3 said about `key`; one that names the bucket's own trouble says what to do. */
export function s3Fault(bucket: S3Bucket, action: string, key: string, error: unknown): unknown {
  const name = error instanceof Error ? error.name : '';
  const { Bucket } = bucket.address;
  const { region } = bucket.access;
  if (name === 'NoSuchBucket') return noBucket(bucket, error);
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return new Fault('invalid', `bucket ${Bucket} is not in region ${region}; correct the region`, {}, error);
  const fault = faultOf(`${action} ${placeOf(bucket, key)}`, error);
  // S3 quotes keys; its own error stays out then.
  if (shown(key) === key || !isFault(fault)) return fault;
  return new Fault(fault.code, fault.message.replaceAll(key, shown(key)), fault.data);
}

/** Fault `not-found` for a bucket that is not there. */
export function noBucket({ address, access }: S3Bucket, cause: unknown): Fault {
  const { Bucket } = address;
  const advice = 'deploy again, or correct the name of the bucket';
  return new Fault(
    'not-found',
    `bucket ${Bucket} does not exist in ${access.region}; ${advice}`,
    { bucket: Bucket },
    cause,
  );
}
