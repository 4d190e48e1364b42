import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { letterOf } from '../../shared/adapters/aws/dead-letter.ts';
import { createSqsDeadLetters } from '../../shared/adapters/aws/sqs-dead-letters.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { deadLettersContract } from './dead-letters.ts';
import { fifo } from './queues.ts';
import { createSqsWorld } from './sqs-work-queues.ts';

describe('dead letters in SQS on moto', { timeout: 60_000 }, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 60_000);
  afterAll(() => moto.stop());

  async function open() {
    const { work, prefix, close } = await createSqsWorld(moto, undefined);
    const dead = createSqsDeadLetters({ access: moto.access, prefix, clock: systemClock, waitSeconds: 0 });
    onTestFinished(() => {
      dead.close();
      close();
    });
    return { queues: work, dead };
  }

  deadLettersContract(open, {
    // SQS API reference, ReceiveMessage: the system attribute DeadLetterQueueSourceArn.
    'tells of a message that was received too often where it was, and its group':
      'moto 5.2.5 does not tell from which queue a dead letter came, SQS does',
  });

  test('those of standard queues are shown as well', async () => {
    const { queues, dead } = await open();
    await queues.send('later', [{ body: 'poison' }]);
    await queues.release('later', await queues.receive('later', 1, 1000, 1));
    await queues.receive('later', 1, 1000, 1);

    const bodies = await dead.hold(async ({ letters }) => letters.map(({ body }) => body));

    expect(bodies).toEqual(['poison']);
  });

  test('what stands behind another of its group is counted or shown, and nothing is lost', async () => {
    const { queues, dead } = await open();
    const sent = Array.from({ length: 15 }, (_, index) => fifo(`m${index}`, 'one-group'));
    await queues.send('dead', sent);

    const seen = await dead.hold(async ({ letters, hidden }) => letters.length + hidden);

    expect(seen).toBe(15);
  });
});

test('a message that SQS gave up tells its queue, its group and how often it was received', () => {
  const prefix = 'https://sqs.eu-central-1.amazonaws.com/123456789012/sluice-prod-';
  const message = {
    MessageId: 'm1',
    Body: 'poison',
    Attributes: {
      SentTimestamp: '1767225600000',
      MessageGroupId: 'c1#3',
      DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-central-1:123456789012:sluice-prod-apply.fifo',
    },
  };

  expect(letterOf(message, prefix, 5)).toEqual({
    id: 'm1',
    diedAt: new Date('2026-01-01T00:00:00Z'),
    queue: 'apply',
    group: 'c1#3',
    body: 'poison',
    cut: false,
    reason: 'received 5 times and never acknowledged',
  });
  expect(letterOf(message, 'https://sqs/other-', undefined).queue).toBeUndefined();
});
