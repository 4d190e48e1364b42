import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { readIndex, revisionOf } from '../../shared/artifact/bucket/bucket-index.ts';
import { packBucket } from '../../shared/artifact/bucket/pack-bucket.ts';
import type { BucketReader } from '../../shared/artifact/bucket/reader.ts';
import { s3Address } from '../../shared/artifact/bucket/s3-address.ts';
import { openS3 } from '../../shared/artifact/bucket/s3-reader.ts';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { readTarGz } from '../../shared/artifact/read-tar-gz.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { type S3Objects, s3Objects } from '../servers/s3-objects.ts';
import { collect } from './collect.ts';
import { faultOf } from './fault-of.ts';

interface Asked {
  readonly region?: string;
  readonly keys?: 'none' | 'wrong';
}

/** What reading a bucket comes to at a server of S3. */
export function bucketReaderContract(
  start: () => Promise<AwsServer>,
  { checksKeys }: { checksKeys: boolean },
): void {
  let server: AwsServer;
  let objects: S3Objects;
  beforeAll(async () => {
    server = await start();
    objects = s3Objects(server);
  });
  afterAll(() => server?.stop());

  function open(bucketName: string, { region = server.access.region, keys }: Asked = {}): BucketReader {
    const { accessKeyId, secretAccessKey } = server.access.credentials;
    const wrong = { accessKeyId, secretAccessKey: 'no such key' };
    const credentials =
      keys === 'none' ? undefined : keys === 'wrong' ? wrong : { accessKeyId, secretAccessKey };
    const endpoint = new URL(server.access.endpoint).host;
    const http = createHttp({ loopback: true, privateRanges: true });
    const access = { http, clock: systemClock, credentials, signal: AbortSignal.timeout(30_000) };
    return openS3(s3Address({ endpoint, bucketName, insecure: true, region }), access);
  }
  const keysOf = async (reader: BucketReader, prefix = ''): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const { key } of reader.list(prefix)) keys.push(key);
    return keys;
  };

  describe('a bucket', () => {
    test('[BK-12 signed] [BK-05 etags] is listed with keys, sizes and bare etags, and read', async () => {
      await objects.createBucket('plain');
      await objects.put('plain', 'a/b.yaml', 'hello');

      const [entry, ...more] = await collect(open('plain').list(''));
      const etag = createHash('md5').update('hello').digest('hex');
      expect([entry, more]).toEqual([{ key: 'a/b.yaml', etag, size: 5 }, []]);
      const found = await open('plain').get('a/b.yaml', 100);
      expect([Buffer.from(found?.body ?? []).toString(), found?.etag]).toEqual(['hello', etag]);
    });

    test('has keys of all kinds, as they were written', async () => {
      const keys = [
        'a b+c&d=e.yaml',
        "it's (1) 50%.yaml",
        'é/日本/😀.yaml',
        'x?y#z.yaml',
        'tilde~*.yaml',
        '<&>.yaml',
      ];
      await objects.createBucket('names');
      for (const key of keys) await objects.put('names', key, key);

      const reader = open('names');
      expect((await keysOf(reader)).toSorted()).toEqual(keys.toSorted());
      for (const key of keys)
        expect(Buffer.from((await reader.get(key, 100))?.body ?? []).toString()).toBe(key);
      expect(await keysOf(reader, 'a b+')).toEqual(['a b+c&d=e.yaml']);
    });

    test('is listed page by page to its end', async () => {
      await objects.createBucket('many');
      const keys = Array.from({ length: 1005 }, (_, i) => `k${String(i).padStart(4, '0')}`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => objects.put('many', key, '')));

      expect(await keysOf(open('many'))).toEqual(keys);
    });

    test('gives an object that is kept zipped as it is kept', async () => {
      await objects.createBucket('zipped');
      await objects.put('zipped', 'a', 'plain text', { 'content-encoding': 'gzip' });

      expect(Buffer.from((await open('zipped').get('a', 100))?.body ?? []).toString()).toBe('plain text');
    });

    test('becomes an artifact, and the same one as long as nothing changes', async () => {
      await objects.createBucket('packs');
      await objects.put('packs', '.sourceignore', '*.md\n');
      for (const key of ['a.yaml', 'b/c.yaml', 'README.md']) await objects.put('packs', key, key);
      const pack = async () => {
        const indexed = await readIndex(open('packs'), { prefix: '', ignore: undefined }, DEFAULT_LIMITS);
        return {
          listed: revisionOf(indexed.index),
          ...(await packBucket(open('packs'), indexed, DEFAULT_LIMITS)),
        };
      };

      const first = await pack();
      expect([...readTarGz(first.body, DEFAULT_LIMITS).keys()].toSorted()).toEqual([
        '.sourceignore',
        'a.yaml',
        'b/c.yaml',
      ]);
      expect([first.revision, (await pack()).digest]).toEqual([first.listed, first.digest]);
      await objects.put('packs', 'a.yaml', 'changed');
      expect((await pack()).revision).not.toBe(first.revision);
    });
  });

  describe('what cannot be read', () => {
    test('is a bucket that is not there', async () => {
      const fault = await faultOf(keysOf(open('nowhere')), 'not-found');

      expect(fault.data.reason).toBe('NoSuchBucket');
    });

    test('is undefined for an object that is not there, and too large for one above the cap', async () => {
      await objects.createBucket('caps');
      await objects.put('caps', 'five', '12345');

      expect(await open('caps').get('none', 100)).toBeUndefined();
      expect((await open('caps').get('five', 5))?.body.byteLength).toBe(5);
      await faultOf(open('caps').get('five', 4), 'too-large');
    });

    if (!checksKeys) return;
    test('is refused to wrong keys and to nobody', async () => {
      await objects.createBucket('guarded');

      for (const keys of ['wrong', 'none'] as const)
        await faultOf(keysOf(open('guarded', { keys })), 'unauthorized');
    });
  });
}
