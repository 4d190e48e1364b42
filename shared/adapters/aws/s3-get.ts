import { GetObjectCommand, type GetObjectCommandOutput, HeadBucketCommand } from '@aws-sdk/client-s3';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import type { StoredObject } from '../../ports.ts';
import { isSdkError } from './faults.ts';
import { noBucket, placeOf, type S3Bucket, s3Fault } from './s3-bucket.ts';

/** Ours: tries of a read whose body broke off; the SDK repeats only what failed before the body began. */
const READ_TRIES = 3;

/** The object at `key`, its bytes held against S3's checksum. */
export async function get(bucket: S3Bucket, key: string): Promise<StoredObject | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await getOnce(bucket, key);
    } catch (error) {
      const again = isFault(error, 'unreachable', 'malformed') && attempt < READ_TRIES;
      if (!again) throw error;
    }
  }
}

/** S3 answers a HEAD without a body: whether the object or the bucket is missing, it says only when asked for the bucket. */
export async function assertBucket(bucket: S3Bucket): Promise<void> {
  try {
    await bucket.client.send(new HeadBucketCommand(bucket.address));
  } catch (error) {
    if (isSdkError(error) && error.$metadata?.httpStatusCode === 404) throw noBucket(bucket, error);
    throw s3Fault(bucket, 'head', '', error);
  }
}

async function getOnce(bucket: S3Bucket, key: string): Promise<StoredObject | undefined> {
  const { client, address } = bucket;
  let answer: GetObjectCommandOutput;
  try {
    answer = await client.send(new GetObjectCommand({ ...address, Key: key }));
  } catch (error) {
    if (isSdkError(error) && error.name === 'NoSuchKey') return undefined;
    throw s3Fault(bucket, 'get', key, error);
  }
  const body = await bodyOf(bucket, key, answer);
  return { body, etag: answer.ETag ?? '', lastModified: answer.LastModified ?? new Date(0) };
}

async function bodyOf(
  bucket: S3Bucket,
  key: string,
  { Body, ContentLength }: GetObjectCommandOutput,
): Promise<Uint8Array> {
  const what = `get ${placeOf(bucket, key)}`;
  let body: Uint8Array;
  try {
    body = (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    const text = messageOf(error);
    // The SDK's plain error for bytes that its checksum refutes.
    const wrong = text.startsWith('Checksum mismatch');
    throw new Fault(
      wrong ? 'malformed' : 'unreachable',
      `${what}: the answer broke off: ${text}`,
      { key },
      error,
    );
  }
  if (ContentLength !== undefined && body.byteLength !== ContentLength)
    throw new Fault('unreachable', `${what}: ${body.byteLength} bytes of ${ContentLength} came`, { key });
  return body;
}
