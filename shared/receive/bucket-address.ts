import { encodeRfc3986 } from '../core/sigv4.ts';

/** The host of all buckets of AWS: their names are unique, whatever host they are asked for at. */
export const AWS_BUCKETS = 's3.amazonaws.com';
/** The host by which objects name the deployment's own object store. */
export const OWN_STORE = 'sluice.internal';
/** The bucket there: the drop zone of the object's own cluster. */
export const DROP_ZONE = 'sources';

/** Ours: folders of a prefix or a key that tell Buckets apart; an event costs a look at each. */
const MAX_DEPTH = 8;

/** The URL under which the index of repositories knows what is below `prefix` of a bucket. */
export function bucketUrl(host: string, bucket: string, prefix: string): string {
  return urlOf(host, bucket, foldersOf(prefix));
}

/** The URLs of all prefixes that a key of the bucket is below. */
export function bucketUrlsOf(host: string, bucket: string, key: string): readonly string[] {
  const folders = foldersOf(key);
  return Array.from({ length: folders.length + 1 }, (_, depth) =>
    urlOf(host, bucket, folders.slice(0, depth)),
  );
}

/** Whole folders only: a prefix may end in the middle of a name. */
function foldersOf(prefix: string): readonly string[] {
  return prefix.split('/').slice(0, -1).slice(0, MAX_DEPTH);
}

function urlOf(host: string, bucket: string, folders: readonly string[]): string {
  return `https://${host}/${[bucket, ...folders].map(encodeRfc3986).join('/')}`;
}
