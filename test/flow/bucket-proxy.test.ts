import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProxyServer, startHttpProxy } from '../servers/proxies.ts';
import { bucket, bucketAt, secret, useS3 } from './bucket.ts';
import { create, reconcile } from './drive.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('bucket-proxy');
const s3 = useS3(setting);
let proxy: ProxyServer;

beforeAll(async () => {
  proxy = await startHttpProxy({ username: 'ada', password: 'secret-word' });
});
afterAll(() => proxy.stop());

test('[BK-11 proxy] a bucket is reached through the proxy of a Secret, or not at all', async () => {
  const address = { address: proxy.url, username: 'ada' };
  await create(
    setting.world,
    secret(setting, 'right', { ...address, password: 'secret-word' }),
    secret(setting, 'wrong', { ...address, password: 'wrong-word' }),
  );
  const visit = async (name: string) => {
    await s3.fill(name, { 'a.yaml': 'a: 1\n' });
    await create(setting.world, bucket(s3, setting, name, { proxySecretRef: { name } }));
    return told(await reconcile(setting.world, bucketAt(setting, name)));
  };

  expect(await visit('right')).toMatch(/^True Succeeded/);
  expect(proxy.log()).toContain('list-type=2');
  expect(await visit('wrong')).toMatch(/^False (BucketOperationFailed|AuthenticationFailed): /);
});
