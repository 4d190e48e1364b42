import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-bucket.ts';

/** Ours: a larger body goes in parts, so that what breaks off is sent again in part only; S3 asks for it from 5 GB on. */
export const MULTIPART_FROM_BYTES = 32 * 1024 * 1024;
/** Ours: bytes of a part. S3 allows 5 MiB to 5 GiB, and 10,000 parts: 160 GB, more than fits into memory. */
export const PART_BYTES = 16 * 1024 * 1024;
/** Ours: parts under way at a time. */
const PARALLEL_PARTS = 4;

/** What every kind of put needs to know. */
export interface Put {
  readonly key: string;
  readonly body: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
  readonly condition: { readonly IfMatch?: string; readonly IfNoneMatch?: '*' };
}

/** Puts `body` in parts; it appears whole, or not at all, when the last step has looked at the condition. Returns the etag. */
export async function putParts(bucket: S3Bucket, one: Put): Promise<string> {
  const { client, address } = bucket;
  const { key, body, metadata } = one;
  const target = { ...address, Key: key };
  const create = { ...target, Metadata: metadata, ChecksumAlgorithm: 'CRC32' } as const;
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(create));
  const upload = { ...target, UploadId };
  try {
    const Parts = await uploadParts(bucket, upload, body);
    const complete = { ...upload, ...one.condition, MultipartUpload: { Parts } };
    return (await client.send(new CompleteMultipartUploadCommand(complete))).ETag ?? '';
  } catch (error) {
    // What is left behind is collected by the bucket's rule for unfinished uploads.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function uploadParts(
  { client }: S3Bucket,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  body: Uint8Array,
): Promise<CompletedPart[]> {
  const count = Math.ceil(body.byteLength / PART_BYTES);
  const parts: CompletedPart[] = [];
  let next = 0;
  let broken = false;
  const work = async (): Promise<void> => {
    while (next < count && !broken) {
      const index = next++;
      const PartNumber = index + 1;
      const Body = body.subarray(index * PART_BYTES, PartNumber * PART_BYTES);
      const command = new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'CRC32' });
      const { ETag, ChecksumCRC32 } = await client.send(command).catch((error: unknown) => {
        broken = true;
        throw error;
      });
      parts[index] = { PartNumber, ...(ETag && { ETag }), ...(ChecksumCRC32 && { ChecksumCRC32 }) };
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL_PARTS, count) }, work);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return parts;
}
