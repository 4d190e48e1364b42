import { Fault } from '../../core/failures.ts';
import { jsonObject } from '../../core/json.ts';
import type { Clock, Http, HttpRequest } from '../../ports.ts';

/** How a cloud's token service is reached. */
export interface GrantAccess extends Pick<HttpRequest, 'proxy' | 'signal'> {
  readonly http: Http;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
}

/** Ours: bytes of an answer; the longest token is some 4 KB. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Upstream's time for one answer of a cloud, ms. */
const ANSWER_MS = 10_000;

/** The access token that a form gets at `url`. Faults: those of the Http port, `unauthorized` with OAuth's own code, `throttled`, `server-error`, `malformed`. */
export async function grant(
  url: string,
  form: Readonly<Record<string, string>>,
  { http, clock, signal, proxy }: GrantAccess,
): Promise<string> {
  const { status, body } = await http.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new TextEncoder().encode(new URLSearchParams(form).toString()),
    signal: AbortSignal.any([signal, clock.timeout(ANSWER_MS)]),
    maxBytes: MAX_ANSWER_BYTES,
    // The credentials are for this address alone.
    maxRedirects: 0,
    idempotent: true,
    ...(proxy !== undefined && { proxy }),
  });
  const answer = jsonObject(body) ?? {};
  const { host } = new URL(url);
  if (status !== 200) {
    const code = status >= 500 ? 'server-error' : status === 429 ? 'throttled' : 'unauthorized';
    throw new Fault(code, `${host} gives no token: it answered ${status}${codeIn(answer)}`, { status });
  }
  const { access_token: token } = answer;
  if (typeof token === 'string' && token !== '') return token;
  throw new Fault('malformed', `${host} answered without a token`);
}

/** Codes only: the texts beside them hold times and trace ids, and would be news at every attempt. */
function codeIn({ error, error_description: described }: Readonly<Record<string, unknown>>): string {
  const name = typeof error === 'string' && /^[A-Za-z_]{1,64}$/.test(error) ? `: ${error}` : '';
  const number = /^AADSTS\d{1,10}/.exec(typeof described === 'string' ? described : '')?.[0];
  return number === undefined ? name : `${name} (${number})`;
}
