import { type HttpEvent, type HttpResult, MAX_DELIVERY_BYTES, plainText } from '../core/http-event.ts';

/** A delivery as it came: nothing of it is proven yet. */
export interface HookRequest {
  /** Names in lower case. */
  readonly headers: HttpEvent['headers'];
  /** The raw bytes, which signatures are over. */
  readonly body: Uint8Array;
}

/** The delivery in an event, or the refusal that any path gets for such a request. */
export function requestOf(
  event: HttpEvent,
): { readonly request: HookRequest } | { readonly refusal: HttpResult } {
  if (event.requestContext.http.method !== 'POST') {
    const { headers, ...result } = plainText(405, 'deliveries are sent by POST');
    return { refusal: { ...result, headers: { ...headers, allow: 'POST' } } };
  }
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.length > MAX_DELIVERY_BYTES) return { refusal: plainText(413, 'the body is larger than 3 MiB') };
  // Signatures are over what was sent; unpacking it first would be work that anybody can cause.
  const encoding = event.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return { refusal: plainText(415, 'compressed bodies are not taken') };
  return { request: { headers: event.headers, body } };
}

/** The media type without its parameters, in lower case. */
export function mediaTypeOf({ headers }: HookRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
