import { afterAll, beforeAll, describe } from 'vitest';
import { type Moto, startMoto } from '../servers/moto.ts';
import { freshBucket, hasDotParts } from './aws-buckets.ts';
import { objectStoreContract } from './object-store.ts';
import { s3Contract } from './s3.ts';
import { storeOwnerContract } from './store-owner.ts';

describe('S3 store on moto', { timeout: 60_000 }, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 60_000);
  afterAll(() => moto.stop());

  objectStoreContract(async () => ({
    ...(await freshBucket(moto.access)),
    refuses: hasDotParts,
    lacks: ['new\nline'],
  }));
  storeOwnerContract(() => freshBucket(moto.access));
  s3Contract(() => moto.access, {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html has If-Match.
    'a body in parts goes over what it knows, never over anything else':
      'moto 5.2.5 does not read If-Match when an upload is completed, S3 does',
  });
});
