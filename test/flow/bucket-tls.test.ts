import type { TLSSocket } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { serve } from '../features/http/web-server.ts';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { bucket, bucketAt, secret, useS3 } from './bucket.ts';
import { create, reconcile } from './drive.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('bucket-tls');
const s3 = useS3(setting);
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

/** A bucket over TLS that only a client with a certificate may list; returns its endpoint. */
async function secured(): Promise<string> {
  const { certificate: cert, key } = authority.server;
  const tls = { cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
  const url = await serve((request, response) => {
    if (!(request.socket as TLSSocket).authorized) response.writeHead(403).end();
    else response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
  }, tls);
  return new URL(url).host;
}

test("[BK-11 tls] the server is trusted by the Secret's CA and sees its certificate", async () => {
  const { certificate, key } = authority.client;
  const pair = { 'tls.crt': certificate, 'tls.key': key };
  await create(setting.world, secret(setting, 'both', { 'ca.crt': authority.ca, ...pair }));
  await create(setting.world, secret(setting, 'ca', { 'ca.crt': authority.ca }));
  const endpoint = await secured();
  const read = async (name: string, certSecretRef?: object) => {
    const spec = { endpoint, insecure: false, ...(certSecretRef && { certSecretRef }) };
    await create(setting.world, bucket(s3, setting, name, spec));
    return told(await reconcile(setting.world, bucketAt(setting, name)));
  };

  expect(await read('with-both', { name: 'both' })).toMatch(/^True Succeeded: /);
  expect(await read('with-ca', { name: 'ca' })).toContain('answered 403');
  expect(await read('without')).toMatch(/self-signed|unable to verify/);
});

test('a certificate that is none is told', async () => {
  await create(setting.world, secret(setting, 'broken', { 'tls.crt': 'x', 'tls.key': 'y' }));
  const spec = { endpoint: await secured(), insecure: false, certSecretRef: { name: 'broken' } };
  await create(setting.world, bucket(s3, setting, 'broken', spec));

  const failed = await reconcile(setting.world, bucketAt(setting, 'broken'));

  expect(told(failed)).toContain('unusable CA or client certificate');
});
