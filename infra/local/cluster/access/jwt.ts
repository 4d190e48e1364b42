import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/** Signs and knows tokens; the only algorithm is ES256. */
export interface TokenKey {
  sign(claims: Claims): string;
  /** The claims of a token with our signature; otherwise what is wrong with it. */
  read(token: string): { readonly claims: Claims } | { readonly error: string };
}

interface Keys {
  readonly secret: KeyObject;
  readonly open: KeyObject;
  /** As the API server names keys: SHA-256 of the public key's DER. */
  readonly id: string;
}

/** Tokens whose signature is remembered; more than a person has at a time. */
const REMEMBERED = 64;

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Uses the P-256 key of this PEM, which is asked for when the first token comes. */
export function openTokenKey(pem: () => string): TokenKey {
  let keys: Keys | undefined;
  const good = new Map<string, Claims>();

  function ready(): Keys {
    if (!keys) {
      const secret = createPrivateKey(pem());
      const open = createPublicKey(secret);
      const bytes = open.export({ type: 'spki', format: 'der' });
      keys = { secret, open, id: createHash('sha256').update(bytes).digest('base64url') };
    }
    return keys;
  }

  function check(token: string): { claims: Claims } | { error: string } {
    const [head = '', body = '', signature = '', ...more] = token.split('.');
    const header = decode(head);
    const claims = decode(body);
    // Extensions that must be understood (crit) are not: nobody signs with them.
    const fits = more.length === 0 && BASE64URL.test(signature) && header?.crit === undefined;
    if (!header || !claims || !fits) return { error: 'invalid bearer token' };
    const { secret: _, open, id } = ready();
    if (header.kid && header.kid !== id) return { error: 'invalid signature, no keys found' };
    // The header chooses nothing: `none` and HS256 with the public key as its secret are not ours.
    if (header.alg !== 'ES256') return { error: 'go-jose/go-jose: unsupported key type/format' };
    const signed = Buffer.from(`${head}.${body}`);
    const key = { key: open, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) {
      return { error: 'go-jose/go-jose: error in cryptographic primitive' };
    }
    return { claims };
  }

  return {
    sign(claims) {
      const { secret, id } = ready();
      const text = `${encode({ alg: 'ES256', kid: id })}.${encode(claims)}`;
      const signature = sign('sha256', Buffer.from(text), { key: secret, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
    read(token) {
      const known = good.get(token);
      if (known) return { claims: known };
      const read = check(token);
      if ('error' in read) return read;
      if (good.size >= REMEMBERED) good.delete(good.keys().next().value ?? '');
      good.set(token, read.claims);
      return read;
    },
  };
}

/** What a token says of itself, unproven: enough to know whose it claims to be. */
export function claimedIssuer(token: string): unknown {
  const parts = token.split('.');
  return parts.length === 3 ? decode(parts[1] ?? '')?.iss : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Record<string, unknown> | undefined {
  if (!BASE64URL.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
