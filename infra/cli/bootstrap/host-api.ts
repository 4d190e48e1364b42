import { Fault } from '../../../shared/core/failures.ts';
import { redact } from '../../../shared/core/redaction.ts';
import type { Clock, Http, HttpAnswer } from '../../../shared/ports.ts';

/** How to speak with one host. */
export interface HostApiOptions {
  readonly http: Http;
  readonly clock: Clock;
  /** Such as `https://api.github.com`. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The variable that holds the token, for sentences. */
  readonly tokenVariable: string;
  readonly ca?: string;
}

/** One request, and for sentences what it is for, as `create the repository me/fleet`. */
export interface HostRequest {
  readonly to: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** Sends JSON and reads JSON; undefined for 404 of a GET. Faults: `unauthorized`, `forbidden`, `not-found`, `already-exists`, `throttled`, `invalid`, `server-error`, `malformed` and those of Http. */
export type HostApi = (request: HostRequest) => Promise<unknown>;

/** Ours: how long a host may take to answer, in milliseconds. */
const ANSWER_WITHIN_MS = 30_000;
/** Ours: a page of 100 webhooks has 200 KB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** The API of a host, whose refusals become Faults that say what to do. */
export function hostApi(options: HostApiOptions): HostApi {
  const { http, base, headers, ca } = options;
  return async (request) => {
    const { method = 'GET', path, body } = request;
    const answer = await http.request({
      ...{ method, url: `${base}${path}`, maxBytes: MAX_ANSWER_BYTES },
      headers: { accept: 'application/json', 'user-agent': 'sluice', ...typeOf(body), ...headers },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      ...(ca !== undefined && { ca }),
    });
    if (answer.status === 404 && method === 'GET') return undefined;
    if (answer.status >= 300) throw refusal(answer, request, options);
    return parse(answer, base);
  };
}

function typeOf(body: unknown): Record<string, string> {
  return body === undefined ? {} : { 'content-type': 'application/json' };
}

function parse(answer: HttpAnswer, base: string): unknown {
  try {
    return answer.body.length === 0 ? undefined : JSON.parse(Buffer.from(answer.body).toString());
  } catch {
    const text = `${new URL(base).host} does not answer as its API does; is --hostname right?`;
    throw new Fault('malformed', text, { status: answer.status });
  }
}

function refusal(answer: HttpAnswer, { to }: HostRequest, options: HostApiOptions): Fault {
  const { status } = answer;
  const host = new URL(options.base).host;
  const said = saidIn(answer);
  const until = limitedUntil(answer, options.clock.now());
  const data = { status };
  if (until !== undefined)
    return new Fault('throttled', `${host} limits requests${until}; then run the same command again`, data);
  const { tokenVariable } = options;
  if (status === 401)
    return new Fault(
      'unauthorized',
      `${host} does not accept the token in ${tokenVariable} (401${said})`,
      data,
    );
  if (status === 403)
    return new Fault(
      'forbidden',
      `the token in ${tokenVariable} may not ${to} at ${host} (403${said})`,
      data,
    );
  if (status === 404) {
    const text = `${host} finds nothing to ${to}, or hides it from the token in ${tokenVariable} (404${said})`;
    return new Fault('not-found', text, data);
  }
  if (status === 409 || /already (exists|been taken)|has already been/i.test(said)) {
    const text = `${host} cannot ${to}: the name is taken${said}; let the token in ${tokenVariable} see it, or choose another --repository`;
    return new Fault('already-exists', text, data);
  }
  if (status >= 500)
    return new Fault(
      'server-error',
      `${host} fails to ${to} (${status}${said}); run the same command again later`,
      data,
    );
  return new Fault('invalid', `${host} refuses to ${to} (${status}${said})`, data);
}

/** When requests are answered again, where that is why this one was refused: ` until ...` or nothing. */
function limitedUntil({ status, headers }: HttpAnswer, now: Date): string | undefined {
  const after = Number(headers['retry-after']);
  const isLimit = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
  if (status !== 429 && !(status === 403 && isLimit)) return undefined;
  const reset = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']);
  const at = after > 0 ? now.getTime() + after * 1000 : reset > 0 ? reset * 1000 : undefined;
  return at === undefined ? '' : ` until ${new Date(at).toISOString()}`;
}

/** Characters of a host's own words that are shown. */
const MAX_SAID = 300;

/** The host's own words, in any of the shapes of the three. */
function saidIn({ body }: HttpAnswer): string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString());
  } catch {
    return '';
  }
  const { message, error, error_description, errors } = (value ?? {}) as Record<string, unknown>;
  const parts = [message, error, error_description, errors].flatMap((part) => wordsOf(part));
  const text = redact([...new Set(parts)].join(', '))
    .replaceAll(/\s+/g, ' ')
    .slice(0, MAX_SAID);
  return text === '' ? '' : `: ${text}`;
}

function wordsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((item) => wordsOf(item));
  if (typeof value !== 'object' || value === null) return [];
  const { message } = value as { readonly message?: unknown };
  if (typeof message === 'string') return [message];
  return Object.entries(value).map(([name, inner]) => `${name} ${wordsOf(inner).join(', ')}`);
}
