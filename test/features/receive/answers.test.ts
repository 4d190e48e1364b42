import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import { receive } from '../../../shared/receive/receive.ts';
import { createReceiving, entry, event, KEY, pathOf, signed } from './world.ts';

const BODY = '{"ref":"refs/heads/main"}';
const known = entry();
const path = pathOf(known);

describe('a delivery that is proven', () => {
  test('[RC-13 queued] is answered by 202 once a message with what it wakes is stored', async () => {
    const receiving = await createReceiving(known);

    const answer = await receiving.post(path, BODY, signed(BODY));

    expect(answer.statusCode).toBe(202);
    expect(await receiving.arrived()).toEqual([
      {
        delivery: expect.stringMatching(/^[0-9a-f]{64}$/),
        receivers: [
          {
            cluster: 'c1',
            namespace: 'apps',
            name: 'web',
            resources: [{ kind: 'GitRepository', name: 'web' }],
          },
        ],
        repositories: [],
        since: receiving.clock.now().toISOString(),
        trace: expect.any(String),
        hops: 0,
      },
    ]);
  });

  test('[RC-12 store-down] is answered by 503 when it cannot be stored, so that the sender tries again', async () => {
    const receiving = await createReceiving(known);
    const down = async (): Promise<never> => {
      throw new Fault('unreachable', 'down');
    };
    const store = { ...receiving.store, get: down };
    const queues = { ...receiving.queues, send: down };
    const request = event(path, { body: BODY, headers: signed(BODY) });

    expect((await receive(request, { ...receiving.ports, store })).statusCode).toBe(503);
    expect((await receive(request, { ...receiving.ports, queues })).statusCode).toBe(503);
    const { hookKey: _none, ...deployment } = receiving.ports.deployment;
    expect((await receive(request, { ...receiving.ports, deployment })).statusCode).toBe(503);
  });

  test('[RC-12 unavailable] [RC-38 suspended] is answered by 503 while its Receiver is closed, and by 404 without a proof', async () => {
    for (const closed of ['suspended', 'not ready'] as const) {
      const receiving = await createReceiving({ ...known, closed });

      expect((await receiving.post(path, BODY, signed(BODY))).statusCode).toBe(503);
      expect((await receiving.post(path, BODY, signed(BODY, 'wrong'))).statusCode).toBe(404);
      expect(await receiving.arrived()).toEqual([]);
    }
  });

  test('costs one read and one message', async () => {
    const receiving = await createReceiving(known);
    const calls: string[] = [];
    const store = {
      ...receiving.store,
      get: (key: string) => {
        calls.push('get');
        return receiving.store.get(key);
      },
    };
    const queues: typeof receiving.queues = {
      ...receiving.queues,
      send: (...send) => {
        calls.push('send');
        return receiving.queues.send(...send);
      },
    };

    await receive(event(path, { body: BODY, headers: signed(BODY) }), { ...receiving.ports, store, queues });

    expect(calls).toEqual(['get', 'send']);
  });
});

describe('the allow-list of events', () => {
  test.each([
    ['github', { 'x-github-event': 'Push' }],
    ['gitlab', { 'x-gitlab-event': 'pUSH' }],
  ])('[RC-21 listed] of %s is held without case', async (type, headers) => {
    const one = { ...known, type, events: ['ping', 'push'] };
    const all = { ...signed(BODY), 'x-gitlab-token': Buffer.from(one.token, 'base64').toString() };
    const receiving = await createReceiving(one);

    expect((await receiving.post(path, BODY, { ...all, ...headers })).statusCode).toBe(202);
    const other = Object.fromEntries(Object.keys(headers).map((name) => [name, 'pushed']));
    expect((await receiving.post(path, BODY, { ...all, ...other })).statusCode).toBe(400);
    const none = Object.fromEntries(Object.keys(headers).map((name) => [name, '']));
    expect((await receiving.post(path, BODY, { ...all, ...none })).statusCode).toBe(400);
    expect(await receiving.arrived()).toHaveLength(1);
  });

  test('[RC-21 empty] that is empty lets all through', async () => {
    const receiving = await createReceiving(known);

    expect(
      (await receiving.post(path, BODY, signed(BODY, undefined, { 'x-github-event': 'x' }))).statusCode,
    ).toBe(202);
  });

  test.each(['generic', 'generic-hmac', 'harbor'])('[RC-21 ignored] of %s says nothing', async (type) => {
    const token = Buffer.from(known.token, 'base64').toString();
    const receiving = await createReceiving({ ...known, type, events: ['push'] });
    const mac = createHmac('sha512', token).update(BODY).digest('hex');
    const headers = { authorization: token, 'x-signature': `sha512=${mac}` };

    expect((await receiving.post(path, BODY, headers)).statusCode).toBe(202);
  });
});

describe('a path', () => {
  test('[RC-12 not-found] that nobody has is not found, nor is any other', async () => {
    const receiving = await createReceiving(known);
    const wrong = [path.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')), '/hook/', '/', `${path}/`];

    for (const other of [...wrong, path.toUpperCase(), `/x${path}`, '/hook/../hook/'])
      expect((await receiving.post(other, BODY, signed(BODY))).statusCode).toBe(404);
  });

  test('[RC-10 query] with a query is another one', async () => {
    const receiving = await createReceiving(known);
    const request = event(path, { body: BODY, headers: signed(BODY), rawQueryString: 'a=b' });

    expect((await receive(request, receiving.ports)).statusCode).toBe(404);
  });

  test('[RC-10 collision] that Receivers of several clusters share wakes them all, those that are closed aside', async () => {
    const owner = (cluster: string) => ({ cluster, namespace: 'apps', name: 'web' });
    const receiving = await createReceiving(
      known,
      entry({ owner: owner('c2') }),
      entry({ owner: owner('c3'), closed: 'suspended' }),
      entry({ owner: owner('c4'), events: ['release'] }),
    );

    expect((await receiving.post(path, BODY, signed(BODY))).statusCode).toBe(202);
    const [message] = await receiving.arrived();
    expect(message?.receivers.map(({ cluster }) => cluster)).toEqual(['c1', 'c2']);
  });

  test('shared by 500 clusters still fits messages, with every one of them in it once', async () => {
    const resources = [{ kind: 'GitRepository' as const, name: 'a'.repeat(253), namespace: 'b'.repeat(253) }];
    const owners = Array.from({ length: 500 }, (_, i) => ({
      cluster: `c${i}`,
      namespace: 'apps',
      name: 'web',
    }));
    const receiving = await createReceiving(...owners.map((owner) => entry({ owner, resources })));

    expect((await receiving.post(path, BODY, signed(BODY))).statusCode).toBe(202);
    const messages = await receiving.arrived();
    expect(messages.length).toBeGreaterThan(1);
    const woken = messages.flatMap(({ receivers }) => receivers.map(({ cluster }) => cluster));
    expect(woken.toSorted()).toEqual(owners.map(({ cluster }) => cluster).toSorted());
  });
});

describe('a delivery that comes again', () => {
  const number = { 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' };

  test('[RC-40 replay] has the id it had, another delivery or the same number on another body has not', async () => {
    const receiving = await createReceiving(known);
    await receiving.post(path, BODY, signed(BODY, undefined, number));
    await receiving.post(path, BODY, signed(BODY, undefined, number));
    await receiving.post(path, '{}', signed('{}', undefined, number));
    await receiving.post(path, BODY, signed(BODY, undefined, { 'x-github-delivery': 'another' }));

    const ids = (await receiving.arrived()).map(({ delivery }) => delivery);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
  });

  test('without a number is a new one', async () => {
    const receiving = await createReceiving(known);
    await receiving.post(path, BODY, signed(BODY));
    await receiving.post(path, BODY, signed(BODY));

    expect(new Set((await receiving.arrived()).map(({ delivery }) => delivery)).size).toBe(2);
  });
});

test('[RC-40 path-not-logged] the log knows neither path nor token nor header', async () => {
  const receiving = await createReceiving(known, entry({ type: 'harbor' }));
  await receiving.post(path, BODY, signed(BODY));
  await receiving.post(path, BODY, { authorization: 'Bearer let-me-in' });
  await receiving.post(path, BODY, signed(BODY, undefined, { 'content-type': 'text/plain' }));
  await receiving.post('/hook/'.padEnd(70, 'a'), BODY, signed(BODY));
  await receiving.store.put(`hooks/${path.slice(6)}`, Buffer.from('corrupt'));
  await receiving.post(path, BODY, signed(BODY));

  const text = JSON.stringify(receiving.log.entries);
  expect(receiving.log.entries.length).toBeGreaterThan(4);
  for (const secret of [path.slice(6), 'Secret to Everybody', 'let-me-in', 'a'.repeat(64)])
    expect(text).not.toContain(secret);
  expect(text).not.toContain(Buffer.from(KEY).toString('base64'));
});
