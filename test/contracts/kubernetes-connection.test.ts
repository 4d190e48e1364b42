import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../../shared/adapters/kubernetes/connect.ts';
import { Fault } from '../../shared/core/failures.ts';
import { type ApiStub, sendJson, startApiStub, statusOf } from '../servers/api-stub.ts';
import { makeCertificate } from '../servers/certificate.ts';
import { faultOf } from './fault-of.ts';

const TOKEN = 'secret-bearer-token';
const REFERENCE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' };
const CONFIG_MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'apps' },
  data: { a: '1' },
};
const PATH = '/api/v1/namespaces/apps/configmaps/a';

function connectTo(stub: Pick<ApiStub, 'server' | 'ca'>, options: Partial<ConnectOptions> = {}) {
  return connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: { token: TOKEN }, ...options });
}

describe('answers', () => {
  test('a gzipped answer is inflated', async () => {
    await using stub = await startApiStub((request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      response.writeHead(200, headers).end(gzipSync(JSON.stringify(CONFIG_MAP)));
    });

    expect(await connectTo(stub).get(REFERENCE)).toEqual(CONFIG_MAP);
  });

  test('an answer larger than the limit is too-large, compressed or not', async () => {
    const big = JSON.stringify({ ...CONFIG_MAP, data: { a: 'x'.repeat(100_000) } });
    await using plain = await startApiStub((_, response) => response.end(big));
    await using zipped = await startApiStub((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(big));
    });

    await faultOf(connectTo(plain, { maxBytes: 50_000 }).get(REFERENCE), 'too-large');
    await faultOf(connectTo(zipped, { maxBytes: 50_000 }).get(REFERENCE), 'too-large');
    expect(await connectTo(zipped, { maxBytes: 200_000 }).get(REFERENCE)).toBeDefined();
  });

  test('an answer that breaks off is unreachable, never half an object', async () => {
    await using stub = await startApiStub((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"kind":"ConfigMap"');
      setTimeout(() => response.destroy(), 20);
    });

    await faultOf(connectTo(stub).get(REFERENCE), 'unreachable');
  });

  test('a broken gzip stream, other text and JSON that is no object are malformed', async () => {
    const bodies = ['<html>login</html>', '7', ''];
    await using stub = await startApiStub((_, response) => response.end(bodies.shift()));
    await using torn = await startApiStub((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}').subarray(0, 10));
    });

    for (let n = 0; n < 3; n++) await faultOf(connectTo(stub).get(REFERENCE), 'malformed');
    await faultOf(connectTo(torn).get(REFERENCE), 'malformed');
  });

  test('a redirect is not followed', async () => {
    await using stub = await startApiStub((_, response) => {
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
    });

    await faultOf(connectTo(stub).get(REFERENCE), 'malformed');
    expect(stub.requests).toEqual(['GET /api/v1', `GET ${PATH}`]);
  });

  test.each([
    [400, 'BadRequest', 'x', 'invalid'],
    [403, 'Forbidden', 'x', 'forbidden'],
    [405, 'MethodNotAllowed', 'x', 'unsupported'],
    [406, 'NotAcceptable', 'x', 'not-acceptable'],
    [409, 'Conflict', 'x', 'conflict'],
    [409, 'AlreadyExists', 'x', 'already-exists'],
    [410, 'Expired', 'x', 'gone'],
    [413, 'RequestEntityTooLarge', 'x', 'too-large'],
    [422, 'Invalid', 'spec.x: Required value', 'invalid'],
    [422, 'Invalid', 'spec.selector: Invalid value: {}: field is immutable', 'immutable'],
    [422, 'Invalid', 'cannot change immutable field x', 'immutable'],
    [500, 'InternalError', 'x', 'server-error'],
    [503, 'ServiceUnavailable', 'x', 'server-error'],
    [504, 'Timeout', 'x', 'timeout'],
  ] as const)('a %i %s (%s) is %s, with the status in its data', async (code, reason, message, fault) => {
    const details = { name: 'a', causes: [{ reason: 'Why' }] };
    await using stub = await startApiStub((_, response) =>
      sendJson(response, code, statusOf(code, reason, message, details)),
    );

    const { message: text, data } = await faultOf(connectTo(stub).get(REFERENCE), fault);

    expect(text).toBe(message);
    expect(data).toEqual({ status: code, reason, message, details, method: 'GET', path: PATH });
  });

  test('a refusal in plain text is shown, cut short', async () => {
    await using stub = await startApiStub((_, response) => {
      response.writeHead(502).end(`bad gateway ${'x'.repeat(5000)}`);
    });

    const { message } = await faultOf(connectTo(stub).get(REFERENCE), 'server-error');

    expect(message).toMatch(/^bad gateway x+$/);
    expect(message.length).toBeLessThan(300);
  });
});

describe('time', () => {
  test('a server that does not answer is a timeout after the deadline', async () => {
    await using stub = await startApiStub(() => undefined);

    await faultOf(connectTo(stub, { requestTimeoutMs: 100 }).get(REFERENCE), 'timeout');
  });

  test('a body that trickles for ever is a timeout too', async () => {
    await using stub = await startApiStub((_, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });

    await faultOf(connectTo(stub, { requestTimeoutMs: 150 }).get(REFERENCE), 'timeout');
  });

  test('a signal ends a request in flight, with its own Fault when it has one', async () => {
    await using stub = await startApiStub(() => undefined);
    const [plain, named, before] = [new AbortController(), new AbortController(), AbortSignal.abort()];
    const cluster = connectTo(stub);
    const until = (signal: AbortSignal, name = 'one') =>
      cluster
        .until(signal)
        .as('someone')
        .get({ ...REFERENCE, name });

    const first = faultOf(until(plain.signal), 'timeout');
    const second = faultOf(until(named.signal, 'two'), 'egress-denied');
    await expect.poll(() => stub.requests.length, { timeout: 10_000 }).toBe(3);
    plain.abort();
    named.abort(new Fault('egress-denied', 'stop'));

    await first;
    await second;
    await faultOf(until(before), 'timeout');
    expect(stub.requests).toHaveLength(3);
  });

  test('a signal ends a wait for discovery', async () => {
    await using stub = await startApiStub(() => undefined, { ownDiscovery: true });

    const work = connectTo(stub).until(AbortSignal.timeout(50)).get(REFERENCE);

    await faultOf(work, 'timeout');
  });
});

describe('a server that cannot be trusted or reached', () => {
  test.each([
    ['is signed by another CA', {}, makeCertificate().certificate, /certificate/],
    ['is for another name', { addresses: ['127.0.0.9'] }, undefined, /certificate is for another name/],
    ['has expired', { notAfter: new Date('2020-01-01') }, undefined, /certificate has expired/],
  ])('a certificate that %s', async (_, wishes, otherCa, text) => {
    const identity = makeCertificate(wishes);
    await using stub = await startApiStub((_request, response) => response.end('{}'), { identity });

    const { message } = await faultOf(
      connectTo({ ...stub, ca: otherCa ?? stub.ca }).get(REFERENCE),
      'unreachable',
    );

    expect(message).toMatch(text);
    expect(message).not.toContain(TOKEN);
    expect(stub.requests).toEqual([]);
  });

  test('tlsServerName is the name that is asked for and checked', async () => {
    const identity = makeCertificate({ dnsNames: ['api.internal'], addresses: [] });
    await using stub = await startApiStub((_, response) => sendJson(response, 200, CONFIG_MAP), { identity });

    await faultOf(connectTo(stub).get(REFERENCE), 'unreachable');
    expect(await connectTo(stub, { tlsServerName: 'api.internal' }).get(REFERENCE)).toEqual(CONFIG_MAP);
  });

  test('nobody listening, no such host', async () => {
    const stub = await startApiStub(() => undefined);
    await stub[Symbol.asyncDispose]();

    const refused = await faultOf(connectTo(stub).get(REFERENCE), 'unreachable');
    const lost = await faultOf(
      connectTo({ ...stub, server: 'https://nowhere.invalid' }).get(REFERENCE),
      'unreachable',
    );

    expect(refused.message).toBe(`${stub.server} is unreachable: connection refused`);
    expect(lost.message).toMatch(
      /^https:\/\/nowhere.invalid is unreachable: (no such host|the name could not be resolved)$/,
    );
  });

  test.each(['http://127.0.0.1:1', 'https://u:p@127.0.0.1', 'https://127.0.0.1/?a=b', 'nonsense'])(
    'the server address %s is invalid',
    (server) => {
      expect(() => connect({ id: 'c', server, credentials: {} })).toThrow(Fault);
    },
  );

  test('CA and key that are not PEM are invalid, and the key is not shown', () => {
    const { certificate } = makeCertificate();
    const clientCertificate = {
      certificate,
      key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----',
    };

    const work = () => connect({ id: 'c', server: 'https://h', credentials: { clientCertificate } });

    expect(work).toThrow(Fault);
    expect(work).not.toThrow(/c2VjcmV0/);
  });
});
