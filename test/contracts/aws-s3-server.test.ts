import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { freshBucket, hasDotParts } from './aws-buckets.ts';
import { faultOf } from './fault-of.ts';
import { objectStoreContract } from './object-store.ts';
import { s3Contract } from './s3.ts';
import { storeOwnerContract } from './store-owner.ts';

// S3's own keys are flat: objects whose key is the folder of another's, and parts of any length, are nothing special.
const FILES = 'this server keeps an object in a file of its name, S3 does not';

describe('S3 store on a real S3 server', { timeout: 60_000 }, () => {
  let server: AwsServer;
  beforeAll(async () => {
    server = await startS3Server();
  }, 60_000);
  afterAll(() => server.stop());

  objectStoreContract(async () => ({ ...(await freshBucket(server.access)), refuses: hasDotParts }), {
    'keys come in UTF-8 byte order': FILES,
    'a prefix is of characters, not of parts': FILES,
    'strange keys are kept apart and intact, or refused': FILES,
    'a key may have 1024 bytes and no more': FILES,
    '`a` and `a/b` coexist, whoever comes and goes first': FILES,
  });
  storeOwnerContract(() => freshBucket(server.access));
  s3Contract(() => server.access);

  test('a wrong key is a fault about the credentials, in a URL a refusal', async () => {
    const { store, bucket } = await freshBucket(server.access);
    await store.put('k', new Uint8Array(1));
    const wrong = { accessKeyId: server.access.credentials.accessKeyId, secretAccessKey: 'wrong' };
    const stranger = createS3Store({
      access: { ...server.access, credentials: wrong },
      bucket,
      clock: systemClock,
      chance: systemChance,
    });

    await faultOf(stranger.get('k'), 'unauthorized');
    expect((await fetch(await stranger.presign('k', 60))).status).toBe(403);
  });

  test('a presigned URL ends', async () => {
    const { store } = await freshBucket(server.access);
    await store.put('k', new Uint8Array(1));
    const url = await store.presign('k', 1);
    expect((await fetch(url)).status).toBe(200);

    await systemClock.sleep(2_100);

    expect((await fetch(url)).status).toBe(403);
  });

  test('a bucket of another owner is refused', async () => {
    const { bucket } = await freshBucket(server.access);
    const owner = '999999999999';
    const store = createS3Store({
      access: server.access,
      bucket,
      owner,
      clock: systemClock,
      chance: systemChance,
    });

    const { message } = await faultOf(store.put('k', new Uint8Array(1)), 'forbidden');

    expect(message).toContain(bucket);
  });
});
