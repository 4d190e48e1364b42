import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** How many messages a queue has, about, as SQS counts them. */
export interface QueueCounts {
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** Where SQS tells an age each minute, some minutes late. */
const AGE = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage' } as const;
const PERIOD_SECONDS = 60;
const WINDOW_MS = 600_000;

/** Counts the messages of the queue at `url`. Faults: `not-found`, `forbidden`, and those of the way. */
export async function countMessages(access: AwsAccess, url: string): Promise<QueueCounts> {
  const client = new SQSClient(clientSettings(access));
  try {
    const command = new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    });
    const { Attributes = {} } = await asFaults(`count messages of ${url}`, () => client.send(command));
    return {
      ready: Number(Attributes.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    };
  } finally {
    client.destroy();
  }
}

/** The last known age of each queue's oldest message, in seconds; queues that were asleep have none. Faults: `forbidden`, and those of the way. */
export async function readAges(
  access: AwsAccess,
  names: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, number>> {
  const client = new CloudWatchClient(clientSettings(access));
  try {
    const MetricDataQueries = names.map((Value, index) => ({
      Id: `q${index}`,
      MetricStat: {
        Metric: { ...AGE, Dimensions: [{ Name: 'QueueName', Value }] },
        Period: PERIOD_SECONDS,
        Stat: 'Maximum',
      },
    }));
    const command = new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(now.getTime() - WINDOW_MS),
      EndTime: now,
      ScanBy: 'TimestampDescending',
    });
    const { MetricDataResults = [] } = await asFaults('read the ages of messages', () =>
      client.send(command),
    );
    const pairs = MetricDataResults.flatMap(({ Id = '', Values = [] }) => {
      const [name, age] = [names[Number(Id.slice(1))], Values[0]];
      return name === undefined || age === undefined ? [] : [[name, age] as const];
    });
    return new Map(pairs);
  } finally {
    client.destroy();
  }
}
