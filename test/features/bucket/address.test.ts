import { describe, expect, test } from 'vitest';
import { s3Address, urlOf } from '../../../shared/artifact/bucket/s3-address.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { bucketUrl, bucketUrlsOf } from '../../../shared/receive/bucket-address.ts';
import { addressDigest, repositoryAddress } from '../../../shared/receive/repository-address.ts';
import { placeOf } from '../../../shared/reconcile/bucket/place.ts';

function urlFor(
  endpoint: string,
  bucketName: string,
  more: { region?: string; insecure?: boolean } = {},
): string {
  const address = s3Address({ endpoint, bucketName, ...more });
  return urlOf(address, address.region ?? 'us-east-1', 'a b/ü');
}

describe('the URL of an object', () => {
  test.each([
    ['minio.minio:9000', 'apps', {}, 'https://minio.minio:9000/apps/a%20b/%C3%BC'],
    ['Minio.Example.com/', 'apps', { insecure: true }, 'http://minio.example.com/apps/a%20b/%C3%BC'],
    ['[fd00::1]:9000', 'apps', {}, 'https://[fd00::1]:9000/apps/a%20b/%C3%BC'],
    ['s3.eu-west-1.amazonaws.com', 'apps', {}, 'https://apps.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC'],
    ['s3.amazonaws.com', 'apps', {}, 'https://apps.s3.amazonaws.com/a%20b/%C3%BC'],
    // As minio-go: the certificate has no names with a dot more.
    ['s3.amazonaws.com', 'apps.example', {}, 'https://s3.amazonaws.com/apps.example/a%20b/%C3%BC'],
    [
      's3.amazonaws.com',
      'apps',
      { region: 'eu-west-3' },
      'https://apps.s3.eu-west-3.amazonaws.com/a%20b/%C3%BC',
    ],
    ['storage.googleapis.com', 'apps', {}, 'https://apps.storage.googleapis.com/a%20b/%C3%BC'],
    [
      'xs3.amazonaws.com.evil.example',
      'apps',
      {},
      'https://xs3.amazonaws.com.evil.example/apps/a%20b/%C3%BC',
    ],
  ])('at %s, bucket %s', (endpoint, bucketName, more, url) => {
    expect(urlFor(endpoint, bucketName, more)).toBe(url);
  });

  test.each([
    ['s3.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['s3-us-west-2.amazonaws.com', 'us-west-2'],
    ['s3.dualstack.ap-south-1.amazonaws.com', 'ap-south-1'],
    ['s3.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['s3.amazonaws.com', undefined],
    ['minio.minio', undefined],
  ])('[BK-01 region] at %s is of region %s', (endpoint, region) => {
    expect(s3Address({ endpoint, bucketName: 'apps' }).region).toBe(region);
    expect(s3Address({ endpoint, bucketName: 'apps', region: 'x-1' }).region).toBe('x-1');
  });

  test.each([
    ['https://minio.example.com', 'apps'],
    ['minio.example.com/path', 'apps'],
    ['user@minio.example.com', 'apps'],
    ['minio.example.com:99999', 'apps'],
    ['', 'apps'],
    ['a b', 'apps'],
    ['minio', '../apps'],
    ['minio', 'a/b'],
    ['minio', 'ab'],
    ['minio', 'a..b'],
    ['minio', 'x'.repeat(64)],
  ])('is refused at "%s", bucket "%s"', (endpoint, bucketName) => {
    let code = 'none';
    try {
      s3Address({ endpoint, bucketName });
    } catch (error) {
      code = isFault(error) ? error.code : String(error);
    }
    expect(code).toBe('invalid');
  });
});

test.each(['evil.example/', 'a b', 'a\r\nb', 'x'.repeat(65)])('no region is called %j', (region) => {
  expect(() => s3Address({ endpoint: 's3.amazonaws.com', bucketName: 'apps', region })).toThrow('region');
});

describe("Sluice's own bucket", () => {
  const own = { name: 'sluice-state' };
  const spec = {
    provider: 'aws',
    interval: '1m',
    timeout: '60s',
    endpoint: 's3.eu-west-1.amazonaws.com',
    bucketName: 'sluice-state',
  } as const;
  const place = (more: object, known: { name: string; host?: string } | 'none' = own) =>
    placeOf({ ...spec, ...more }, 'c1', known === 'none' ? undefined : known);

  test('is read in the drop zone of the own cluster', () => {
    const view = { within: 'sources/c1/', hidden: 'sources/c1/' };

    expect(place({ endpoint: 'sluice.internal', bucketName: 'sources' })).toEqual({ at: 'own', view });
    expect(place({ endpoint: 'sluice.internal', bucketName: 'sources' }, undefined)).toEqual({
      at: 'own',
      view,
    });
    expect(place({ prefix: 'sources/c1/apps/' })).toEqual({ at: 'own', view: { ...view, hidden: '' } });
  });

  test.each([
    ['all of it', {}],
    ['what is written for stock Buckets', { prefix: 'tree/c1/' }],
    ['the artifacts', { prefix: 'blobs/' }],
    ['every drop zone', { prefix: 'sources/' }],
    ["another cluster's drop zone", { prefix: 'sources/c10/' }],
    ['the way round', { prefix: '/sources/c1/' }],
    ['by another name of the service', { endpoint: 's3.dualstack.eu-west-1.amazonaws.com' }],
    ['by its virtual host', { endpoint: 's3-accelerate.amazonaws.com', prefix: 'tree/' }],
    ['in other letters', { bucketName: 'Sluice-State' }],
    ['by what is no bucket', { endpoint: 'sluice.internal', bucketName: 'tree' }],
  ])('is refused otherwise: %s', (_name, more) => {
    expect(place(more)).toMatchObject({ at: 'nowhere', trouble: { stalling: true } });
  });

  test('is one of that name at its own host only, where that is not AWS', () => {
    const known = { name: 'sluice-state', host: 'minio:9000' };

    expect(place({ endpoint: 'minio:9000' }, known)).toMatchObject({ at: 'nowhere' });
    expect(place({ endpoint: 'other:9000' }, known)).toMatchObject({ at: 's3' });
    expect(place({}, 'none')).toMatchObject({ at: 's3' });
  });
});

describe('the index of buckets', () => {
  const digest = (url: string) => addressDigest(repositoryAddress(url) ?? '');
  const isFound = (prefix: string, key: string): boolean =>
    bucketUrlsOf('h', 'b', key)
      .map(digest)
      .includes(digest(bucketUrl('h', 'b', prefix)));

  test.each([
    ['', 'a.yaml', true],
    ['', 'x/y/z.yaml', true],
    ['apps/', 'apps/a.yaml', true],
    ['apps/', 'apps/deep/er/a.yaml', true],
    ['apps/', 'other/a.yaml', false],
    ['apps', 'apps/a.yaml', true],
    ['apps/te', 'apps/test.yaml', true],
    ['apps/te', 'other/test.yaml', false],
    ['a b+c#?%2F/', 'a b+c#?%2F/x', true],
    ['1/2/3/4/5/6/7/8/9/10/', '1/2/3/4/5/6/7/8/9/10/x', true],
    ['apps/', 'apps', false],
  ])('finds prefix "%s" by key "%s": %s', (prefix, key, found) => {
    expect(isFound(prefix, key)).toBe(found);
  });
});
