import { describe, expect, test } from 'vitest';
import { type GcsAccess, openGcs } from '../../../shared/artifact/bucket/gcs-reader.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';

/** A bucket whose answers a test makes up. */
function bucketOf(answer: (request: HttpRequest) => readonly [number, string]) {
  const asked: HttpRequest[] = [];
  const access: GcsAccess = {
    http: {
      request: async (request) => {
        asked.push(request);
        const [status, body] = answer(request);
        return { status, headers: {}, body: Buffer.from(body), url: request.url };
      },
    },
    token: async () => 'the-token',
    signal: AbortSignal.timeout(10_000),
  };
  return { reader: openGcs('apps', access), asked };
}

describe('Google that answers with', () => {
  test.each<[string, string]>([
    ['HTML', '<html>'],
    ['nothing', ''],
    ['a list', '[]x'],
    ['items that are none', '{"items":{}}'],
    ['an item without a name', '{"items":[{"etag":"e"}]}'],
    ['an item without an etag', '{"items":[{"name":"a"}]}'],
    ['nothing for an item', '{"items":[null]}'],
    ['the same page for ever', '{"items":[],"nextPageToken":"t"}'],
    ['a page that is none', '{"nextPageToken":7}'],
  ])('%s is not believed', async (_name, body) => {
    await faultOf(Array.fromAsync(bucketOf(() => [200, body]).reader.list('')), 'malformed');
  });

  test.each<[number, FaultCode]>([
    [302, 'invalid'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'not-found'],
    [429, 'throttled'],
    [503, 'server-error'],
  ])('%i', async (status, code) => {
    const { reader, asked } = bucketOf(() => [status, '{"error":{"message":"Its\\nwords"}}']);

    expect((await faultOf(Array.fromAsync(reader.list('')), code)).message).toBe('Its words');
    expect(asked.map(({ maxRedirects }) => maxRedirects)).toEqual([0]);
  });

  test('an object that never stands still, and one that is too large', async () => {
    const moving = bucketOf(({ url }) =>
      url.includes('alt=media') ? [412, ''] : [200, '{"etag":"e","generation":"1"}'],
    );
    const large = bucketOf(({ url }) =>
      url.includes('alt=media') ? [200, 'x'.repeat(100)] : [200, '{"etag":"e","generation":"1"}'],
    );

    await faultOf(moving.reader.get('a', 10), 'conflict');
    expect(moving.asked).toHaveLength(6);
    await faultOf(large.reader.get('a', 10), 'too-large');
  });

  test('a bucket that is gone is no object that is gone', async () => {
    const message = 'The specified bucket does not exist.';
    const { reader } = bucketOf(() => [404, JSON.stringify({ error: { message } })]);

    await faultOf(reader.get('a', 10), 'not-found');
  });
});

test('whatever a key is called, it is asked for below its bucket, at Google', async () => {
  const { reader, asked } = bucketOf(() => [404, '']);
  for (const key of ['../../other/o/x', 'a?alt=media', '#', 'ü %2F']) await reader.get(key, 10);

  for (const { url, headers } of asked) {
    const { origin, pathname } = new URL(url);
    expect(origin).toBe('https://storage.googleapis.com');
    expect(pathname).toMatch(/^\/storage\/v1\/b\/apps\/o\/[^/]+$/);
    expect(headers).toEqual({ authorization: 'Bearer the-token' });
  }
});
