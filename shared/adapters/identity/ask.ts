import { Fault } from '../../core/failures.ts';
import { parseJson } from '../../core/json.ts';
import type { Clock, Http, HttpRequest } from '../../ports.ts';

/** Upstream's time for one answer of a cloud, ms. */
const ANSWER_MS = 10_000;
/** Ours: the description of an AKS cluster is some 20 KB. */
const MAX_BYTES = 1024 * 1024;

/** How clouds are asked. */
export interface Asking {
  readonly http: Http;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
}

/** An answer's text and status. */
export interface CloudAnswer {
  readonly status: number;
  readonly text: string;
  /** AWS's name for the trouble, where it stands in a header. */
  readonly trouble?: string;
}

/** Sends one request; redirects are not followed, for they would take the token along. */
export async function ask(
  { http, clock }: Asking,
  request: Pick<HttpRequest, 'method' | 'url' | 'headers'> & { readonly body?: string },
  signal: AbortSignal,
): Promise<CloudAnswer> {
  const { body, ...rest } = request;
  const {
    status,
    headers,
    body: answer,
  } = await http.request({
    ...rest,
    ...(body !== undefined && { body: new TextEncoder().encode(body) }),
    signal: AbortSignal.any([signal, clock.timeout(ANSWER_MS)]),
    maxBytes: MAX_BYTES,
    maxRedirects: 0,
    idempotent: true,
  });
  const trouble = headers['x-amzn-errortype']?.split(':')[0];
  return { status, text: new TextDecoder().decode(answer), ...(trouble && { trouble }) };
}

/** The JSON object of a 200. Faults: `server-error`, `throttled`, `not-found`, `unauthorized` with the cloud's own code, `malformed`. */
export function objectIn(
  { status, text, trouble }: CloudAnswer,
  what: string,
): Readonly<Record<string, unknown>> {
  const body = bodyOf(text);
  if (status === 200 && body !== undefined) return body;
  if (status === 200) throw new Fault('malformed', `${what}: the answer cannot be read`, { status });
  const said = trouble ?? codeIn(body) ?? `the answer was ${status}`;
  throw new Fault(faultCode(status), `${what}: ${said}`, { status });
}

/** The text under `name`. Fault `malformed`. */
export function textIn(body: Readonly<Record<string, unknown>>, name: string, what: string): string {
  const value = body[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Fault('malformed', `${what}: the answer has no ${name}`);
}

/** The object under `name`, empty when it is none. */
export function partOf(
  body: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = body[name];
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function faultCode(status: number): ConstructorParameters<typeof Fault>[0] {
  if (status >= 500) return 'server-error';
  if (status === 429) return 'throttled';
  return status === 404 ? 'not-found' : 'unauthorized';
}

function bodyOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = parseJson(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Readonly<Record<string, unknown>>;
  } catch {
    // Said by the caller.
  }
  return undefined;
}

/** Codes only: the texts beside them hold times and trace ids, and would be news at every attempt. */
function codeIn(body: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (body === undefined) return undefined;
  const { error, error_description: described, code } = body;
  const number = /^AADSTS\d+/.exec(typeof described === 'string' ? described : '')?.[0];
  const nested = partOf(body, 'error');
  const said = [error, nested.status, nested.code, code, body.__type].find((one) => typeof one === 'string');
  return number === undefined ? (said as string | undefined) : `${said} (${number})`;
}
