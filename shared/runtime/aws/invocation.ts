import { messageOf } from '../../core/failures.ts';
import type { HttpEvent, HttpResult } from '../../core/http-event.ts';
import type { QueueName } from '../../core/messages.ts';
import type { Clock, Log, Metrics } from '../../ports.ts';

import { QUEUE_TABLE } from '../../reconcile/queue-table.ts';
import type { SqsBatchResponse, SqsEvent, SqsRecord } from '../lambda.ts';
import { LEASE_MS, RENEW_MS } from '../lease.ts';

/** What Lambda tells of an invocation: the part that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** A record with the lease that a worker may renew. */
export interface LeasedRecord extends SqsRecord {
  readonly receiptHandle: string;
}

/** What an invocation needs of its world. */
export interface Timed {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: Metrics;
}

/** Makes messages invisible for so many seconds from now on, up to ten at once. */
export type Extend = (queue: QueueName, receipts: readonly string[], seconds: number) => Promise<void>;

/** A world that may refuse to be worked in. */
interface Guarded {
  /** Asked before each invocation: whether the deployment's stores are its own. */
  readonly guard?: () => Promise<void>;
}

/** Time for the last status patch and message after the signal has fired, in ms. */
const HAND_OVER_MS = 5_000;

/** The functions that read a queue. */
export type Worker = {
  [Name in keyof typeof QUEUE_TABLE]: (typeof QUEUE_TABLE)[Name] extends { queue: unknown } ? Name : never;
}[keyof typeof QUEUE_TABLE];

/** A worker as Lambda calls it: with a deadline, a short lease that is renewed, and the rest of a group that failed. */
export function onSqs<World extends Guarded & { readonly ports: Timed; readonly extend: Extend }>(
  name: Worker,
  open: () => Promise<World>,
  handle: (event: SqsEvent, ports: World['ports'], signal: AbortSignal) => Promise<SqsBatchResponse>,
): (
  event: { readonly Records: readonly LeasedRecord[] },
  context: LambdaContext,
) => Promise<SqsBatchResponse> {
  const world = once(open);
  return async (event, context) => {
    const { ports, extend } = await world();
    const over = new AbortController();
    const renewal = keepLease(name, event.Records, { extend, ...ports }, over.signal);
    try {
      const answer = await handle(event, ports, deadline(ports.clock, context));
      return withTheirGroups(event, answer);
    } finally {
      over.abort();
      await renewal;
      ports.metrics?.flush();
    }
  };
}

/** A function behind the HTTP API as Lambda calls it. */
export function onHttp<World extends Guarded>(
  open: () => Promise<World>,
  handle: (event: HttpEvent, world: World) => Promise<HttpResult>,
): (event: HttpEvent) => Promise<HttpResult> {
  const world = once(open);
  return async (event) => handle(event, await world());
}

/** A function that is called by a schedule or by another function. */
export function onCall<World extends Guarded & Timed, Event, Answer>(
  open: () => Promise<World>,
  handle: (event: Event, world: World, signal: AbortSignal) => Promise<Answer>,
): (event: Event, context: LambdaContext) => Promise<Answer> {
  const world = once(open);
  return async (event, context) => {
    const opened = await world();
    return handle(event, opened, deadline(opened.clock, context));
  };
}

function deadline(clock: Clock, context: LambdaContext): AbortSignal {
  return clock.timeout(Math.max(0, Math.floor(context.getRemainingTimeInMillis()) - HAND_OVER_MS));
}

/** Opened by the first invocation and kept; what failed to open is opened anew by the next. */
function once<World extends Guarded>(open: () => Promise<World>): () => Promise<World> {
  let opened: Promise<World> | undefined;
  return async () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    const world = await opened;
    await world.guard?.();
    return world;
  };
}

/** Most batches are done by then, in ms: no lease of theirs is shortened, which would be a third of what their queue is asked. */
const FIRST_LEASE_MS = 2_000;

/** Shortens the lease of a batch that takes longer, so that a crash frees the group within a minute, and renews it until `over`. */
async function keepLease(
  name: Worker,
  records: readonly LeasedRecord[],
  { extend, clock, log }: Timed & { readonly extend: Extend },
  over: AbortSignal,
): Promise<void> {
  const { queue, timeout } = QUEUE_TABLE[name];
  if (queue.visibility * 1000 <= LEASE_MS) return;
  const receipts = records.map(({ receiptHandle }) => receiptHandle);
  const end = clock.now().getTime() + timeout * 1000;
  await clock.sleep(FIRST_LEASE_MS, over).catch(() => undefined);
  while (!over.aborted && clock.now().getTime() < end) {
    await extend(queue.name, receipts, LEASE_MS / 1000).catch((error: unknown) =>
      log.warn('lease cannot be renewed', { queue: queue.name, error: messageOf(error) }),
    );
    await clock.sleep(RENEW_MS, over).catch(() => undefined);
  }
}

/** Behind a message that comes again, the rest of its group comes again too, in order. */
function withTheirGroups({ Records }: SqsEvent, { batchItemFailures }: SqsBatchResponse): SqsBatchResponse {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const broken = new Set<string>();
  const again = Records.filter(({ messageId, attributes: { MessageGroupId: group } }) => {
    const isAgain = failed.has(messageId) || (group !== undefined && broken.has(group));
    if (isAgain && group !== undefined) broken.add(group);
    return isAgain;
  });
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
