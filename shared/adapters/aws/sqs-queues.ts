import {
  ChangeMessageVisibilityBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Fault } from '../../core/failures.ts';
import type { QueueName } from '../../core/messages.ts';
import { checkOutgoing, isFifo, MAX_BATCH, MAX_BODY_BYTES } from '../../core/queue-rules.ts';
import type { Chance, Clock, OutgoingMessage, Queues } from '../../ports.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** Ours, the oldest of SQS's (1 MiB since 2025): bytes of all bodies of a batch. */
const MAX_BATCH_BYTES = MAX_BODY_BYTES;
/** Ours: batches under way at a time; messages of one group follow each other. */
const LANES = 4;
/** Ours: tries of the messages of a batch that SQS did not take, beside the SDK's tries of the request. */
const SEND_TRIES = 4;
/** Ours: the first pause between them in ms, doubled each time, half of it by chance. */
const SEND_PAUSE_MS = 100;

/** What the queues of one deployment are made of. */
export interface SqsQueuesOptions {
  readonly access: AwsAccess;
  /** What their URLs begin with; behind it stands the queue's name, and `.fifo` where order is kept. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** The sending end, and what a worker needs for the messages that Lambda has given it. */
export interface SqsQueues extends Queues {
  /** Makes messages invisible for so many seconds from now on. Fault `not-found`, with how many, when some are no longer held. */
  extend(queue: QueueName, receipts: readonly string[], seconds: number): Promise<void>;
  close(): void;
}

/** The URL of a queue, given what all of them begin with. */
export function queueUrl(prefix: string, queue: QueueName): string {
  return `${prefix}${queue}${isFifo(queue) ? '.fifo' : ''}`;
}

/** Queues on SQS through one kept client; nothing is asked before the first request. */
export function createSqsQueues(options: SqsQueuesOptions): SqsQueues {
  const client = new SQSClient(clientSettings(options.access));
  return {
    async send(queue, messages) {
      for (const message of messages) checkOutgoing(queue, message);
      const lanes = lanesOf(messages).map(async (lane) => {
        for (const batch of batchesOf(lane)) await sendBatch(client, options, queue, batch);
      });
      await Promise.allSettled(lanes);
      await Promise.all(lanes);
    },
    async extend(queue, receipts, seconds) {
      const QueueUrl = queueUrl(options.prefix, queue);
      let lost = 0;
      for (let start = 0; start < receipts.length; start += MAX_BATCH) {
        const Entries = receipts
          .slice(start, start + MAX_BATCH)
          .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: seconds }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
        const { Failed = [] } = await asFaults(`queue ${queue}: renew leases`, () => client.send(command));
        lost += Failed.length;
      }
      if (lost > 0)
        throw new Fault('not-found', `queue ${queue}: ${lost} messages are no longer held`, { queue, lost });
    },
    close: () => client.destroy(),
  };
}

/** Messages that may be sent side by side; those of one group stay together and in order. */
function lanesOf(messages: readonly OutgoingMessage[]): readonly (readonly OutgoingMessage[])[] {
  const count = Math.min(LANES, Math.ceil(messages.length / MAX_BATCH));
  const lanes = Array.from({ length: count }, (): OutgoingMessage[] => []);
  const laneOfGroup = new Map<string, OutgoingMessage[] | undefined>();
  for (const message of messages) {
    const { group } = message;
    const known = group === undefined ? undefined : laneOfGroup.get(group);
    const lane = known ?? lanes.toSorted((one, other) => one.length - other.length)[0];
    lane?.push(message);
    if (group !== undefined) laneOfGroup.set(group, lane);
  }
  return lanes;
}

/** As many as one request takes, in order. */
function* batchesOf(messages: readonly OutgoingMessage[]): Iterable<readonly OutgoingMessage[]> {
  let batch: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (batch.length === MAX_BATCH || (batch.length > 0 && bytes + size > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** What SQS did not take is sent again; a FIFO queue drops what it took although its answer was lost. */
async function sendBatch(
  client: SQSClient,
  { prefix, clock, chance }: SqsQueuesOptions,
  queue: QueueName,
  batch: readonly OutgoingMessage[],
): Promise<void> {
  const QueueUrl = queueUrl(prefix, queue);
  let Entries = batch.map(entryOf);
  for (let attempt = 1; ; attempt += 1) {
    const command = new SendMessageBatchCommand({ QueueUrl, Entries });
    const { Failed = [] } = await asFaults(`queue ${queue}: send`, () => client.send(command));
    if (Failed.length === 0) return;
    const ours = Failed.find(({ SenderFault }) => SenderFault);
    if (ours !== undefined || attempt === SEND_TRIES) {
      const { Code = 'unknown', Message = '' } = ours ?? Failed[0] ?? {};
      const text = `queue ${queue}: ${Failed.length} of ${batch.length} messages were not taken: ${Code} ${Message}`;
      throw new Fault(ours ? 'invalid' : 'server-error', text.trim(), { queue, error: Code });
    }
    const failed = new Set(Failed.map(({ Id }) => Id));
    Entries = Entries.filter(({ Id }) => failed.has(Id));
    await clock.sleep((SEND_PAUSE_MS * 2 ** attempt * (1 + chance.number())) / 2);
  }
}

function entryOf(
  { body, group, dedupId, delaySeconds }: OutgoingMessage,
  index: number,
): SendMessageBatchRequestEntry {
  return {
    Id: `${index}`,
    MessageBody: body,
    ...(group !== undefined && { MessageGroupId: group }),
    ...(dedupId !== undefined && { MessageDeduplicationId: dedupId }),
    ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
  };
}
