import { REASON } from '../../api/vocabulary.ts';
import { decodePercent } from '../../core/percent.ts';
import type { GitAuth } from '../../ports.ts';
import { type SecretData, tlsOf } from '../source/secrets.ts';
import type { Trouble } from './decide.ts';

/** Credentials, or why there are none. */
export type AuthResult =
  | {
      readonly ok: true;
      readonly auth: GitAuth;
      /** Set on what is lent for a time: whom the lender has let us become, null where nobody else becomes the same. */
      readonly lent?: string | null;
    }
  | { readonly ok: false; readonly trouble: Trouble };

/** Credentials from a Secret's data and, for http(s), the URL's userinfo, the Secret first (GR-01, GR-10, GR-11). */
export function authOf(url: string, secret: SecretData | undefined, provider = 'generic'): AuthResult {
  const data = secret ?? {};
  if (new URL(url).protocol === 'ssh:') return sshAuth(data);
  if (data.githubAppID !== undefined && provider !== 'github')
    return refused(githubAppData(), REASON.invalidProviderConfiguration);
  const tls = tlsOf(data);
  if (typeof tls === 'string') return refused(tls);
  const { bearerToken } = data;
  if (bearerToken !== undefined && (data.username !== undefined || data.password !== undefined)) {
    return refused("'bearerToken' cannot be combined with 'username' and 'password'");
  }
  if (bearerToken !== undefined) return { ok: true, auth: { bearerToken, ...tls } };
  return basic(url, data, tls);
}

function basic(url: string, data: SecretData, tls: GitAuth): AuthResult {
  const { username: user, password: pass, protocol } = new URL(url);
  const username = data.username || decodePercent(user);
  const password = data.password || decodePercent(pass);
  if (username === '' && password !== '') {
    return refused(
      `invalid '${protocol.slice(0, -1)}' auth option: 'password' requires 'username' to be set`,
    );
  }
  return { ok: true, auth: { ...(username && { username }), ...(password && { password }), ...tls } };
}

/** A key and the hosts it may be shown to; a host that nobody vouches for is never asked. */
function sshAuth({ identity, known_hosts: knownHosts, password }: SecretData): AuthResult {
  if (!identity) return refused("invalid 'ssh' auth option: 'identity' is required");
  if (!knownHosts) return refused("invalid 'ssh' auth option: 'known_hosts' is required");
  return { ok: true, auth: { identity, knownHosts, ...(password && { password }) } };
}

function githubAppData(): string {
  return 'the Secret has github app data but provider is not set to github';
}

function refused(message: string, reason: string = REASON.authenticationFailed): AuthResult {
  const text = `failed to configure authentication options: ${message}`;
  return { ok: false, trouble: { condition: 'FetchFailed', reason, message: text } };
}
