import { sha256Hex } from '../core/digests.ts';
import { type HookRequest, mediaTypeOf } from './hook-request.ts';
import { receiverType } from './receiver-types.ts';

/** The event that a delivery is about, undefined for types that name none. */
export function eventOf(type: string, { headers }: HookRequest): string | undefined {
  const header = receiverType(type)?.eventHeader;
  return header === undefined ? undefined : (headers[header] ?? '');
}

/** Whether an allow-list lets the event through: equal but for case, and an empty list lets all (RC-21). */
export function allows(events: readonly string[], event: string | undefined): boolean {
  if (event === undefined || events.length === 0) return true;
  return events.some((one) => one.toLowerCase() === event.toLowerCase());
}

/** Why a type does not take this media type, undefined when it does (RC-26). */
export function wrongMediaType(type: string, request: HookRequest): string | undefined {
  const taken = receiverType(type)?.mediaTypes;
  if (taken === undefined || taken.includes(mediaTypeOf(request))) return undefined;
  return `the content type must be ${taken.join(' or ')}`;
}

/**
 * What is equal for a delivery that is sent twice, however its sender or somebody in between repeats it; undefined for
 * types whose senders number nothing. The body is part of it: a number alone could be put on another delivery.
 */
export function deliveryId(type: string, request: HookRequest): string | undefined {
  const header = receiverType(type)?.deliveryHeader;
  const number = header === undefined ? undefined : request.headers[header];
  return number ? sha256Hex(`${number}\n${sha256Hex(request.body)}`) : undefined;
}

/** The JSON of a delivery: its body, or the field `payload` of a form (RC-26). Undefined when there is none. */
export function payloadOf(request: HookRequest): unknown {
  const text = Buffer.from(request.body).toString('utf8');
  const isForm = mediaTypeOf(request) === 'application/x-www-form-urlencoded';
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text);
  } catch {
    return undefined;
  }
}
