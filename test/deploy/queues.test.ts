import { describe, expect, test } from 'vitest';
import { QUEUES } from '../../shared/core/messages.ts';
import { isFifo } from '../../shared/core/queue-rules.ts';
import { type FunctionLimits, QUEUE_TABLE } from '../../shared/reconcile/queue-table.ts';
import { functionNames, idOf, type Json, ofType, properties, told } from './packaged.ts';

const TABLE: readonly (readonly [string, FunctionLimits])[] = Object.entries(QUEUE_TABLE);
const mappings = ofType('AWS::Lambda::EventSourceMapping').map(
  ([, { Properties }]) => Properties as unknown as Json,
);

function mappingOf(name: string): Json | undefined {
  return mappings.find(({ FunctionName }) => told(FunctionName) === `${idOf(name, 'LambdaFunction')}.Arn`);
}

describe.each(TABLE.filter(([name]) => functionNames.includes(name)))('%s', (name, { timeout, queue }) => {
  test('has the time that the queue table gives it', () => {
    expect(properties(idOf(name, 'LambdaFunction')).Timeout).toBe(timeout);
  });

  test.runIf(queue)('reads its queue as the queue table says', () => {
    expect(mappingOf(name)).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [idOf(queue?.name ?? '', 'Queue'), 'Arn'] },
      BatchSize: queue?.batch,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: expect.any(Number) },
    });
  });

  test.runIf(!queue)('reads no queue', () => {
    expect(mappingOf(name)).toBeUndefined();
  });
});

test('every function with a queue is deployed, but those of kinds that are not built', () => {
  const absent = TABLE.flatMap(([name]) => (functionNames.includes(name) ? [] : [name]));
  expect(absent).toEqual(['helm', 'image', 'notify']);
  expect(functionNames.filter((name) => !(name in QUEUE_TABLE))).toEqual(['probe', 'blobs']);
});

describe.each(QUEUES)('queue %s', (name) => {
  const queue = properties(idOf(name, 'Queue'));

  test('has the name by which the adapters find it', () => {
    expect(queue.QueueName).toBe(`sluice-prod-${name}${isFifo(name) ? '.fifo' : ''}`);
  });

  test.runIf(isFifo(name))('keeps order a group, at high throughput', () => {
    expect(queue).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
  });

  test.runIf(!isFifo(name))('is a standard queue', () => {
    expect(queue).not.toHaveProperty('FifoQueue');
  });

  const limits = TABLE.find(([, { queue: of }]) => of?.name === name)?.[1].queue;
  test.runIf(limits)('hides and gives up messages as the queue table says', () => {
    expect(queue).toMatchObject({
      VisibilityTimeout: limits?.visibility,
      RedrivePolicy: {
        maxReceiveCount: limits?.maxReceives,
        deadLetterTargetArn: { 'Fn::GetAtt': [isFifo(name) ? 'DeadQueue' : 'DeadStandardQueue', 'Arn'] },
      },
    });
  });

  test.runIf(!limits)('keeps what was given up for two weeks', () => {
    expect(queue.MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });
});

describe('an alarm', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties as unknown as Json);
  const watching = (metric: string): readonly string[] =>
    alarms
      .filter(({ MetricName }) => told(MetricName) === metric)
      .map(
        ({ Dimensions }) =>
          told((Dimensions as unknown as readonly Json[])[0]?.Value ?? '').split('.')[0] ?? '',
      );

  test('tells of every message that was given up', () => {
    expect(watching('ApproximateNumberOfMessagesVisible')).toEqual(['DeadQueue', 'DeadStandardQueue']);
  });

  test('tells of work that waits for too long, on every queue that is read', () => {
    const read = mappings.map(({ EventSourceArn }) => told(EventSourceArn).split('.')[0]);
    expect(watching('ApproximateAgeOfOldestMessage').toSorted()).toEqual(read.toSorted());
  });

  test('tells of a clock that has stopped, which no queue shows', () => {
    expect(watching('Invocations')).toEqual([idOf('tick', 'LambdaFunction')]);
    const clock = alarms.find(({ MetricName }) => told(MetricName) === 'Invocations');
    expect(clock).toMatchObject({ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' });
  });

  test('tells of functions that break off, and of those that Lambda holds back', () => {
    // `probe` is called by a person, who sees what becomes of it.
    const called = functionNames
      .filter((name) => name !== 'probe')
      .map((name) => idOf(name, 'LambdaFunction'));
    expect(watching('Errors').toSorted()).toEqual(called.toSorted());
    expect(watching('Throttles')).toEqual(['']);
  });

  test('is told to the topic, if there is one', () => {
    for (const { AlarmActions } of alarms)
      expect(AlarmActions).toEqual({
        'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopic' }], { Ref: 'AWS::NoValue' }],
      });
  });
});
