import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Lambda } from './lambda.ts';

/** An invocation by a queue. */
export interface Round {
  readonly lambda: string;
  readonly messages: number;
  /** Records that came again. */
  readonly failed: readonly string[];
  /** `performance.now()` of begin and end. */
  readonly from: number;
  readonly to: number;
}

/** Where messages come from, and whom they wake. */
export interface MappingOptions {
  readonly client: SQSClient;
  readonly url: string;
  readonly lambda: Lambda;
  readonly batch: number;
  readonly visibility: number;
}

/** A record as SQS's event source mapping hands it to Lambda. */
export function recordOf(message: Message, queue: string): object {
  const { MessageId, ReceiptHandle, Body, Attributes = {}, MD5OfBody } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:123456789012:${queue}`,
    awsRegion: 'eu-central-1',
  };
}

/** One round of Lambda's event source mapping; undefined when nothing was there. */
export async function deliver(options: MappingOptions): Promise<Round | undefined> {
  const { client, url, lambda, batch, visibility } = options;
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: batch,
      VisibilityTimeout: visibility,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  if (Messages.length === 0) return undefined;
  const from = performance.now();
  const Records = Messages.map((message) => recordOf(message, url.replace(/.*\//, '')));
  const failed = await failuresOf(lambda, { Records });
  for (const { MessageId = '', ReceiptHandle } of Messages)
    if (!failed.includes(MessageId))
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
  return { lambda: lambda.name, messages: Messages.length, failed, from, to: performance.now() };
}

async function failuresOf(lambda: Lambda, event: object): Promise<readonly string[]> {
  const { batchItemFailures } = (await lambda.invoke(event)) as {
    readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}
