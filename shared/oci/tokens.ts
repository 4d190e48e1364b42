import { Fault } from '../core/failures.ts';
import type { HttpAnswer } from '../ports.ts';
import type { Session } from './access.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import type { RegistryCredentials } from './credentials.ts';
import { isRecord } from './descriptor.ts';
import { refusalText } from './faults.ts';
import type { Authorization } from './known.ts';

type Bearer = Challenge & { readonly scheme: 'bearer' };

/** The token specification's own default, seconds. */
const DEFAULT_LIFE = 60;
/** Ours, seconds: a token is not used in the last moments of its life, nor for longer than this. */
const MARGIN = 10;
const MAX_LIFE = 3600;
/** Ours: a token of a cloud is below 16 KB. */
const MAX_TOKEN_BYTES = 256 * 1024;
const CLIENT = 'sluice';

/** What the registry that answered so takes, by the credentials there are; undefined when none would change its mind. */
export async function authorize(session: Session, answer: HttpAnswer): Promise<Authorization | undefined> {
  const { credentials, clock } = session.access;
  const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '');
  const now = clock.now().getTime();
  if (credentials?.kind === 'bearer')
    return { header: `Bearer ${credentials.token}`, expires: now + MAX_LIFE * 1000 };
  if (challenge?.scheme === 'bearer') return fetchToken(session, challenge, new URL(answer.url), now);
  if (challenge === undefined || credentials?.kind !== 'basic') return undefined;
  return { header: basic(credentials), expires: now + MAX_LIFE * 1000 };
}

async function fetchToken(
  session: Session,
  challenge: Bearer,
  from: URL,
  now: number,
): Promise<Authorization> {
  const realm = URL.parse(challenge.realm, from.href);
  if (realm === null || (realm.protocol !== 'https:' && realm.protocol !== 'http:'))
    throw new Fault('malformed', `${from.host} names no token server`);
  // Whoever speaks HTTPS does not have credentials sent in the open.
  if (realm.protocol === 'http:' && from.protocol === 'https:')
    throw new Fault('unauthorized', `${from.host} names a token server without HTTPS, '${realm.host}'`);
  const answer = await askForToken(session, challenge, realm);
  if (answer.status !== 200) {
    const text = refusalText(answer);
    const code = answer.status >= 500 ? 'server-error' : answer.status === 429 ? 'throttled' : 'unauthorized';
    throw new Fault(code, `no token of ${realm.host}: status ${answer.status}${text && `: ${text}`}`, {
      status: answer.status,
    });
  }
  const { token, life } = readToken(answer, realm.host);
  const milliseconds = Math.max(0, Math.min(life, MAX_LIFE) - MARGIN) * 1000;
  return { header: `Bearer ${token}`, expires: now + milliseconds };
}

function askForToken(session: Session, { service }: Bearer, realm: URL): Promise<HttpAnswer> {
  const { repository, access } = session;
  const { http, credentials, signal, ca, clientCertificate, trustAnyCertificate, proxy } = access;
  const scope = `repository:${repository.path}:pull`;
  const isRegistry = realm.host === new URL(`https://${repository.registry}`).host;
  const common = {
    signal,
    maxBytes: MAX_TOKEN_BYTES,
    maxRedirects: 0,
    ...(ca !== undefined && { ca }),
    // Whom the object's own certificate is for is the registry.
    ...(isRegistry && clientCertificate !== undefined && { clientCertificate }),
    ...(trustAnyCertificate !== undefined && { trustAnyCertificate }),
    ...(proxy !== undefined && { proxy }),
  };
  const asked = { ...(service !== undefined && { service }), scope };
  if (credentials?.kind === 'identity') {
    const form = { grant_type: 'refresh_token', refresh_token: credentials.token, client_id: CLIENT };
    return http.request({
      ...common,
      method: 'POST',
      url: realm.href,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams({ ...form, ...asked }).toString()),
      idempotent: true,
    });
  }
  for (const [name, value] of Object.entries(asked)) realm.searchParams.set(name, value);
  return http.request({
    ...common,
    method: 'GET',
    url: realm.href,
    ...(credentials?.kind === 'basic' && { headers: { authorization: basic(credentials) } }),
  });
}

function readToken(answer: HttpAnswer, host: string): { readonly token: string; readonly life: number } {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(answer.body).toString());
  } catch {
    throw new Fault('malformed', `the token server ${host} does not answer in JSON`);
  }
  const record = isRecord(value) ? value : {};
  const token = [record.token, record.access_token].find((one) => typeof one === 'string' && one !== '');
  // What is no header's text would break the next request.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new Fault('malformed', `the token server ${host} answers without a token`);
  const life = typeof record.expires_in === 'number' ? record.expires_in : DEFAULT_LIFE;
  return { token, life: Number.isFinite(life) && life > 0 ? life : DEFAULT_LIFE };
}

function basic({ username, password }: RegistryCredentials & { readonly kind: 'basic' }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
