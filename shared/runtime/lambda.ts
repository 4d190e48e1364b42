import type { Delivery, Ports, Settled } from '../ports.ts';

/** The part of an SQS record that handlers use; Lambda's own shape. */
export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string; readonly MessageGroupId?: string };
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Names the records that come again; Lambda's `ReportBatchItemFailures`. */
export interface SqsBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What a worker does with a batch: deliveries of one group are in order. */
export type Handle = (
  batch: readonly Delivery[],
  ports: Ports,
  signal: AbortSignal,
) => Promise<readonly Settled[]>;

/** One function of the pipeline: takes Lambda's event, the world and the time left. */
export type QueueFunction = (event: SqsEvent, ports: Ports, signal: AbortSignal) => Promise<SqsBatchResponse>;

/** A queue's handler in Lambda's terms; settled results go in, `batchItemFailures` come out only here. */
export function onQueue(handle: Handle): QueueFunction {
  return async (event, ports, signal) => {
    const settled = await handle(event.Records.map(deliveryOf), ports, signal);
    const done = new Set(settled.flatMap(({ id, ok }) => (ok ? [id] : [])));
    const failed = event.Records.filter(({ messageId }) => !done.has(messageId));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/** The record that a local delivery would be on AWS. */
export function recordOf({ id, body, group, receiveCount }: Delivery): SqsRecord {
  const attributes = {
    ApproximateReceiveCount: String(receiveCount),
    ...(group !== undefined && { MessageGroupId: group }),
  };
  return { messageId: id, body, attributes };
}

function deliveryOf({ messageId, body, attributes }: SqsRecord): Delivery {
  const receiveCount = Number(attributes.ApproximateReceiveCount);
  const group = attributes.MessageGroupId;
  return { id: messageId, body, receiveCount, ...(group !== undefined && { group }) };
}
