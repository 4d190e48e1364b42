import { describe, expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../../shared/adapters/kubernetes/connect.ts';
import { Fault } from '../../shared/core/failures.ts';
import { type ApiStub, sendJson, startApiStub, statusOf } from '../servers/api-stub.ts';
import { makeCertificate } from '../servers/certificate.ts';
import { collect } from './collect.ts';
import { faultOf } from './fault-of.ts';

const OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'apps' } };
const REFERENCE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' };
const COLLECTION = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps' };
const MANAGER = { fieldManager: 'test' };

function connectTo(stub: ApiStub, options: Partial<ConnectOptions> = {}) {
  return connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: { token: 'old' }, ...options });
}

function countOf(stub: ApiStub, method: string): number {
  return stub.requests.filter((request) => request.startsWith(method) && !request.endsWith('/api/v1')).length;
}

describe('429', () => {
  test('is waited out as long as the server asks, for writes too', async () => {
    const answers = [429, 201];
    await using stub = await startApiStub((_, response) => {
      const status = answers.shift() ?? 500;
      const body = status === 429 ? statusOf(429, 'TooManyRequests', 'slow down') : OBJECT;
      sendJson(response, status, body, status === 429 ? { 'retry-after': '0.2' } : {});
    });
    const cluster = connectTo(stub);
    await cluster.resource(OBJECT);

    const began = performance.now();
    await cluster.create(OBJECT, MANAGER);

    expect(performance.now() - began).toBeGreaterThanOrEqual(190);
    expect(countOf(stub, 'POST')).toBe(2);
  });

  test('is throttled after two waits', async () => {
    await using stub = await startApiStub((_, response) =>
      sendJson(response, 429, statusOf(429, 'TooManyRequests', 'slow down'), { 'retry-after': '0' }),
    );

    await faultOf(connectTo(stub).get(REFERENCE), 'throttled');
    expect(countOf(stub, 'GET')).toBe(3);
  });

  test('a wait ends with the signal', async () => {
    await using stub = await startApiStub((_, response) =>
      sendJson(response, 429, statusOf(429, 'TooManyRequests', 'slow down'), { 'retry-after': '5' }),
    );
    const began = performance.now();

    await faultOf(connectTo(stub).until(AbortSignal.timeout(100)).get(REFERENCE), 'timeout');

    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe('401', () => {
  /** Knows one token only. */
  function startStrict(token: string) {
    return startApiStub((request, response) => {
      const known = request.headers.authorization === `Bearer ${token}`;
      sendJson(response, known ? 200 : 401, known ? OBJECT : statusOf(401, 'Unauthorized', 'Unauthorized'));
    });
  }

  test('asks for credentials once, however many requests ran into it, and sends those again', async () => {
    await using stub = await startStrict('new');
    let asked = 0;
    const refresh = async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { token: 'new' };
    };
    const cluster = connectTo(stub, { refresh });

    const found = await Promise.all(Array.from({ length: 20 }, () => cluster.get(REFERENCE)));

    expect(found).toEqual(Array.from({ length: 20 }, () => OBJECT));
    expect(asked).toBe(1);
  });

  test('is unauthorized when the credentials are no better, without another request, token or wait', async () => {
    await using stub = await startStrict('new');

    const without = await faultOf(connectTo(stub).get(REFERENCE), 'unauthorized');
    const refresh = async () => ({ token: 'old' });
    const same = await faultOf(connectTo(stub, { refresh }).get(REFERENCE), 'unauthorized');
    const worse = connectTo(stub, { refresh: async () => ({ token: 'worse' }) });
    await faultOf(worse.get(REFERENCE), 'unauthorized');

    let asked = 0;
    const everOther = connectTo(stub, { refresh: async () => ({ token: `other-${asked++}` }) });
    await faultOf(everOther.get(REFERENCE), 'unauthorized');

    expect(countOf(stub, 'GET')).toBe(1 + 1 + 2 + 2);
    expect(JSON.stringify([without.message, without.data, same.message])).not.toContain('old');
  });

  test('a watch takes new credentials too', async () => {
    await using stub = await startStrict('new');
    const cluster = connectTo(stub, { refresh: async () => ({ token: 'new' }) });
    const { signal } = new AbortController();

    const events = collect(cluster.watch(COLLECTION, { resourceVersion: '1', signal }));

    // The stub's answer is no watch: reaching it shows that the second request was let in.
    await faultOf(events, 'malformed');
  });
});

describe('client certificates', () => {
  test('are presented, and a renewed one is taken up for new connections', async () => {
    const client = makeCertificate();
    const { certificate } = client;
    await using stub = await startApiStub((_, response) => sendJson(response, 200, OBJECT), {
      clientCa: certificate,
    });
    const clientCertificate = { certificate, key: client.key };

    await faultOf(connectTo(stub).get(REFERENCE), 'unreachable');
    const cluster = connectTo(stub, { credentials: { clientCertificate: makeCertificate() } });
    await faultOf(cluster.get(REFERENCE), 'unreachable');
    cluster.useCredentials({ clientCertificate });

    expect(await cluster.get(REFERENCE)).toEqual(OBJECT);
  });
});

describe('a kept socket that the server closed meanwhile', () => {
  /** Answers the first request of a connection, then breaks it off at the second. */
  function startForgetful() {
    const seen = new WeakMap<object, number>();
    return startApiStub((request, response) => {
      const count = (seen.get(request.socket) ?? 0) + 1;
      seen.set(request.socket, count);
      if (count > 1) request.socket.destroy();
      else sendJson(response, 200, OBJECT);
    });
  }

  test('reads and applies are sent once more', async () => {
    await using stub = await startForgetful();
    const cluster = connectTo(stub);
    await cluster.get(REFERENCE);

    expect(await cluster.get(REFERENCE)).toEqual(OBJECT);
    expect(await cluster.apply(OBJECT, MANAGER)).toEqual(OBJECT);
  });

  test('other writes are not: they may have been done', async () => {
    await using stub = await startForgetful();
    const cluster = connectTo(stub);
    await cluster.get(REFERENCE);

    await faultOf(cluster.create(OBJECT, MANAGER), 'unreachable');
    expect(countOf(stub, 'POST')).toBe(1);
  });
});

describe('sockets', () => {
  test('requests share few of them, and keep them', async () => {
    await using stub = await startApiStub((_, response) => sendJson(response, 200, OBJECT));
    const cluster = connectTo(stub);

    for (let n = 0; n < 20; n++) await cluster.as('someone').get(REFERENCE);
    expect(stub.connections()).toBe(1);
    await Promise.all(Array.from({ length: 200 }, () => cluster.get(REFERENCE)));
    expect(stub.connections()).toBeLessThanOrEqual(32);
  });

  test('close lets what is in flight finish, then closes them', async () => {
    const answers: (() => void)[] = [];
    await using stub = await startApiStub((_, response) => {
      answers.push(() => sendJson(response, 200, OBJECT));
    });
    const cluster = connectTo(stub);
    const work = cluster.get(REFERENCE);
    await expect.poll(() => answers.length).toBe(1);

    cluster.close();
    answers.pop()?.();

    expect(await work).toEqual(OBJECT);
    const next = cluster.get(REFERENCE);
    await expect.poll(() => answers.length).toBe(1);
    answers.pop()?.();
    await next;
    expect(stub.connections()).toBe(2);
  });

  test('every request is reported, with its user', async () => {
    await using stub = await startApiStub((_, response) => sendJson(response, 200, OBJECT));
    const reported: unknown[] = [];
    const cluster = connectTo(stub, { onRequest: (request) => reported.push(request) });

    await cluster.as('system:serviceaccount:apps:deployer').get(REFERENCE);

    expect(reported).toEqual([
      { method: 'GET', path: '/api/v1' },
      {
        method: 'GET',
        path: '/api/v1/namespaces/apps/configmaps/a',
        user: 'system:serviceaccount:apps:deployer',
      },
    ]);
  });
});

describe('lookup', () => {
  test('is asked for names and for addresses written out, and its refusal passes', async () => {
    await using stub = await startApiStub((_, response) => sendJson(response, 200, OBJECT));
    const asked: string[] = [];
    const refuse: ConnectOptions['lookup'] = (host, _, done) => {
      asked.push(host);
      done(new Fault('egress-denied', 'not there') as NodeJS.ErrnoException, '');
    };
    const named = stub.server.replace('127.0.0.1', 'cluster.example');

    await faultOf(connectTo(stub, { lookup: refuse }).get(REFERENCE), 'egress-denied');
    await faultOf(connectTo(stub, { server: named, lookup: refuse }).get(REFERENCE), 'egress-denied');

    expect(asked).toEqual(['127.0.0.1', 'cluster.example']);
    expect(stub.connections()).toBe(0);
  });

  test('decides where a name leads', async () => {
    await using stub = await startApiStub((_, response) => sendJson(response, 200, OBJECT));
    const server = stub.server.replace('127.0.0.1', 'localhost.example');
    const lookup: ConnectOptions['lookup'] = (_, options, done) => {
      if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    };

    const cluster = connectTo(stub, { server, lookup, tlsServerName: 'localhost' });

    expect(await cluster.get(REFERENCE)).toEqual(OBJECT);
  });
});
