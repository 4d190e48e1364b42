import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { decryptFile } from '../../shared/decrypt/decrypt.ts';
import { loginToVault } from '../../shared/decrypt/keys/vault.ts';
import { CLOCK, ringOf } from '../features/decrypt/keys.ts';
import { startTransit, type Transit } from '../servers/transit.ts';

const TOKEN = 'hvs.only-on-loopback';
const LOOPBACK = createHttp({ loopback: true, privateRanges: false });

let vault: Transit;
beforeAll(async () => {
  vault = await startTransit(TOKEN);
});
afterAll(() => vault?.stop());

test('[KS-50 key-kinds] Vault is asked exactly as the real sops asks it', async () => {
  const file = await vault.encrypt('password: correct-horse-4711\n', 'team/sops/keys/my-key');
  vault.asked.length = 0;
  const theirs = await vault.decrypt(file);
  const askedByThem = vault.asked.splice(0);

  const unwrap = await ringOf({ 'sops.vault-token': TOKEN }, { http: LOOPBACK });
  const ours = Buffer.from(await decryptFile(Buffer.from(file), { from: 'yaml', to: 'yaml' }, unwrap));

  expect(ours.toString()).toBe(theirs);
  expect(askedByThem).toHaveLength(1);
  expect(vault.asked).toEqual(askedByThem);
});

test('a token that is refused is told with the server’s words', async () => {
  const unwrap = await ringOf({ 'sops.vault-token': 'another' }, { http: LOOPBACK });
  const key = {
    type: 'hc_vault',
    address: vault.address,
    engine: 'sops',
    name: 'k',
    encrypted: 'x',
  } as const;

  await expect(unwrap(key)).rejects.toThrow('Vault transit answered 403: permission denied');
});

test('[KS-51 vault-login] a login gives the token', async () => {
  const jwt = `h.${Buffer.from('{"sub": "system:serviceaccount:apps:sops"}').toString('base64url')}.s`;
  const asking = { http: LOOPBACK, clock: CLOCK, signal: AbortSignal.timeout(10_000) };
  vault.asked.length = 0;

  expect(await loginToVault(vault.address, 'auth/kubernetes/login', jwt, asking)).toBe(TOKEN);

  expect(vault.asked).toEqual([
    { method: 'PUT', path: '/v1/auth/kubernetes/login', token: undefined, body: { role: 'apps_sops', jwt } },
  ]);
});

test('loopback stays closed where the rule of egress says so', async () => {
  const http = createHttp({ loopback: false, privateRanges: true });
  const unwrap = await ringOf({ 'sops.vault-token': TOKEN }, { http });
  vault.asked.length = 0;
  const key = {
    type: 'hc_vault',
    address: vault.address,
    engine: 'sops',
    name: 'k',
    encrypted: 'x',
  } as const;

  await expect(unwrap(key)).rejects.toMatchObject({ code: 'egress-denied' });
  expect(vault.asked).toEqual([]);
});
