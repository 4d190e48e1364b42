import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { parseJson } from '../../core/json.ts';
import type { GitHubApp, GitHubAsking, IdentityToken } from '../../ports.ts';
import type { Lending } from './lending.ts';

const PUBLIC_API = 'https://api.github.com';
/** Upstream's: the App's own token is issued half a minute ago, for clocks that differ, and good for two. */
const ISSUED_BEFORE_S = 30;
const LIFETIME_S = 120;
/** Ours: an installation is some 5 KB. */
const MAX_BYTES = 256 * 1024;

/** Asks as the App for a token of its installation, which is looked up where only its owner is known. Faults: `invalid`, `unauthorized`, `not-found`, and those of a network. */
export async function githubToken(
  { keep, clock }: Pick<Lending, 'keep' | 'clock'>,
  app: GitHubApp,
  asking: GitHubAsking,
): Promise<IdentityToken> {
  const key = privateKeyOf(app.privateKey);
  const { ca = '', clientCertificate, proxy } = asking;
  const where = [app.baseUrl ?? '', ca, clientCertificate?.certificate ?? '', proxy?.url ?? ''];
  const who = [app.id, JSON.stringify(app.installation), digestOf(app.privateKey)];
  const known = ['github', ...who, ...where];
  return keep(known, async () => {
    const as = appToken(app.id, key, clock.now());
    const id =
      'id' in app.installation
        ? app.installation.id
        : await installationOf(app, app.installation.owner, as, asking);
    const answer = await ask(app, 'POST', `app/installations/${id}/access_tokens`, as, asking);
    const { token, expires_at: expires } = answer;
    const expiresAt = new Date(String(expires));
    if (typeof token !== 'string' || token === '' || Number.isNaN(expiresAt.getTime()))
      throw new Fault('malformed', 'GitHub gives no token: the answer cannot be read', {});
    return { token, expiresAt, as: JSON.stringify(known) };
  });
}

/** Of an organization, else of a person. */
async function installationOf(
  app: GitHubApp,
  owner: string,
  as: string,
  asking: GitHubAsking,
): Promise<string> {
  const name = encodeURIComponent(owner);
  try {
    return idIn(await ask(app, 'GET', `orgs/${name}/installation`, as, asking));
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    const found = await ask(app, 'GET', `users/${name}/installation`, as, asking).catch((second: unknown) => {
      if (!isFault(second, 'not-found')) throw second;
      const text = `failed to find an installation of the app for organization or user '${owner}': ${messageOf(second)}`;
      throw new Fault('not-found', text, {});
    });
    return idIn(found);
  }
}

async function ask(
  { baseUrl = PUBLIC_API }: GitHubApp,
  method: string,
  path: string,
  as: string,
  { http, ...way }: GitHubAsking,
): Promise<Readonly<Record<string, unknown>>> {
  const url = `${baseUrl.replace(/\/+$/, '')}/${path}`;
  const { status, body } = await http.request({
    ...way,
    ...{ method, url, maxBytes: MAX_BYTES, maxRedirects: 0, idempotent: true },
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${as}`,
      'x-github-api-version': '2022-11-28',
    },
  });
  const answer = objectOf(body);
  if (answer !== undefined && (status === 200 || status === 201)) return answer;
  const said = typeof answer?.message === 'string' ? `: ${answer.message}` : '';
  throw new Fault(codeOf(status), `GitHub answered ${status}${said}`, { status });
}

function codeOf(status: number): 'not-found' | 'server-error' | 'throttled' | 'unauthorized' | 'malformed' {
  if (status === 404) return 'not-found';
  if (status === 429) return 'throttled';
  if (status === 200 || status === 201) return 'malformed';
  return status >= 500 ? 'server-error' : 'unauthorized';
}

function objectOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = parseJson(new TextDecoder().decode(body));
    return typeof parsed === 'object' && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function idIn({ id }: Readonly<Record<string, unknown>>): string {
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  throw new Fault('malformed', 'GitHub tells no id of the installation', {});
}

/** RFC 7519, RS256. */
function appToken(id: string, key: KeyObject, now: Date): string {
  const issued = Math.floor(now.getTime() / 1000) - ISSUED_BEFORE_S;
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iat: issued, exp: issued + LIFETIME_S, iss: id };
  const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function privateKeyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below, without the key.
  }
  throw new Fault('invalid', 'could not parse private key: githubAppPrivateKey is not an RSA key in PEM', {});
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
