import { Fault } from '../../core/failures.ts';
import type { MasterKeyOf } from '../master-keys.ts';
import { type Asking, askJson, bytesIn, textIn } from './ask.ts';

/** A token to ask the Vault at an address with. */
export type VaultToken = (address: string) => Promise<string>;

/** A data key by the transit engine of OpenBao or Vault. Faults of the network, `unauthorized`, `invalid`. */
export async function unwrapByVault(
  { address, engine, name, encrypted }: MasterKeyOf<'hc_vault'>,
  asking: Asking,
  token: VaultToken,
): Promise<Uint8Array> {
  const url = urlOf(address, [...engine.split('/'), 'decrypt', name]);
  const who = 'Vault transit';
  const headers = headersWith(await token(address));
  const body = JSON.stringify({ ciphertext: encrypted });
  const answer = await askJson(asking, { method: 'PUT', url, headers, body }, who);
  return bytesIn(answer.data, 'plaintext', who);
}

/** Logs in with a service account's token, as the role that the token's own subject names: `<namespace>_<account>` (KS-51). */
export async function loginToVault(
  address: string,
  loginPath: string,
  jwt: string,
  asking: Asking,
): Promise<string> {
  const role = roleOf(jwt);
  const body = JSON.stringify({ role, jwt });
  const who = `Vault '${address}', asked at '${loginPath}' for role '${role}',`;
  const url = urlOf(address, loginPath.split('/'));
  const answer = await askJson(asking, { method: 'PUT', url, headers: headersWith(''), body }, who);
  return textIn(answer.auth, 'client_token', who);
}

function headersWith(token: string): Readonly<Record<string, string>> {
  const json = { 'content-type': 'application/json', 'x-vault-request': 'true' };
  return token === '' ? json : { ...json, 'x-vault-token': token };
}

function urlOf(address: string, steps: readonly string[]): string {
  const isHttp = /^https?:\/\/[^/?#@\s]+\/?$/.test(address);
  const path = steps.filter((step) => step !== '');
  if (!isHttp || path.some((step) => step === '.' || step === '..'))
    throw new Fault('invalid', `'${address.slice(0, 200)}' is no address of a Vault`);
  return `${address.replace(/\/$/, '')}/v1/${path.map(encodeURIComponent).join('/')}`;
}

const SUBJECT = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/;

/** The token was given by the cluster's own API server; its signature is Vault's affair. */
function roleOf(jwt: string): string {
  const payload = jwt.split('.')[1] ?? '';
  let subject: unknown;
  try {
    subject = (JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sub?: unknown }).sub;
  } catch {
    subject = undefined;
  }
  const [, namespace, account] = SUBJECT.exec(String(subject)) ?? [];
  if (namespace === undefined)
    throw new Fault('invalid', 'failed to derive Vault role for authentication: unexpected token subject');
  return `${namespace}_${account}`;
}
