import { createPrivateKey, sign } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import type { MasterKeyOf } from '../master-keys.ts';
import { type Asking, askJson, bytesIn, textIn } from './ask.ts';

/** A token to ask Google with. */
export type GoogleToken = () => Promise<string>;

const KEY = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const API = 'https://cloudkms.googleapis.com/v1';
const TOKENS = 'https://oauth2.googleapis.com/token';
// gcpkmsapi.DefaultAuthScopes.
const SCOPES = 'https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/cloudkms';
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Google's most, in seconds. */
const LIFETIME_SECONDS = 3_600;

/** A data key by Google Cloud KMS. Faults of the network, `unauthorized`, `invalid`. */
export async function unwrapByGoogle(
  { resource, encrypted }: MasterKeyOf<'gcp_kms'>,
  asking: Asking,
  token: GoogleToken,
): Promise<Uint8Array> {
  if (!KEY.test(resource)) throw new Fault('invalid', `'${resource.slice(0, 200)}' names no key of GCP KMS`);
  const path = resource.split('/').map(encodeURIComponent).join('/');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token()}` };
  const body = JSON.stringify({ ciphertext: encrypted });
  const answer = await askJson(asking, { url: `${API}/${path}:decrypt`, headers, body }, 'GCP KMS');
  return bytesIn(answer, 'plaintext', 'GCP KMS');
}

type Credentials = Readonly<Record<string, string | undefined>>;

/** Tokens for credentials as Google hands them out in a file: of a service account or of a person. Fault `invalid`, which does not tell the file. */
export function importGoogleCredentials(file: string, asking: Asking): GoogleToken {
  const credentials = credentialsIn(file);
  const { type } = credentials;
  if (type === 'service_account') {
    const key = privateKey(credentials);
    return () => exchange(assertion(credentials, key, asking), credentials, asking);
  }
  if (type === 'authorized_user') {
    const { client_id = '', client_secret = '', refresh_token = '' } = credentials;
    const grant = { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
    return () => exchange(grant, credentials, asking);
  }
  throw new Fault(
    'invalid',
    `credentials of type ${JSON.stringify(String(type).slice(0, 40))} cannot be used: they depend on the machine that they are for; give a service account's`,
  );
}

function credentialsIn(file: string): Credentials {
  try {
    const value: unknown = JSON.parse(file);
    if (typeof value === 'object' && value !== null) return value as Credentials;
  } catch {
    // Told below, without what was read.
  }
  throw new Fault('invalid', 'it is no JSON object');
}

function privateKey({ private_key = '' }: Credentials): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(private_key);
  } catch {
    throw new Fault('invalid', 'its private_key cannot be read');
  }
}

function assertion(
  { client_email, private_key_id, token_uri }: Credentials,
  key: ReturnType<typeof createPrivateKey>,
  { clock }: Asking,
): Readonly<Record<string, string>> {
  const now = Math.floor(clock.now().getTime() / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', kid: private_key_id };
  const claims = {
    ...{ iss: client_email, scope: SCOPES, aud: token_uri || TOKENS },
    ...{ iat: now, exp: now + LIFETIME_SECONDS },
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), key).toString('base64url');
  return { grant_type: JWT_GRANT, assertion: `${text}.${signature}` };
}

async function exchange(
  grant: Readonly<Record<string, string>>,
  { token_uri }: Credentials,
  asking: Asking,
): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(grant).toString();
  const who = 'Google OAuth';
  return textIn(await askJson(asking, { url: token_uri || TOKENS, headers, body }, who), 'access_token', who);
}
