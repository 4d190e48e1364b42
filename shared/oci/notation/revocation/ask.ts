import { Fault, isFault, messageOf, Postponed } from '../../../core/failures.ts';
import type { Clock, Http, HttpRequest } from '../../../ports.ts';

/** By what the addresses in certificates are asked. */
export interface Inquiry {
  /** Under the rule of egress; without the object's proxy, as upstream. */
  readonly http: Http;
  readonly clock: Pick<Clock, 'now' | 'timeout'>;
  /** Of the run. */
  readonly signal: AbortSignal;
  /** For all that is asked; the run's own signal unless it is given. */
  readonly until?: AbortSignal;
  /** Does what may take much memory when nobody else does; at once unless it is given. Throws Postponed. */
  readonly alone?: <T>(act: () => Promise<T>) => Promise<T>;
}

/** Upstream's times and sizes. */
export const OCSP_TIMEOUT_MS = 2_000;
export const LIST_TIMEOUT_MS = 5_000;
export const MAX_OCSP_BYTES = 20 * 1024;
export const MAX_LIST_BYTES = 32 * 1024 * 1024;
/** Ours: what lists may take beside others' work; most have less. */
export const SMALL_LIST_BYTES = 4 * 1024 * 1024;
/** Upstream's length of what goes into a URL. */
const MAX_IN_URL = 255;

/** What a responder answers to a question. Faults: those of the Http port; an Error for an address or an answer that is none. */
export async function askResponder(address: string, question: Buffer, inquiry: Inquiry): Promise<Buffer> {
  const url = addressOf(address);
  const text = encodeURIComponent(question.toString('base64'));
  const limits = { maxBytes: MAX_OCSP_BYTES, within: OCSP_TIMEOUT_MS };
  if (text.length < MAX_IN_URL) {
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${text}`;
    return fetchFrom({ method: 'GET', url: url.href }, limits, inquiry);
  }
  const headers = { 'content-type': 'application/ocsp-request' };
  const request = { method: 'POST', url: url.href, headers, body: question, idempotent: true };
  return fetchFrom(request, limits, inquiry);
}

/** A list's bytes. Faults: those of the Http port; an Error for an address or an answer that is none. */
export async function fetchList(
  address: string,
  inquiry: Inquiry,
  maxBytes: number = MAX_LIST_BYTES,
): Promise<Buffer> {
  const { href: url } = addressOf(address);
  return fetchFrom({ method: 'GET', url }, { maxBytes, within: LIST_TIMEOUT_MS }, inquiry);
}

/** What `read` makes of a list; of one that is not small when nobody else holds much. Faults: those of the Http port; an Error for an address or an answer that is none. Throws Postponed when there is no room in time. */
export async function withList<T>(address: string, inquiry: Inquiry, read: (bytes: Buffer) => T): Promise<T> {
  const { alone = (act) => act(), until } = inquiry;
  try {
    return read(await fetchList(address, inquiry, SMALL_LIST_BYTES));
  } catch (error) {
    if (!isFault(error, 'too-large')) throw error;
  }
  return alone(async () => {
    // Nothing was wrong with the list, only others were before it.
    if (until?.aborted)
      throw new Postponed('the time for questions was over before there was room for a list');
    return read(await fetchList(address, inquiry));
  });
}

/** For messages: where it is, without what may stand in a URL besides. */
export function hostOf(address: string): string {
  return URL.parse(address)?.host.slice(0, 100) || 'an address that is none';
}

/** Both are spoken over plain HTTP: the answers are signed, and HTTPS would need an answer first. */
function addressOf(address: string): URL {
  const url = URL.parse(address);
  if (url?.protocol === 'http:') return url;
  throw new Error('only http:// is spoken');
}

async function fetchFrom(
  request: Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body' | 'idempotent'>,
  limits: { readonly maxBytes: number; readonly within: number },
  { http, clock, signal, until = signal }: Inquiry,
): Promise<Buffer> {
  const soon = AbortSignal.any([until, clock.timeout(limits.within)]);
  const { status, body } = await http.request({ ...request, signal: soon, maxBytes: limits.maxBytes });
  if (status !== 200) throw new Error(`it answers with status ${status}`);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Why an address gave nothing that counts, in a few words. Throws Postponed, and when the run is over. */
export function troubleWith(error: unknown, { signal }: Inquiry): string {
  if (error instanceof Postponed) throw error;
  if (signal.aborted) throw isFault(error) ? error : new Fault('timeout', 'the run is over', {}, error);
  return messageOf(error).slice(0, 200);
}
