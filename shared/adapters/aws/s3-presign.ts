import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Fault } from '../../core/failures.ts';
import { type AwsAccess, s3Settings } from './clients.ts';
import { faultOf } from './faults.ts';

/** S3: the longest that a presigned URL holds, 7 days; it ends earlier with the session it was signed in. */
export const MAX_PRESIGN_SECONDS = 7 * 24 * 60 * 60;

/** What a URL is good for: S3 takes it for no other method. */
export type PresignMethod = 'GET' | 'HEAD' | 'PUT';

/** Signs URLs for one bucket. */
export interface Presigner {
  readonly sign: (key: string, seconds: number, method: PresignMethod) => Promise<string>;
  readonly close: () => void;
}

/** Signs without asking anybody; a URL is signed as whoever the access is for. */
export function createPresigner(access: AwsAccess, bucket: string): Presigner {
  const client = new S3Client({
    ...s3Settings(access),
    // URLs are used without the SDK: the checksum in them would be an empty body's.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return {
    async sign(key, seconds, method) {
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_PRESIGN_SECONDS)
        throw new Fault('invalid', `a presigned URL holds 1 to ${MAX_PRESIGN_SECONDS} whole seconds`);
      try {
        return await getSignedUrl(client, commandOf(method, { Bucket: bucket, Key: key }), {
          expiresIn: seconds,
        });
      } catch (error) {
        throw faultOf(`sign a URL of bucket ${bucket}`, error);
      }
    },
    close: () => client.destroy(),
  };
}

function commandOf(method: PresignMethod, target: { readonly Bucket: string; readonly Key: string }) {
  if (method === 'GET') return new GetObjectCommand(target);
  return method === 'HEAD' ? new HeadObjectCommand(target) : new PutObjectCommand(target);
}
