import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect, test as vitest } from 'vitest';
import type { AwsAccess } from '../../shared/adapters/aws/clients.ts';
import { MULTIPART_FROM_BYTES, PART_BYTES } from '../../shared/adapters/aws/s3-multipart.ts';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { freshBucket } from './aws-buckets.ts';
import { collect } from './collect.ts';
import { faultOf } from './fault-of.ts';
import { type KnownFailures, testOrKnown } from './known-failures.ts';

const world = { clock: systemClock, chance: systemChance };
const text = (body: string) => new TextEncoder().encode(body);

/** A body of three parts, the last one small, each byte told by its place. */
function largeBody(seed: number): Uint8Array {
  const body = new Uint8Array(Math.max(MULTIPART_FROM_BYTES, 2 * PART_BYTES) + 1_000);
  for (let at = 0; at < body.length; at += 4_096) body.fill((seed + at / 4_096) % 251, at, at + 4_096);
  return body;
}

/** What only S3 can do; runs against every S3 server. */
export function s3Contract(access: () => AwsAccess, knownFailures: KnownFailures = {}): void {
  const test = testOrKnown(knownFailures);

  test('a body in parts is got back whole, and its list entry has its size and etag', async () => {
    const { store, client, bucket } = await freshBucket(access());
    const body = largeBody(1);

    const { etag } = await store.put('large', body);

    const stored = await store.get('large');
    expect(Buffer.compare(stored?.body ?? new Uint8Array(), body)).toBe(0);
    // S3 writes how many parts there were behind the etag: it did come in parts.
    expect(etag).toMatch(/-3"$/);
    expect(stored?.etag).toBe(etag);
    expect(await collect(store.list('large'))).toMatchObject([{ size: body.byteLength, etag }]);
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(open.Uploads ?? []).toEqual([]);
  });

  test('a body in parts for an absent key that is there changes nothing and leaves no parts', async () => {
    const { store, client, bucket } = await freshBucket(access());
    const { etag } = await store.put('large', text('first'));

    await faultOf(store.put('large', largeBody(2), { ifAbsent: true }), 'precondition-failed');

    expect((await store.get('large'))?.etag).toBe(etag);
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(open.Uploads ?? []).toEqual([]);
  });

  test('a body in parts goes over what it knows, never over anything else', async () => {
    const { store } = await freshBucket(access());
    const { etag } = await store.put('large', text('first'));

    const second = await store.put('large', largeBody(2), { ifMatch: etag });
    await faultOf(store.put('large', largeBody(3), { ifMatch: etag }), 'precondition-failed');

    expect((await store.head('large'))?.etag).toBe(second.etag);
  });

  test('a presigned URL is enough to read one object, to look at it, and to write one, without a key', async () => {
    const { store } = await freshBucket(access());
    await store.put('a b/+\u00e9', text('handed out'));

    const source = await store.presign('a b/+\u00e9', 60);
    const read = await fetch(source);
    const looked = await fetch(await store.presign('a b/+\u00e9', 60, 'HEAD'), { method: 'HEAD' });
    const link = await store.presign('in/1', 60, 'PUT');
    const written = await fetch(link, { method: 'PUT', body: 'handed in' });

    expect(await read.text()).toBe('handed out');
    expect([looked.status, looked.headers.get('content-length')]).toEqual([200, '10']);
    expect(written.status).toBe(200);
    // S3 would hold the body against a checksum of the nothing that was signed.
    expect((link + source).toLowerCase()).not.toContain('checksum');
    expect((await store.get('in/1'))?.body).toEqual(text('handed in'));
  });

  vitest.each([0, 0.5, 604_801])('a URL for %d seconds is refused', async (seconds) => {
    const { store } = await freshBucket(access());

    await faultOf(store.presign('k', seconds), 'invalid');
  });

  test('keys come in order and a prefix is of characters, in one folder too', async () => {
    const { store } = await freshBucket(access());
    const keys = ['A', 'a-b', 'a.b', 'a/b', 'a0', 'b/a', 'c+d', 'c d', '\u00e9', '\uff5e', '\u{1f600}'];
    for (const key of keys) await store.put(`o/${key}`, text(key));

    const listed = (await collect(store.list('o/'))).map(({ key }) => key);

    const order = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed).toEqual(order.map((key) => `o/${key}`));
    expect((await collect(store.list('o/a'))).map(({ key }) => key)).toEqual([
      'o/a-b',
      'o/a.b',
      'o/a/b',
      'o/a0',
    ]);
  });

  test('of twenty that put over the same etag at once, one succeeds', async () => {
    const { store } = await freshBucket(access());
    const { etag } = await store.put('race', text('start'));

    const tries = Array.from({ length: 20 }, (_, index) =>
      store.put('race', text(`writer ${index}`), { ifMatch: etag }),
    );
    const results = await Promise.allSettled(tries);

    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await store.get('race'))?.body).toEqual(text(`writer ${winner}`));
  });

  test('a bucket that is not there is a fault that names it and says what to do', async () => {
    const store = createS3Store({ access: access(), bucket: 'no-such-bucket', ...world });

    const faults = [
      await faultOf(store.get('k'), 'not-found'),
      await faultOf(store.head('k'), 'not-found'),
      await faultOf(store.put('k', text('x')), 'not-found'),
      await faultOf(store.put('k', text('x'), { ifMatch: '"x"' }), 'not-found'),
      await faultOf(store.delete('k'), 'not-found'),
      await faultOf(collect(store.list('')), 'not-found'),
    ];

    for (const { message } of faults) expect(message).toMatch(/bucket no-such-bucket .*deploy again/);
  });
}
