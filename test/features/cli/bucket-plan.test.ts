import { describe, expect, test } from 'vitest';
import { planBridge, planConnect, planRemove } from '../../../infra/cli/bucket/plan.ts';
import type { NotificationConfiguration } from '../../../shared/adapters/aws/bucket-notifications.ts';

const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:sluice-prod-arrivals';
const all = { queue: QUEUE, prefix: '' };
const below = (prefix: string) => ({ queue: QUEUE, prefix });
const filter = (Value: string) => ({ Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } });

/** What somebody else is told. */
function lambda(prefix: string, event = 's3:ObjectCreated:Put'): NotificationConfiguration {
  const LambdaFunctionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:thumbnails';
  const one = {
    Id: 'theirs',
    LambdaFunctionArn,
    Events: [event as 's3:ObjectCreated:*'],
    Filter: filter(prefix),
  };
  return { LambdaFunctionConfigurations: [one], EventBridgeConfiguration: {} };
}

function written(plan: ReturnType<typeof planConnect>): NotificationConfiguration {
  if (plan.action !== 'write') throw new Error(`not written but ${plan.action}`);
  return plan.next;
}

describe('connecting a bucket', () => {
  test('adds the queue beside everything that is told already', () => {
    const present = lambda('pictures/');

    const next = written(planConnect(present, below('manifests/')));

    expect(next).toMatchObject(present);
    expect(next.QueueConfigurations).toEqual([
      {
        Id: 'sluice-prod-arrivals:manifests/',
        QueueArn: QUEUE,
        Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*'],
        Filter: filter('manifests/'),
      },
    ]);
  });

  test('again changes nothing, and another prefix comes beside the first', () => {
    const once = written(planConnect({}, below('a/')));

    expect(planConnect(once, below('a/'))).toEqual({ action: 'nothing' });
    expect(written(planConnect(once, below('b/'))).QueueConfigurations).toHaveLength(2);
  });

  test('brings what an older version wrote up to date', () => {
    const [ours] = written(planConnect({}, all)).QueueConfigurations ?? [];
    const older = {
      QueueConfigurations: [{ ...ours, QueueArn: QUEUE, Events: ['s3:ObjectCreated:*' as const] }],
    };

    expect(written(planConnect(older, all)).QueueConfigurations).toEqual([ours]);
  });

  test.each([
    ['all of the bucket', lambda(''), 'a/'],
    ['a prefix that ours is below', lambda('a/'), 'a/b/'],
    ['a prefix below ours', lambda('a/b/'), 'a/'],
    ['removals', lambda('', 's3:ObjectRemoved:Delete'), ''],
  ])('is refused where somebody else is told of %s', (_, present, prefix) => {
    expect(planConnect(present, below(prefix))).toMatchObject({
      action: 'refuse',
      others: [expect.stringContaining('function:thumbnails')],
    });
  });

  test('is not in the way of who is told of other events', () => {
    expect(planConnect(lambda('', 's3:ObjectTagging:*'), all).action).toBe('write');
  });

  test('through EventBridge is beside everybody', () => {
    const { EventBridgeConfiguration: _, ...present } = lambda('');

    expect(written(planBridge(present))).toEqual(lambda(''));
    expect(planBridge(lambda(''))).toEqual({ action: 'nothing' });
  });
});

describe('taking it back', () => {
  test('leaves all others, and other prefixes', () => {
    const both = written(planConnect(written(planConnect(lambda('pictures/'), below('a/'))), below('b/')));

    const left = written(planRemove(both, below('a/')));

    expect(left).toMatchObject(lambda('pictures/'));
    expect(left.QueueConfigurations).toMatchObject([{ Id: 'sluice-prod-arrivals:b/' }]);
  });

  test('of what is not there changes nothing', () => {
    expect(planRemove(lambda(''), all)).toEqual({ action: 'nothing' });
  });
});
