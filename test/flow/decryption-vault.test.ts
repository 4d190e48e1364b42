import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTransit, type Transit } from '../servers/transit.ts';
import { leaks, objectsIn, traces } from './decrypting.ts';
import { create } from './drive.ts';
import { startsIn, told, useWorld } from './setting.ts';

const TOKEN = 'hvs.given-after-login-4740';
const PASSWORD = 'vault-opened-4741';
const CONFIG = 'decryption-vaults';

const setting = useWorld('decryption-vault', async () => ({
  settings: { sopsVaultConfigMap: CONFIG, featureGates: { ObjectLevelWorkloadIdentity: true } },
}));
const { namespace } = setting;
const synced = startsIn(setting);
const { manifest, dataOf } = objectsIn(setting);

let vault: Transit;
beforeAll(async () => {
  vault = await startTransit(TOKEN);
  const config = `instances:\n- address: ${vault.address}\n  loginPath: auth/kubernetes/login\n`;
  const metadata = { namespace: 'flux-system', name: CONFIG };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.yaml': config } };
  await setting.world.cluster.apply(object, { fieldManager: 'person' });
  await create(setting.world, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name: 'decrypter' },
  });
});
afterAll(() => vault?.stop());

test('[KS-51 vault-login] [KS-50 service-account] a Vault is logged into with the account’s own token of the API server', async () => {
  const text = manifest('Secret', 'from-vault', { stringData: { password: PASSWORD } });
  const file = await vault.encrypt(text, 'sops/keys/k', '--encrypted-regex', '^stringData$');
  vault.asked.length = 0;
  const decryption = { provider: 'sops', serviceAccountName: 'decrypter' };

  const done = await synced('vault', { 'a.yaml': file }, { decryption });

  expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
  expect(await dataOf('from-vault')).toEqual({ password: PASSWORD });
  expect(vault.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT /v1/auth/kubernetes/login',
    'PUT /v1/sops/decrypt/k',
  ]);
  const { role = '', jwt = '' } = (vault.asked[0]?.body ?? {}) as Readonly<Record<string, string>>;
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
  expect(role).toBe(`${namespace}_decrypter`);
  expect(claims).toMatchObject({ aud: [vault.address], sub: `system:serviceaccount:${namespace}:decrypter` });
  expect(leaks(await traces(setting), [TOKEN, PASSWORD, jwt])).toEqual([]);
});
