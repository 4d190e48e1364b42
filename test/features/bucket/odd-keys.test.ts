import { expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { azureAddress } from '../../../shared/artifact/bucket/azure-address.ts';
import { byAccountKey } from '../../../shared/artifact/bucket/azure-proof.ts';
import { openAzure } from '../../../shared/artifact/bucket/azure-reader.ts';
import { openGcs } from '../../../shared/artifact/bucket/gcs-reader.ts';
import type { BucketReader } from '../../../shared/artifact/bucket/reader.ts';
import type { Http } from '../../../shared/ports.ts';
import { collect } from '../../contracts/collect.ts';
import { startAzureBlobs } from '../../servers/azure-blobs.ts';
import { startGoogleObjects } from '../../servers/google-objects.ts';

const KEYS = [
  'a b+c&d=e.yaml',
  "it's (1) 50%.yaml",
  'é/日本/😀.yaml',
  'x?y#z.yaml',
  'tilde~*.yaml',
  '<&>.yaml',
  'double//slash',
];
const OBJECTS = Object.fromEntries(KEYS.map((key) => [key, key]));
const real = createHttp({ loopback: true, privateRanges: true });
const signal = AbortSignal.timeout(30_000);

/** Sends what is for `origin` to a server on loopback. */
const wayTo = (origin: string, url: string): Http => ({
  request: (request) => real.request({ ...request, url: request.url.replace(origin, url) }),
});

const readers: readonly (readonly [string, () => Promise<BucketReader>])[] = [
  [
    'Azure, with Shared Key',
    async () => {
      const key = Buffer.from('account key').toString('base64');
      const { url, stop } = await startAzureBlobs({
        ...{ container: 'apps', blobs: OBJECTS, account: 'acme', key, page: 2 },
      });
      onTestFinished(stop);
      const endpoint = 'https://acme.blob.core.windows.net';
      const address = azureAddress({ endpoint, bucketName: 'apps' });
      const http = wayTo(endpoint, url);
      return openAzure(address, { http, clock: systemClock, signal, prove: byAccountKey('acme', key) });
    },
  ],
  [
    'Google',
    async () => {
      const { url, stop } = await startGoogleObjects({ bucket: 'apps', objects: OBJECTS, page: 2 });
      onTestFinished(stop);
      const http = wayTo('https://storage.googleapis.com', url);
      return openGcs('apps', { http, signal, token: undefined });
    },
  ],
];

test.each(readers)('keys of all kinds are listed page by page and read at %s', async (_name, open) => {
  const reader = await open();

  const entries = await collect(reader.list(''));
  expect(entries.map(({ key }) => key)).toEqual(KEYS);
  for (const { key, etag, size } of entries) {
    const found = await reader.get(key, 100);
    expect([Buffer.from(found?.body ?? []).toString(), found?.etag]).toEqual([key, etag]);
    expect(size).toBe(Buffer.byteLength(key));
  }
  expect((await collect(reader.list('a b+'))).map(({ key }) => key)).toEqual(['a b+c&d=e.yaml']);
  expect(await reader.get('none', 100)).toBeUndefined();
});
