import { REASON } from '../../api/vocabulary.ts';
import { decodePercent } from '../../core/percent.ts';
import type { GitAuth } from '../../ports.ts';
import type { Trouble } from './decide.ts';

type SecretData = Readonly<Record<string, string>>;

/** Credentials, or why there are none. */
export type AuthResult =
  | { readonly ok: true; readonly auth: GitAuth }
  | { readonly ok: false; readonly trouble: Trouble };

/** Credentials for http(s) from a Secret's base64 `data` and the URL's userinfo, the Secret first (GR-01, GR-10). */
export function authOf(url: string, secret: SecretData | undefined): AuthResult {
  const data = decoded(secret ?? {});
  if (data.githubAppID !== undefined) return refused(githubAppData(), REASON.invalidProviderConfiguration);
  // Empty counts as absent, as in a Secret of type kubernetes.io/tls that only brings a CA.
  const certificate = data['tls.crt'] || data.certFile || undefined;
  const key = data['tls.key'] || data.keyFile || undefined;
  if ((certificate === undefined) !== (key === undefined))
    return refused("'tls.crt' and 'tls.key' must be set together");
  const ca = data['ca.crt'] || data.caFile || undefined;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
  };
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

function decoded(data: SecretData): SecretData {
  const entries = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
  );
  return Object.fromEntries(entries);
}

function githubAppData(): string {
  return 'the Secret has github app data but provider is not set to github';
}

function refused(message: string, reason: string = REASON.authenticationFailed): AuthResult {
  const text = `failed to configure authentication options: ${message}`;
  return { ok: false, trouble: { condition: 'FetchFailed', reason, message: text } };
}
