import { type DeadLetter, readDeadLetter } from '../../core/dead-letters.ts';
import { QUEUES, type QueueName } from '../../core/messages.ts';

/** The part of a received SQS message that tells what a dead letter was. */
export interface ReceivedLetter {
  readonly MessageId?: string;
  readonly ReceiptHandle?: string;
  readonly Body?: string;
  readonly Attributes?: {
    readonly SentTimestamp?: string;
    readonly MessageGroupId?: string;
    /** Only of messages that SQS itself has given up. */
    readonly DeadLetterQueueSourceArn?: string;
  };
}

/** The queue that SQS has moved a message from; undefined when a worker wrote it. */
export function sourceQueue({ Attributes }: ReceivedLetter, prefix: string): QueueName | undefined {
  const name = Attributes?.DeadLetterQueueSourceArn?.split(':').at(-1);
  const begin = prefix.slice(prefix.lastIndexOf('/') + 1);
  if (name === undefined || !name.startsWith(begin)) return undefined;
  const queue = name.slice(begin.length).replace(/\.fifo$/, '');
  return QUEUES.find((one) => one === queue);
}

/** A message of a dead-letter queue; `receives` is what its own queue allows, where that is known. */
export function letterOf(message: ReceivedLetter, prefix: string, receives: number | undefined): DeadLetter {
  const { MessageId = '', Body = '', Attributes = {} } = message;
  const queue = sourceQueue(message, prefix);
  const group = Attributes.MessageGroupId;
  const often = receives === undefined ? 'too often' : `${receives} times`;
  return readDeadLetter(Body, {
    id: MessageId,
    at: new Date(Number(Attributes.SentTimestamp ?? 0)),
    ...(group !== undefined && { group }),
    ...(queue !== undefined && { died: { queue, reason: `received ${often} and never acknowledged` } }),
  });
}
