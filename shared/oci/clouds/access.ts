import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import type { Asker, Clock, Http, HttpAnswer, Identities, ProxyAddress } from '../../ports.ts';
import type { RegistryCredentials } from '../credentials.ts';
import { refusalText } from '../faults.ts';
import { knownFor, type Login } from '../known.ts';

/** With what a cloud is asked. */
export interface CloudAccess {
  readonly http: Http;
  readonly clock: Clock;
  readonly identities: Identities;
  readonly asker: Asker;
  readonly proxy?: ProxyAddress;
  /** The object's field by which another server may be taken for the registry. */
  readonly trusts: 'certSecretRef' | 'insecure' | undefined;
}

/** Whether a spec lets others than the machine's own roots vouch for a registry, and how. */
export function trustsOf(spec: {
  readonly certSecretRef?: object | undefined;
  readonly insecure?: boolean | undefined;
}): CloudAccess['trusts'] {
  if (spec.certSecretRef !== undefined) return 'certSecretRef';
  return spec.insecure === true ? 'insecure' : undefined;
}

/** Ours: a login is used for so long at most, and not in the last minutes of its life, milliseconds. */
const MAX_LIFE = 3_600_000;
const MARGIN = 300_000;
/** Ours: bytes of an answer; the longest token is some 4 KB. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What `login` gives, or gave before to the same identity, which `secret` is proof of. */
export async function keptLogin(
  { http, clock }: CloudAccess,
  registry: string,
  secret: string,
  login: () => Promise<Login>,
): Promise<RegistryCredentials> {
  const { logins } = knownFor(http);
  const key = sha256Hex(JSON.stringify([registry, secret]));
  const now = clock.now().getTime();
  const before = logins.get(key);
  if (before !== undefined && before.expires > now) return before.credentials;
  const { credentials, expires } = await login();
  logins.set(key, { credentials, expires: Math.min(expires - MARGIN, now + MAX_LIFE) });
  return credentials;
}

/** POSTs, and parses the JSON of a good answer. Faults: `unauthorized`, `server-error`, `malformed`, those of the Http port. */
export async function post(
  { http, asker, proxy }: CloudAccess,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<unknown> {
  const answer = await http.request({
    method: 'POST',
    url,
    headers,
    body: Buffer.from(body),
    signal: asker.signal,
    maxBytes: MAX_ANSWER_BYTES,
    maxRedirects: 0,
    idempotent: true,
    ...(proxy !== undefined && { proxy }),
  });
  if (answer.status !== 200) throw refusal(answer);
  try {
    return JSON.parse(Buffer.from(answer.body).toString());
  } catch {
    throw new Fault('malformed', `${new URL(url).host} does not answer in JSON`);
  }
}

function refusal(answer: HttpAnswer): Fault {
  const { status, url } = answer;
  const text = refusalText(answer);
  const code = status >= 500 ? 'server-error' : status === 429 ? 'throttled' : 'unauthorized';
  return new Fault(code, `${new URL(url).host} answers with status ${status}${text && `: ${text}`}`, {
    status,
  });
}
