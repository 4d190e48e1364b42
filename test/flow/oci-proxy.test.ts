import { expect, test } from 'vitest';
import { startRegistry } from '../servers/oci-server.ts';
import { startHttpProxy } from '../servers/proxies.ts';
import { secret } from './bucket.ts';
import { create, edit, reconcile } from './drive.ts';
import { ociAt, ociRepository, push, useServer } from './oci.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('oci-proxy');
const registry = useServer(() => startRegistry());

test('[OCI-10 proxy] the registry is reached through the proxy of the Secret, and one that is none is told', async () => {
  const proxy = await startHttpProxy({ username: 'ada', password: 'secret-word' });
  await push(registry, 'org/proxied', 'latest', { 'a.yaml': 'a' });
  const data = { address: proxy.url, username: 'ada', password: 'secret-word' };
  await create(setting.world, secret(setting, 'proxy', data), secret(setting, 'none', { address: '' }));
  const spec = { proxySecretRef: { name: 'proxy' } };
  await create(setting.world, ociRepository(registry, setting, 'proxied', spec));

  const done = await reconcile(setting.world, ociAt(setting, 'proxied'));

  expect(told(done)).toMatch(/^True Succeeded/);
  expect(proxy.log()).toContain('/v2/org/proxied/blobs/');
  await edit(setting.world, ociAt(setting, 'proxied'), { spec: { proxySecretRef: { name: 'none' } } });
  const refused = await reconcile(setting.world, ociAt(setting, 'proxied'));
  expect(told(refused, 'FetchFailed')).toMatch(/^True AuthenticationFailed: .*proxy address is empty$/);
  await proxy.stop();
});
