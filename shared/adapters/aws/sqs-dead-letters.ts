import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../core/dead-letters.ts';
import { MAX_BATCH } from '../../core/queue-rules.ts';
import type { Clock, DeadLetters } from '../../ports.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { letterOf, type ReceivedLetter, sourceQueue } from './dead-letter.ts';
import { asFaults } from './faults.ts';
import { queueUrl } from './sqs-queues.ts';

/** How long nobody else sees what is held, in s, and how often that is renewed, in ms: a reader that dies frees it within a minute. */
const HOLD_SECONDS = 60;
const RENEW_MS = 20_000;
/** SQS: with any wait it asks all of its servers, so an empty answer means that nothing can be received. */
const WAIT_SECONDS = 1;
/** Ours: letters held at a time; the rest counts as hidden. */
const MAX_HELD = 1_000;

/** Where the dead letters of one deployment are. */
export interface SqsDeadLettersOptions {
  readonly access: AwsAccess;
  /** What the queues' URLs begin with. */
  readonly prefix: string;
  readonly clock: Clock;
  /** How long an empty queue is asked; default 1 s: without a wait SQS asks some of its servers only. */
  readonly waitSeconds?: number;
}

/** The dead letters of the FIFO queues and, as SQS wants it, of the standard ones beside them. */
export function createSqsDeadLetters(
  options: SqsDeadLettersOptions,
): DeadLetters & { readonly close: () => void } {
  const { access, prefix, clock } = options;
  const client = new SQSClient(clientSettings(access));
  const urls = [queueUrl(prefix, 'dead'), `${prefix}dead-standard`];
  return {
    async hold(look) {
      const held = new Map<DeadLetter, Held>();
      const over = new AbortController();
      const renewal = keep(client, clock, held, over.signal);
      try {
        for (const url of urls) await asFaults('read dead letters', () => take(client, options, url, held));
        const hidden = await asFaults('count dead letters', () => countReady(client, urls));
        const letters = [...held.keys()].toSorted((a, b) => a.diedAt.getTime() - b.diedAt.getTime());
        const remove = async (letter: DeadLetter) => {
          const one = held.get(letter);
          if (one === undefined) return;
          const command = new DeleteMessageCommand({ QueueUrl: one.url, ReceiptHandle: one.receipt });
          await asFaults(`remove dead letter ${letter.id}`, () => client.send(command));
          held.delete(letter);
        };
        return await look({ letters, hidden, remove });
      } finally {
        over.abort();
        await renewal;
        await hide(client, held, 0);
      }
    },
    close: () => client.destroy(),
  };
}

interface Held {
  readonly url: string;
  readonly receipt: string;
}

async function take(
  client: SQSClient,
  { prefix, waitSeconds = WAIT_SECONDS }: SqsDeadLettersOptions,
  url: string,
  held: Map<DeadLetter, Held>,
): Promise<void> {
  const receives = receivesOf(client, prefix);
  while (held.size < MAX_HELD) {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: MAX_BATCH,
      VisibilityTimeout: HOLD_SECONDS,
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command);
    if (Messages.length === 0) return;
    for (const message of Messages as readonly ReceivedLetter[]) {
      const letter = letterOf(message, prefix, await receives(message));
      held.set(letter, { url, receipt: message.ReceiptHandle ?? '' });
    }
  }
}

/** After how many receives the queue that a message came from gives up; asked once a queue. */
function receivesOf(
  client: SQSClient,
  prefix: string,
): (message: ReceivedLetter) => Promise<number | undefined> {
  const known = new Map<string, Promise<number | undefined>>();
  return async (message) => {
    const queue = sourceQueue(message, prefix);
    if (queue === undefined) return undefined;
    const QueueUrl = queueUrl(prefix, queue);
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] });
    const asked =
      known.get(queue) ??
      client.send(command).then(
        ({ Attributes }) =>
          Number(JSON.parse(Attributes?.RedrivePolicy ?? '{}').maxReceiveCount) || undefined,
        () => undefined,
      );
    known.set(queue, asked);
    return asked;
  };
}

async function countReady(client: SQSClient, urls: readonly string[]): Promise<number> {
  const counts = urls.map(async (QueueUrl) => {
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function keep(
  client: SQSClient,
  clock: Clock,
  held: ReadonlyMap<DeadLetter, Held>,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await clock.sleep(RENEW_MS, over).catch(() => undefined);
    if (!over.aborted) await hide(client, held, HOLD_SECONDS);
  }
}

/** Hidden for so long from now on, 0 gives them back; what cannot be reached is seen again when its time is over. */
async function hide(client: SQSClient, held: ReadonlyMap<DeadLetter, Held>, seconds: number): Promise<void> {
  for (const [QueueUrl, all] of Map.groupBy(held.values(), ({ url }) => url)) {
    for (let start = 0; start < all.length; start += MAX_BATCH) {
      const Entries = all.slice(start, start + MAX_BATCH).map(({ receipt }, index) => ({
        Id: `${index}`,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }));
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      await client.send(command).catch(() => undefined);
    }
  }
}
