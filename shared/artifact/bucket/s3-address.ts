import { Fault } from '../../core/failures.ts';
import { encodeRfc3986 } from '../../core/sigv4.ts';

/** Where a bucket is. */
export interface S3Address {
  /** `host[:port]` of the service. */
  readonly host: string;
  readonly bucket: string;
  readonly insecure: boolean;
  /** Undefined when neither the object nor the host's name says it. */
  readonly region?: string;
}

/** What S3 takes a request for that says nothing of a region. */
export const DEFAULT_REGION = 'us-east-1';

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::[0-9]{1,5})?$/;
const AWS_HOST = /^s3(?:[.-](?:fips[.-])?(?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(\.cn)?$/;
// Those whose buckets have host names of their own; everywhere else the bucket is the path's beginning, as minio-go does it.
const HOSTED = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|storage\.googleapis\.com|aliyuncs\.com)$/;
// It becomes a part of a host's name and of a header.
const REGION = /^[A-Za-z0-9_-]{1,64}$/;
// minio-go's rule for names of buckets.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._:-]{1,61}[A-Za-z0-9]$/;

/** The place that `endpoint` and `bucketName` mean. Fault `invalid`. */
export function s3Address(spec: {
  readonly endpoint: string;
  readonly bucketName: string;
  readonly insecure?: boolean;
  readonly region?: string;
}): S3Address {
  const host = spec.endpoint.toLowerCase().replace(/\/$/, '');
  if (!HOST.test(host) || !URL.canParse(`https://${host}`))
    throw new Fault('invalid', `endpoint '${spec.endpoint}' is not a host with or without a port`);
  const { bucketName: bucket, insecure = false } = spec;
  if (!BUCKET.test(bucket) || bucket.includes('..'))
    throw new Fault('invalid', `'${bucket}' is not the name of a bucket`);
  if (spec.region && !REGION.test(spec.region))
    throw new Fault('invalid', `'${spec.region}' is not the name of a region`);
  const region = spec.region || AWS_HOST.exec(host)?.[1];
  return { host, bucket, insecure, ...(region !== undefined && { region }) };
}

/** Whether AWS itself serves the bucket: there a bucket's name is nobody else's. */
export function isAws({ host }: Pick<S3Address, 'host'>): boolean {
  return /(?:^|\.)amazonaws\.com(?:\.cn)?$/.test(host);
}

/** The URL of a key of the bucket, or of the bucket itself, in `region`. */
export function urlOf(
  { host, bucket, insecure }: S3Address,
  region: string,
  key: string,
  query: readonly (readonly [string, string])[] = [],
): string {
  const name = host.replace(/:[0-9]+$/, '');
  const hosted = HOSTED.test(name) && (insecure || !bucket.includes('.')) && bucket === bucket.toLowerCase();
  const place = regional(host, region);
  const path = key.split('/').map(encodeRfc3986).join('/');
  const search = query.map(([field, value]) => `${encodeRfc3986(field)}=${encodeRfc3986(value)}`).join('&');
  const base = `${insecure ? 'http' : 'https'}://${hosted ? `${bucket}.${place}/` : `${place}/${bucket}/`}`;
  return `${base}${path}${search === '' ? '' : `?${search}`}`;
}

/** The global name of AWS's S3 answers for one region only. */
function regional(host: string, region: string): string {
  const isGlobal = host === 's3.amazonaws.com' && region !== DEFAULT_REGION;
  return isGlobal ? `s3.${region}.amazonaws.com` : host;
}
