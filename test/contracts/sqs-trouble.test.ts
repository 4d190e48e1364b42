import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSqsQueues } from '../../shared/adapters/aws/sqs-queues.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { faultOf } from './fault-of.ts';
import { fifo } from './queues.ts';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

/** Which of a request's entries SQS does not take, and whether it says that the sender is to blame. */
type Trouble = (body: string) => 'taken' | 'not now' | 'never';

/** Queues on a stub of SQS whose n-th request meets the n-th trouble; later ones meet none. */
async function queuesIn(...troubles: readonly Trouble[]) {
  const requests: (readonly string[])[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: readonly Entry[] };
    const trouble = troubles[requests.length] ?? (() => 'taken');
    requests.push(Entries.map(({ MessageBody }) => MessageBody));
    const answer = { Successful: [] as unknown[], Failed: [] as unknown[] };
    for (const { Id, MessageBody } of Entries) {
      const does = trouble(MessageBody);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      if (does === 'taken') answer.Successful.push({ Id, MessageId: Id, MD5OfMessageBody });
      else
        answer.Failed.push({ Id, SenderFault: does === 'never', Code: 'Stubborn', Message: 'said the stub' });
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'stub', secretAccessKey: 'stub' };
  const queues = createSqsQueues({
    access: { region: 'eu-central-1', endpoint, credentials },
    prefix: `${endpoint}/1/stub-`,
    clock: systemClock,
    chance: systemChance,
  });
  onTestFinished(() => {
    queues.close();
    server.close();
  });
  return { queues, requests };
}

const notNow =
  (...bodies: readonly string[]): Trouble =>
  (body) =>
    bodies.includes(body) ? 'not now' : 'taken';

describe('SQS in trouble', () => {
  test('what was not taken is sent again, alone', async () => {
    const { queues, requests } = await queuesIn(notNow('2', '3'), notNow('3'));

    await queues.send('apply', [fifo('1'), fifo('2'), fifo('3')]);

    expect(requests).toEqual([['1', '2', '3'], ['2', '3'], ['3']]);
  });

  test('what is never taken is a fault to try again, and says how many', async () => {
    const { queues, requests } = await queuesIn(...Array.from({ length: 9 }, () => notNow('2')));

    const fault = await faultOf(queues.send('apply', [fifo('1'), fifo('2')]), 'server-error');

    expect(fault.message).toContain('1 of 2 messages');
    expect(requests).toHaveLength(4);
  });

  test('what SQS blames on us is not sent again', async () => {
    const { queues, requests } = await queuesIn(() => 'never');

    await faultOf(queues.send('apply', [fifo('1')]), 'invalid');

    expect(requests).toHaveLength(1);
  });

  test('of more than one request, what follows in the same group waits for what was not taken', async () => {
    const { queues, requests } = await queuesIn(notNow('3'));
    const bodies = Array.from({ length: 12 }, (_, index) => `${index}`);

    await queues.send(
      'apply',
      bodies.map((body) => fifo(body, 'g')),
    );

    expect(requests).toEqual([bodies.slice(0, 10), ['3'], ['10', '11']]);
  });

  test('large messages are spread over requests that SQS takes', async () => {
    const { queues, requests } = await queuesIn();
    const large = ['a', 'b', 'c', 'd'].map((letter) => fifo(letter.repeat(100 * 1024), 'g'));

    await queues.send('apply', large);

    expect(requests.map((bodies) => bodies.map(([letter]) => letter).join(''))).toEqual(['ab', 'cd']);
  });

  test('another group does not wait, and all have ended before the fault is told', async () => {
    const { queues, requests } = await queuesIn((body) => (body === '0' ? 'never' : 'taken'));
    const sent = Array.from({ length: 25 }, (_, index) =>
      fifo(`${index}`, index === 0 ? 'bad' : `g${index}`),
    );

    await faultOf(queues.send('apply', sent), 'invalid');

    expect(requests.flat().length).toBeGreaterThan(15);
  });
});
