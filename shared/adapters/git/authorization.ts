import { Fault } from '../../core/failures.ts';
import { decodePercent } from '../../core/percent.ts';
import type { GitAddress } from '../../ports.ts';

/** Where to ask, without credentials, and the Authorization header if there is one. */
export interface GitAccess {
  /** No userinfo, query, fragment or trailing slash. */
  readonly base: string;
  readonly authorization?: string;
  /** What a server that quotes its client must not be quoted with. */
  readonly secrets: readonly string[];
}

/**
 * The secret's user name and password, each falling back to the URL's, else its bearer token.
 * Faults: `unsupported` (scheme), `invalid` (not a URL; both kinds of credentials; a password without a user name).
 */
export function accessOf({ url, auth }: GitAddress): GitAccess {
  const parsed = URL.parse(url);
  if (parsed === null) throw new Fault('invalid', 'the repository URL is not a URL', {});
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    throw new Fault('unsupported', `the scheme '${parsed.protocol}' is not supported for Git`, {});
  const username = auth.username || decodePercent(parsed.username);
  const password = auth.password || decodePercent(parsed.password);
  const authorization = headerOf(parsed.protocol.slice(0, -1), username, password, auth.bearerToken ?? '');
  const base = `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
  const pair = authorization?.replace(/^\w+ /, '') ?? '';
  const secrets = [password, auth.bearerToken ?? '', pair].filter((secret) => secret !== '');
  return { base, secrets, ...(authorization !== undefined && { authorization }) };
}

function headerOf(scheme: string, username: string, password: string, token: string): string | undefined {
  if (username === '' && password !== '')
    throw invalid(`invalid '${scheme}' auth option: 'password' requires 'username' to be set`);
  if (token !== '' && username !== '')
    throw invalid('basic auth and bearer token cannot be set at the same time');
  if (username !== '') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return token === '' ? undefined : `Bearer ${token}`;
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'authentication' });
}
