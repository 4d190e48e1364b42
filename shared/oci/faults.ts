import { Fault, type FaultCode } from '../core/failures.ts';
import type { HttpAnswer } from '../ports.ts';
import { isRecord } from './descriptor.ts';

/** Ours: of what a registry says in its errors, characters. */
const MAX_TEXT = 300;
const MAX_ERRORS = 3;

/** A refusal as the Fault that says what to do about it. */
export function faultOf({ status, ...answer }: HttpAnswer, what: string): Fault {
  const text = refusalText({ status, ...answer });
  const { host } = new URL(answer.url);
  return new Fault(codeOf(status), `${what}: ${host} answers with status ${status}${text && `: ${text}`}`, {
    status,
  });
}

/** What the registry says for itself, in one line; empty when it does not speak as registries do. */
export function refusalText({ body }: Pick<HttpAnswer, 'body' | 'status'>): string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString());
  } catch {
    return '';
  }
  if (!isRecord(value)) return '';
  if (!Array.isArray(value.errors)) return oneLine(typeof value.details === 'string' ? value.details : '');
  const errors = value.errors.filter(isRecord).slice(0, MAX_ERRORS);
  const texts = errors.map(({ code, message }) => {
    return [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  });
  return oneLine(texts.join('; '));
}

function codeOf(status: number): FaultCode {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not-found';
  if (status === 429) return 'throttled';
  return status >= 500 ? 'server-error' : 'malformed';
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a condition is one line
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, MAX_TEXT);
}
