import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { decryptFile } from '../../shared/decrypt/decrypt.ts';
import { loginToVault } from '../../shared/decrypt/keys/vault.ts';
import { CLOCK, ringOf } from '../features/decrypt/keys.ts';
import { sopsProgram } from '../servers/sops.ts';

const TOKEN = 'hvs.only-on-loopback';
const run = promisify(execFile);

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: unknown;
  readonly body: unknown;
}

/** What the server was asked since the last `length = 0`. */
const asked: Asked[] = [];
let address = '';
let place = '';

/** The transit engine and a login of Vault's API, as far as sops goes: its "ciphertext" is the text backwards. */
const server = createServer(async (request, response) => {
  const body = JSON.parse(Buffer.concat((await request.toArray()) as Buffer[]).toString());
  const { method = '', url = '', headers } = request;
  asked.push({ method, path: url, token: headers['x-vault-token'], body });
  const answer = (status: number, json: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  if (url.endsWith('/login')) return answer(200, { auth: { client_token: TOKEN } });
  if (headers['x-vault-token'] !== TOKEN) return answer(403, { errors: ['permission denied'] });
  const turned = (text: string) => [...text].reverse().join('');
  if (url.includes('/encrypt/'))
    return answer(200, { data: { ciphertext: `vault:v1:${turned(body.plaintext)}` } });
  return answer(200, { data: { plaintext: turned(body.ciphertext.slice('vault:v1:'.length)) } });
});

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'sluice-vault-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(place, { recursive: true, force: true });
});

/** Runs the real sops beside the server, which lives in this process. */
async function sops(...flags: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: place, VAULT_TOKEN: TOKEN };
  const { stdout } = await run(sopsProgram() ?? '', flags, { cwd: place, env });
  return stdout;
}

test('[KS-50 key-kinds] Vault is asked exactly as the real sops asks it', async () => {
  const file = join(place, 'a.yaml');
  writeFileSync(file, 'password: correct-horse-4711\n');
  writeFileSync(
    file,
    await sops('encrypt', '--hc-vault-transit', `${address}/v1/team/sops/keys/my-key`, file),
  );
  asked.length = 0;
  const theirs = await sops('decrypt', file);
  const askedByThem = asked.splice(0);

  const http = createHttp({ loopback: true, privateRanges: false });
  const unwrap = await ringOf({ 'sops.vault-token': TOKEN }, { http });
  const ours = Buffer.from(await decryptFile(readFileSync(file), { from: 'yaml', to: 'yaml' }, unwrap));

  expect(ours.toString()).toBe(theirs);
  expect(askedByThem).toHaveLength(1);
  expect(asked).toEqual(askedByThem);
});

test('a token that is refused is told with the server’s words', async () => {
  const http = createHttp({ loopback: true, privateRanges: false });
  const unwrap = await ringOf({ 'sops.vault-token': 'another' }, { http });
  const key = { type: 'hc_vault', address, engine: 'sops', name: 'k', encrypted: 'vault:v1:x' } as const;

  await expect(unwrap(key)).rejects.toThrow('Vault transit answered 403: permission denied');
});

test('[KS-51 vault-login] a login gives the token', async () => {
  const http = createHttp({ loopback: true, privateRanges: false });
  const jwt = `h.${Buffer.from('{"sub": "system:serviceaccount:apps:sops"}').toString('base64url')}.s`;
  const asking = { http, clock: CLOCK, signal: AbortSignal.timeout(10_000) };
  asked.length = 0;

  expect(await loginToVault(address, 'auth/kubernetes/login', jwt, asking)).toBe(TOKEN);

  expect(asked).toEqual([
    { method: 'PUT', path: '/v1/auth/kubernetes/login', token: undefined, body: { role: 'apps_sops', jwt } },
  ]);
});

test('loopback stays closed where the rule of egress says so', async () => {
  const http = createHttp({ loopback: false, privateRanges: true });
  const unwrap = await ringOf({ 'sops.vault-token': TOKEN }, { http });
  asked.length = 0;
  const key = { type: 'hc_vault', address, engine: 'sops', name: 'k', encrypted: 'vault:v1:x' } as const;

  await expect(unwrap(key)).rejects.toMatchObject({ code: 'egress-denied' });
  expect(asked).toEqual([]);
});
