import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { AwsAccess } from '../../shared/adapters/aws/clients.ts';
import { createS3Store, type S3Store } from '../../shared/adapters/aws/s3-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';

/** A store on a new bucket; its own client is there for what the store does not do. */
export async function freshBucket(
  access: AwsAccess,
): Promise<{ readonly store: S3Store; readonly bucket: string; readonly client: S3Client }> {
  const bucket = `b-${systemChance.uuid()}`;
  const client = new S3Client({ ...access, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const store = createS3Store({ access, bucket, clock: systemClock, chance: systemChance });
  onTestFinished(() => {
    store.close();
    client.destroy();
  });
  return { store, bucket, client };
}

/** S3 answers 400 to parts that lead above the bucket; the adapter refuses all of them. */
export function hasDotParts(key: string): boolean {
  return key.split('/').some((part) => part === '.' || part === '..');
}
