import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import { type GrantAccess, grant } from './oauth-grant.ts';

const TOKENS = 'https://oauth2.googleapis.com/token';
/** All that is asked for. */
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_only';
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Google's most, in seconds. */
const LIFETIME_SECONDS = 3_600;

/** A key of a service account at Google. */
export interface GoogleKey {
  readonly email: string;
  readonly id: string;
  readonly key: KeyObject;
  /** Whom tokens are asked of: the file's word, so a tenant's. */
  readonly tokens: string;
}

/** The key in a service account's file. Fault `invalid`, which does not tell the file. */
export function googleKeyIn(file: string): GoogleKey {
  const { type, client_email: email, private_key_id: id, private_key: pem, token_uri: uri } = fieldsIn(file);
  if (type !== 'service_account')
    throw new Fault('invalid', "'serviceaccount' is not the key of a service account");
  const tokens = uri || TOKENS;
  if (!URL.canParse(tokens) || !/^https?:\/\/[^@]+$/.test(tokens))
    throw new Fault('invalid', "token_uri in 'serviceaccount' is not the address of a server");
  if (!email) throw new Fault('invalid', "'serviceaccount' has no client_email");
  return { email, id: id ?? '', key: keyIn(pem ?? ''), tokens };
}

/** A token to read Google's storage with, for a signed claim. Faults: those of the grant. */
export function googleKeyToken({ email, id, key, tokens }: GoogleKey, access: GrantAccess): Promise<string> {
  const iat = Math.floor(access.clock.now().getTime() / 1000);
  const header = { alg: 'RS256', typ: 'JWT', kid: id };
  const claims = { iss: email, scope: SCOPE, aud: tokens, iat, exp: iat + LIFETIME_SECONDS };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), key).toString('base64url');
  return grant(tokens, { grant_type: JWT_GRANT, assertion: `${text}.${signature}` }, access);
}

function fieldsIn(file: string): Readonly<Record<string, string | undefined>> {
  let value: unknown;
  try {
    value = JSON.parse(file);
  } catch {
    // Told below, without what was read.
  }
  if (typeof value !== 'object' || value === null)
    throw new Fault('invalid', "'serviceaccount' is not a JSON object");
  return Object.fromEntries(Object.entries(value).filter(([, field]) => typeof field === 'string'));
}

function keyIn(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Told below, without what was read.
  }
  throw new Fault('invalid', "private_key in 'serviceaccount' is not an RSA key");
}
