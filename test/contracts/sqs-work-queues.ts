import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createSqsQueues, queueUrl, type SqsQueues } from '../../shared/adapters/aws/sqs-queues.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { LocalDelivery, WorkQueues } from '../../shared/adapters/local/work-queues.ts';
import { QUEUES, type QueueName } from '../../shared/core/messages.ts';
import { checkReceive, isFifo } from '../../shared/core/queue-rules.ts';
import type { Clock } from '../../shared/ports.ts';
import type { Moto } from '../servers/moto.ts';

/** Queues of their own on moto, whose clock follows `clock` at every call. */
export interface SqsWorld {
  readonly queues: SqsQueues;
  readonly prefix: string;
  readonly client: SQSClient;
  /** Both ends: the sending one is the adapter, the receiving one what Lambda does. */
  readonly work: WorkQueues;
  readonly close: () => void;
}

/** Makes the queues of a deployment as `infra/resources.yml` does, without their redrive. */
export async function createSqsWorld(moto: Moto, clock: Clock | undefined): Promise<SqsWorld> {
  const { access } = moto;
  const client = new SQSClient(access);
  const name = `t-${systemChance.uuid()}-`;
  await moto.setClock(clock?.now());
  const made = await Promise.all(
    QUEUES.map((queue) => {
      const fifo = { FifoQueue: 'true', DeduplicationScope: 'messageGroup' };
      const throughput = { FifoThroughputLimit: 'perMessageGroupId' };
      const Attributes = isFifo(queue) ? { ...fifo, ...throughput } : {};
      return client.send(new CreateQueueCommand({ QueueName: queueUrl(name, queue), Attributes }));
    }),
  );
  await client.send(new CreateQueueCommand({ QueueName: `${name}dead-standard` }));
  const prefix = made[0]?.QueueUrl?.replace(/arrivals$/, '') ?? '';
  const queues = createSqsQueues({ access, prefix, clock: systemClock, chance: systemChance });
  const sync = async () => moto.setClock(clock?.now());
  return {
    queues,
    prefix,
    client,
    work: workQueues(client, prefix, queues, sync),
    close: () => {
      queues.close();
      client.destroy();
    },
  };
}

type Sync = () => Promise<void>;

function workQueues(client: SQSClient, prefix: string, queues: SqsQueues, sync: Sync): WorkQueues {
  const notOnSqs = () => Promise.reject(new Error('SQS has nothing of the kind'));
  return {
    async send(queue, messages) {
      await sync();
      await queues.send(queue, messages);
    },
    async receive(queue, max, visibilityMs, maxReceives) {
      checkReceive(queue, max, visibilityMs);
      await sync();
      if (maxReceives !== undefined) await redrive(client, prefix, queue, maxReceives);
      return receive(client, queueUrl(prefix, queue), max, visibilityMs);
    },
    async acknowledge(queue, deliveries) {
      await sync();
      const Entries = deliveries.map(({ receipt }, index) => ({ Id: `${index}`, ReceiptHandle: receipt }));
      if (Entries.length === 0) return 0;
      const command = new DeleteMessageBatchCommand({ QueueUrl: queueUrl(prefix, queue), Entries });
      return (await client.send(command)).Successful?.length ?? 0;
    },
    release: async (queue, deliveries, delayMs = 0) => {
      await sync();
      return change(client, queueUrl(prefix, queue), deliveries, delayMs / 1000);
    },
    async extend(queue, deliveries, visibilityMs) {
      await sync();
      const receipts = deliveries.map(({ receipt }) => receipt);
      await queues.extend(queue, receipts, visibilityMs / 1000);
      return deliveries.length;
    },
    async depth(queue) {
      await sync();
      return depth(client, queueUrl(prefix, queue));
    },
    waitForWork: notOnSqs,
    housekeep: notOnSqs,
    close: () => undefined,
  };
}

async function receive(
  client: SQSClient,
  QueueUrl: string,
  max: number,
  visibilityMs: number,
): Promise<readonly LocalDelivery[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: max,
    VisibilityTimeout: visibilityMs / 1000,
    MessageSystemAttributeNames: ['All'],
  });
  const { Messages = [] } = await client.send(command);
  return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }) => ({
    id: MessageId,
    body: Body,
    receipt: ReceiptHandle,
    receiveCount: Number(Attributes.ApproximateReceiveCount),
    ...(Attributes.MessageGroupId !== undefined && { group: Attributes.MessageGroupId }),
  }));
}

/** As `infra/resources.yml` has it for every queue. */
async function redrive(client: SQSClient, prefix: string, queue: QueueName, maxReceiveCount: number) {
  const QueueUrl = isFifo(queue) ? queueUrl(prefix, 'dead') : `${prefix}dead-standard`;
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  const deadLetterTargetArn = (await client.send(asked)).Attributes?.QueueArn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  const own = queueUrl(prefix, queue);
  await client.send(new SetQueueAttributesCommand({ QueueUrl: own, Attributes: { RedrivePolicy } }));
}

async function change(
  client: SQSClient,
  QueueUrl: string,
  deliveries: readonly LocalDelivery[],
  seconds: number,
): Promise<number> {
  const Entries = deliveries.map(({ receipt }, index) => ({
    Id: `${index}`,
    ReceiptHandle: receipt,
    VisibilityTimeout: seconds,
  }));
  const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
  return (await client.send(command)).Successful?.length ?? 0;
}

async function depth(client: SQSClient, QueueUrl: string) {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  const { Attributes = {} } = await client.send(command);
  return {
    ready: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
  };
}
