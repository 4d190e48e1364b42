import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxyServer, startHttpProxy, startSocksProxy } from '../servers/proxies.ts';
import { hasSshd, type SshServer, startSshServer } from '../servers/sshd.ts';
import { create, gitRepository, reconcile } from './drive.ts';
import { newEvents, publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('proxies');
const { namespace } = setting;
const secret = secretsIn(setting);
let web: ProxyServer;
let socks: ProxyServer;
let ssh: SshServer;

beforeAll(async () => {
  [web, socks] = await Promise.all([
    startHttpProxy({ username: 'ada', password: 'secret-word' }),
    startSocksProxy(),
  ]);
  ssh = await startSshServer(setting.world.gitRoot);
});

afterAll(() => Promise.all([web.stop(), socks.stop(), ssh.stop()]));

async function visited(name: string, spec: object) {
  await publish(setting, name, { 'a.yaml': 'a: 1\n' });
  await create(
    setting.world,
    gitRepository(setting.world, namespace, name, { proxySecretRef: { name }, ...spec }),
  );
  return reconcile(setting.world, sourceAt(setting, name));
}

describe('a proxy of a Secret', () => {
  test('[GR-16 proxy] [COM-22 replaces-environment] is gone through for Git over HTTP', async () => {
    await secret('web', { address: web.url, username: 'ada', password: 'secret-word' });

    expect(told(await visited('web', {}))).toMatch(/^True Succeeded/);
    expect(web.log()).toContain('/web.git/');
  });

  test.runIf(hasSshd())('[GR-16 socks] is gone through for Git over SSH, as SOCKS5', async () => {
    await secret('through', { address: socks.url });
    await secret('key', { identity: ssh.identity, known_hosts: ssh.knownHosts });
    const url = `${ssh.url}/through.git`;

    expect(told(await visited('through', { url, secretRef: { name: 'key' } }))).toMatch(/^True Succeeded/);
    expect(socks.log()).toContain(`connected to 127.0.0.1:${ssh.port}`);
  });

  test('[COM-22 credentials] that wants other credentials is told, and its password is not', async () => {
    await secret('refused', { address: web.url, username: 'ada', password: 'wrong-word' });

    const refused = await visited('refused', {});

    expect(told(refused)).toMatch(/^False GitOperationFailed: /);
    const everything = JSON.stringify([
      refused.status,
      setting.log.entries,
      await newEvents(setting, sourceAt(setting, 'refused')),
    ]);
    expect(everything).not.toContain('wrong-word');
  });

  test.each([
    ['missing', undefined, "secret 'proxies/missing' not found"],
    ['keyless', { username: 'x' }, "secret 'proxies/keyless': key 'address' not found"],
    ['empty', { address: '' }, "secret 'proxies/empty': proxy address is empty"],
    [
      'scheme',
      { address: 'ftp://x' },
      "secret 'proxies/scheme': proxy URL must use one of the supported schemes (http, https, socks5), got 'ftp'",
    ],
    [
      'long',
      { address: `http://${'x'.repeat(2050)}` },
      "secret 'proxies/long': proxy URL exceeds maximum length of 2048 characters",
    ],
  ])('[COM-22 address] that is %s is AuthenticationFailed', async (name, data, why) => {
    if (data !== undefined) await secret(name, data);

    expect(told(await visited(name, {}))).toBe(
      `False AuthenticationFailed: failed to configure proxy options: ${why}`,
    );
  });
});
