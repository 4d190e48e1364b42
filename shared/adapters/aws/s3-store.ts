import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Fault } from '../../core/failures.ts';
import { checkPutCondition } from '../../core/object-keys.ts';
import type { ObjectStore, StoredEntry } from '../../ports.ts';
import { s3Settings } from './clients.ts';
import { isSdkError } from './faults.ts';
import { checkS3Key, placeOf, type S3Bucket, type S3StoreOptions, s3Fault } from './s3-bucket.ts';
import { assertBucket, get } from './s3-get.ts';
import { createPresigner, type PresignMethod } from './s3-presign.ts';
import { notExpected, put, untilSettled } from './s3-put.ts';

/** A bucket as an object store, whose objects can be handed out by URL. */
export interface S3Store extends ObjectStore {
  /** A URL that anyone may GET, HEAD or PUT the object with for `seconds` (1 to 7 days). Fault `invalid` outside that. */
  presign(key: string, seconds: number, method?: PresignMethod): Promise<string>;
  close(): void;
}

/** One bucket through one kept client; nothing is asked before the first request. */
export function createS3Store({ bucket: name, ...options }: S3StoreOptions): S3Store {
  const address = {
    Bucket: name,
    ...(options.owner !== undefined && { ExpectedBucketOwner: options.owner }),
  };
  const presigner = createPresigner(options.access, name);
  const bucket: S3Bucket = { ...options, client: new S3Client(s3Settings(options.access)), address };
  let isThere: Promise<void> | undefined;
  const assertOnce = () => {
    isThere ??= assertBucket(bucket).catch((error: unknown) => {
      isThere = undefined;
      throw error;
    });
    return isThere;
  };
  return {
    get: async (key) => {
      checkS3Key(key);
      return get(bucket, key);
    },
    head: async (key) => {
      checkS3Key(key);
      const entry = await head(bucket, key);
      if (entry === undefined) await assertOnce();
      return entry;
    },
    put: async (key, body, condition) => {
      checkS3Key(key);
      checkPutCondition(condition);
      return put(bucket, key, body, condition);
    },
    delete: async (key, condition) => {
      checkS3Key(key);
      await remove(bucket, key, condition?.ifMatch);
    },
    list: (prefix) => list(bucket, prefix),
    presign: async (key, seconds, method = 'GET') => {
      checkS3Key(key);
      return presigner.sign(key, seconds, method);
    },
    close: () => {
      bucket.client.destroy();
      presigner.close();
    },
  };
}

async function head(bucket: S3Bucket, key: string): Promise<StoredEntry | undefined> {
  try {
    const answer = await bucket.client.send(new HeadObjectCommand({ ...bucket.address, Key: key }));
    const { ContentLength = 0, ETag = '', LastModified = new Date(0) } = answer;
    return { key, size: ContentLength, etag: ETag, lastModified: LastModified };
  } catch (error) {
    if (isSdkError(error) && error.$metadata?.httpStatusCode === 404) return undefined;
    throw s3Fault(bucket, 'head', key, error);
  }
}

async function remove(bucket: S3Bucket, key: string, ifMatch: string | undefined): Promise<void> {
  const condition = ifMatch === undefined ? {} : { IfMatch: ifMatch };
  const command = new DeleteObjectCommand({ ...bucket.address, ...condition, Key: key });
  await untilSettled(bucket, 'delete', key, async () => {
    try {
      await bucket.client.send(command);
    } catch (error) {
      if (isSdkError(error) && error.name === 'NoSuchKey') return;
      const status = isSdkError(error) ? error.$metadata?.httpStatusCode : undefined;
      throw status === 412 ? notExpected(bucket, key, error) : error;
    }
  });
}

/** S3 lists in UTF-8 order; names are asked for URL-encoded, as XML cannot hold every character that a key can. */
async function* list(bucket: S3Bucket, prefix: string): AsyncIterable<StoredEntry> {
  const { client, address } = bucket;
  let token: string | undefined;
  do {
    const from = token === undefined ? {} : { ContinuationToken: token };
    const command = new ListObjectsV2Command({ ...address, ...from, Prefix: prefix, EncodingType: 'url' });
    const page = await client.send(command).catch((error: unknown) => {
      throw s3Fault(bucket, 'list', prefix, error);
    });
    const url = page.EncodingType === 'url';
    for (const { Key = '', Size = 0, ETag = '', LastModified = new Date(0) } of page.Contents ?? [])
      yield { key: url ? decodeKey(Key) : Key, size: Size, etag: ETag, lastModified: LastModified };
    token = page.NextContinuationToken;
    if (page.IsTruncated && token === undefined)
      throw new Fault('malformed', `list ${placeOf(bucket, prefix)}: the rest of the list is missing`);
  } while (token !== undefined);
}

/** As a form: a blank is "+", a plus "%2B". */
function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}
