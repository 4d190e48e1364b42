import { Fault } from './failures.ts';
import type { QueueName } from './messages.ts';

/** SQS: an equal deduplication id in the same group is dropped for 5 minutes after the first was accepted. */
export const DEDUPLICATION_MS = 5 * 60_000;
/** SQS: the longest that a message is kept, 14 days; dead letters are. */
export const DEAD_RETENTION_MS = 14 * 24 * 60 * 60_000;
/** SQS: characters of a group id or a deduplication id. */
export const MAX_ID_LENGTH = 128;
/** Our own limit, the oldest of SQS's: bytes of a body in UTF-8. */
export const MAX_BODY_BYTES = 256 * 1024;
/** SQS: seconds a message to a standard queue may be delayed. */
export const MAX_DELAY_SECONDS = 900;
/** SQS: messages of one receive. */
export const MAX_BATCH = 10;
/** SQS: the longest visibility timeout, 12 hours. */
export const MAX_VISIBILITY_MS = 12 * 60 * 60_000;

const STANDARD: ReadonlySet<QueueName> = new Set<QueueName>(['arrivals', 'later']);

/** Whether `queue` keeps order per group and drops equal deduplication ids. */
export function isFifo(queue: QueueName): boolean {
  return !STANDARD.has(queue);
}

interface Outgoing {
  readonly body: string;
  readonly group?: string;
  readonly dedupId?: string;
  readonly delaySeconds?: number;
}

/** SQS: letters, digits and the 32 ASCII punctuation characters. */
const ID = /^[!-~]+$/;
/** SQS: the characters of XML 1.0. */
const BODY = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

/** Refuses what SQS would refuse, before anything is sent: Fault `invalid`, `data.field` names what. */
export function checkOutgoing(queue: QueueName, message: Outgoing): void {
  const bytes = new TextEncoder().encode(message.body).byteLength;
  if (bytes === 0) throw invalid(queue, 'body', 'a message body is empty');
  if (bytes > MAX_BODY_BYTES)
    throw invalid(queue, 'body', `a message body has more than ${MAX_BODY_BYTES} bytes`);
  if (!BODY.test(message.body)) throw invalid(queue, 'body', 'a message body has characters outside XML 1.0');
  if (isFifo(queue)) {
    checkId(queue, 'group', message.group);
    checkId(queue, 'dedupId', message.dedupId);
    if (message.delaySeconds !== undefined)
      throw invalid(queue, 'delaySeconds', 'FIFO queues have no delay per message');
    return;
  }
  if (message.group !== undefined) throw invalid(queue, 'group', 'standard queues have no groups');
  if (message.dedupId !== undefined) throw invalid(queue, 'dedupId', 'standard queues do not deduplicate');
  checkDelay(queue, message.delaySeconds ?? 0);
}

/** Refuses a receive that SQS would refuse: Fault `invalid`. */
export function checkReceive(queue: QueueName, max: number, visibilityMs: number): void {
  if (!Number.isInteger(max) || max < 1 || max > MAX_BATCH)
    throw invalid(queue, 'max', `a receive takes 1 to ${MAX_BATCH} messages`);
  checkVisibility(queue, visibilityMs);
}

/** Refuses a visibility timeout outside 0 to 12 hours: Fault `invalid`. */
export function checkVisibility(queue: QueueName, visibilityMs: number): void {
  if (!(visibilityMs >= 0 && visibilityMs <= MAX_VISIBILITY_MS))
    throw invalid(queue, 'visibilityMs', 'a visibility timeout is 0 to 12 hours');
}

function checkId(queue: QueueName, field: 'group' | 'dedupId', id: string | undefined): void {
  if (id === undefined) throw invalid(queue, field, `a FIFO message needs a ${field}`);
  if (id.length > MAX_ID_LENGTH || !ID.test(id))
    throw invalid(queue, field, `${field} must have 1 to ${MAX_ID_LENGTH} letters, digits or punctuation`);
}

function checkDelay(queue: QueueName, seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_DELAY_SECONDS)
    throw invalid(queue, 'delaySeconds', `a delay is 0 to ${MAX_DELAY_SECONDS} whole seconds`);
}

function invalid(queue: QueueName, field: string, message: string): Fault {
  return new Fault('invalid', `queue ${queue}: ${message}`, { queue, field });
}
