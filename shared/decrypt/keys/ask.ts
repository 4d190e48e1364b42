import { Fault } from '../../core/failures.ts';
import type { Clock, Http } from '../../ports.ts';

/** With what key services are asked; every address passes the one rule of egress. */
export interface Asking {
  readonly http: Http;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
  readonly signal: AbortSignal;
}

/** A request to a key service. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A JSON object that was answered. */
export type JsonAnswer = Readonly<Record<string, unknown>>;

/** Ours: bytes of an answer; a data key and some names. */
const MAX_ANSWER = 64 * 1024;
/** Ours: time for an answer, in ms; several services may be asked for one file. */
const ANSWER_MS = 10_000;
/** Ours: characters of a refusal that are told. */
const MAX_TOLD = 300;

/** The answer's text. Faults: those of the network, `unauthorized` when `who` refuses, `server-error`. Redirects are not followed: the credentials are for that address. */
export async function ask(
  { http, clock, signal }: Asking,
  { method = 'POST', url, headers = {}, body }: Question,
  who: string,
): Promise<string> {
  const limit = AbortSignal.any([signal, clock.timeout(ANSWER_MS)]);
  const answer = await http.request({
    ...{ method, url, headers, body: new TextEncoder().encode(body) },
    ...{ signal: limit, maxBytes: MAX_ANSWER, maxRedirects: 0, idempotent: true },
  });
  const text = new TextDecoder().decode(answer.body);
  if (answer.status === 200) return text;
  const code = answer.status === 429 ? 'throttled' : answer.status >= 500 ? 'server-error' : 'unauthorized';
  throw new Fault(code, `${who} answered ${answer.status}${refusalIn(text)}`, { status: answer.status });
}

/** The same for a JSON object. Fault `malformed`. */
export async function askJson(asking: Asking, question: Question, who: string): Promise<JsonAnswer> {
  const text = await ask(asking, question, who);
  const answer = parsed(text);
  if (answer === undefined) throw new Fault('malformed', `${who} answered no JSON object`);
  return answer;
}

/** A field of an answer that has to be text. Fault `malformed`. */
export function textIn(answer: unknown, field: string, who: string): string {
  const value = isObject(answer) ? answer[field] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new Fault('malformed', `${who} answered without ${field}`);
}

/** The bytes of a field in base64. Fault `malformed`. */
export function bytesIn(answer: unknown, field: string, who: string): Uint8Array {
  return Buffer.from(textIn(answer, field, who), 'base64');
}

/** What services say when they refuse: AWS, Google, Azure, OAuth and Vault each in its own fields. */
function refusalIn(text: string): string {
  const answer = parsed(text);
  if (answer === undefined) return '';
  const { error, errors } = answer;
  const inner = isObject(error) ? error : answer;
  const list = Array.isArray(errors) ? errors : [];
  const parts = [
    ...[inner.__type, inner.code, inner.status, typeof error === 'string' ? error : undefined],
    ...[inner.message, inner.Message, inner.error_description, ...list],
  ];
  const told = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return told.length === 0 ? '' : `: ${told.join(': ').slice(0, MAX_TOLD)}`;
}

function parsed(text: string): JsonAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
