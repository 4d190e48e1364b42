import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import { Fault } from '../../../shared/core/failures.ts';
import type { Http } from '../../../shared/ports.ts';

/** Ours: one answer of a server, of which the pack of one commit is the largest. */
const MAX_ANSWER_BYTES = 1024 * 1024 * 1024;
/** Ours: how long one request may take. */
const REQUEST_MS = 120_000;

/** isomorphic-git's transport over our own HTTP. Faults: those of Http, and what a refusing server's status says. */
export function smartHttp(http: Http, ca: string | undefined): HttpClient {
  return { request: (request) => exchange(http, ca, request) };
}

async function exchange(
  http: Http,
  ca: string | undefined,
  { url, method = 'GET', headers = {}, body }: GitHttpRequest,
): Promise<GitHttpResponse> {
  const bytes = body && (await whole(body));
  const answer = await http.request({
    ...{ url, method, headers, maxBytes: MAX_ANSWER_BYTES, signal: AbortSignal.timeout(REQUEST_MS) },
    ...(bytes && { body: bytes }),
    ...(ca !== undefined && { ca }),
  });
  const { status } = answer;
  if (status >= 400) throw refusal(status, new URL(url).host);
  const parts = [answer.body][Symbol.iterator]();
  return {
    ...{ url: answer.url, method, statusCode: status, statusMessage: String(status) },
    headers: { ...answer.headers },
    body: (async function* () {
      yield* parts;
    })(),
  };
}

async function whole(parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

function refusal(status: number, host: string): Fault {
  const data = { status };
  if (status === 401) return new Fault('unauthorized', `${host} does not accept the credentials (401)`, data);
  if (status === 403)
    return new Fault('forbidden', `${host}: the credentials may not do this to the repository (403)`, data);
  if (status === 404)
    return new Fault('not-found', `${host} has no such repository, or hides it (404)`, data);
  if (status === 429) return new Fault('throttled', `${host} takes no more requests now (429)`, data);
  return new Fault('server-error', `${host} answers ${status}; try again later`, data);
}
