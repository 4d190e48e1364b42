import { createServer as createWebServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { createProxy } from '../../../shared/adapters/http/proxy.ts';
import type { HttpRequest, ProxyAddress } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { makeCertificate } from '../../servers/certificate.ts';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { type ProxyServer, startHttpProxy, startSocksProxy } from '../../servers/proxies.ts';

const RULE = { loopback: true, privateRanges: false };
const login = { username: 'ada', password: 'p:w d' };
// Words that tinyproxy's configuration can hold.
const plainLogin = { username: 'ada', password: 'secret-word' };

let authority: Authority;
let servers: Record<'http' | 'httpLogin' | 'socks' | 'socksLogin', ProxyServer>;
let asked: string[] = [];
let plain: string;
let secure: string;

beforeAll(async () => {
  authority = await createAuthority();
  const [http, httpLogin, socks, socksLogin] = await Promise.all([
    ...[startHttpProxy(), startHttpProxy(plainLogin), startSocksProxy(), startSocksProxy(login)],
  ]);
  servers = { http, httpLogin, socks, socksLogin } as typeof servers;
  const answer: RequestListener = (request, response) => {
    asked.push(
      `${request.url} ${request.headers['proxy-authorization'] ?? '-'} ${request.headers.authorization ?? '-'}`,
    );
    if (request.url === '/moved') response.writeHead(302, { location: `${secure}/there` }).end();
    else response.end('hello');
  };
  plain = await listen(createWebServer(answer));
  secure = await listen(
    createSecureServer({ cert: authority.server.certificate, key: authority.server.key }, answer),
  );
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  for (const server of listening) server.closeAllConnections();
  for (const server of listening) server.close();
});

const listening: Server[] = [];

async function listen(server: Server): Promise<string> {
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scheme = 'setSecureContext' in server ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  asked = [];
});

const http = createHttp(RULE);
const ask = (url: string, proxy: ProxyAddress, more: Partial<HttpRequest> = {}) =>
  http.request({
    method: 'GET',
    url,
    proxy,
    ca: authority.ca,
    maxBytes: 1000,
    signal: AbortSignal.timeout(20_000),
    ...more,
  });

describe('[COM-22 address] a proxy', () => {
  test.each(['http', 'socks'] as const)('of type %s is gone through, plain and in tunnels', async (kind) => {
    const proxy = { url: servers[kind].url };
    for (const at of [plain, secure]) {
      const { body } = await ask(`${at}/a`, proxy, { headers: { authorization: 'Bearer x' } });
      expect(body.toString()).toBe('hello');
    }
    expect(asked).toEqual(['/a - Bearer x', '/a - Bearer x']);
    expect(servers[kind].log()).toMatch(/127\.0\.0\.1/);
  });

  test('[COM-22 credentials] is told who asks, and nobody else is', async () => {
    await ask(`${plain}/a`, { url: servers.httpLogin.url, ...plainLogin });
    await ask(`${secure}/a`, { url: servers.httpLogin.url, ...plainLogin });
    await ask(`${plain}/a`, { url: servers.socksLogin.url, ...login });
    await ask(`${secure}/a`, { url: servers.socksLogin.url, ...login });

    expect(asked).toEqual(['/a - -', '/a - -', '/a - -', '/a - -']);
  });

  test.each([
    ['httpLogin', undefined],
    ['httpLogin', { username: 'ada', password: 'wrong-word' }],
    ['socksLogin', { username: 'ada', password: 'wrong-word' }],
  ] as const)('%s refuses %j with a message that holds no password', async (kind, given) => {
    const fault = await faultOf(ask(`${secure}/a`, { url: servers[kind].url, ...given }), 'unauthorized');

    expect(fault.message).toBe("the proxy '127.0.0.1' wants other credentials");
    expect(asked).toEqual([]);
  });

  test('is used for where a redirect leads as well', async () => {
    const { body, url } = await ask(`${plain}/moved`, { url: servers.http.url });

    expect([body.toString(), url]).toEqual(['hello', `${secure}/there`]);
  });

  test.each(['http', 'socks'] as const)(
    'of type %s vouches for no address with its own name',
    async (kind) => {
      const { certificate, key } = makeCertificate({ dnsNames: ['localhost'], addresses: [] });
      const forged = await listen(
        createSecureServer({ cert: certificate, key }, (_, out) => void out.end('x')),
      );
      const proxy = { url: servers[kind].url.replace('127.0.0.1', 'localhost') };

      await faultOf(ask(`${forged}/a`, proxy, { ca: certificate }), 'unreachable');
      const { status } = await ask(`${forged.replace('127.0.0.1', 'localhost')}/a`, proxy, {
        ca: certificate,
      });
      expect(status).toBe(200);
    },
  );

  test('keeps its connections apart from those without it', async () => {
    await ask(`${secure}/a`, { url: servers.http.url });
    const before = servers.http.log().length;
    await http.request({
      method: 'GET',
      url: `${secure}/a`,
      ca: authority.ca,
      maxBytes: 1000,
      signal: AbortSignal.timeout(20_000),
    });

    expect(servers.http.log().length).toBe(before);
  });
});

describe('the rule of egress holds', () => {
  const shut = { loopback: false, privateRanges: false };

  test('for the proxy itself', async () => {
    const strict = createHttp(shut);
    const request = {
      method: 'GET',
      url: 'http://example.com/',
      maxBytes: 10,
      signal: AbortSignal.timeout(5000),
    };

    await faultOf(strict.request({ ...request, proxy: { url: servers.http.url } }), 'egress-denied');
  });

  const pretend: LookupFunction = (name, options, done) => {
    const address =
      name === 'proxy.test' ? '127.0.0.1' : name === 'inside.test' ? '169.254.169.254' : undefined;
    if (address === undefined) return done(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '', 0);
    return options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
  };

  test.each([
    ['a literal', 'http://169.254.169.254/latest'],
    ['a literal, in a tunnel', 'https://169.254.169.254/latest'],
    ['a name that means such an address here', 'http://inside.test/latest'],
    ['the same, in a tunnel', 'https://inside.test/latest'],
    ['the metadata over IPv6', 'https://[fd00:ec2::254]/latest'],
  ])('for what is behind it: %s', async (_what, url) => {
    const proxied = createHttp(RULE, pretend);
    const port = new URL(servers.http.url).port;
    const before = servers.http.log();
    const request = { method: 'GET', url, maxBytes: 10, signal: AbortSignal.timeout(5000) };

    await faultOf(
      proxied.request({ ...request, proxy: { url: `http://proxy.test:${port}` } }),
      'egress-denied',
    );
    expect(servers.http.log()).toBe(before);
  });

  test('what only the proxy can resolve is left to it', async () => {
    const proxied = createHttp(RULE, pretend);
    const port = new URL(servers.http.url).port;
    const request = {
      method: 'GET',
      url: 'https://only-there.test/',
      maxBytes: 10,
      signal: AbortSignal.timeout(20_000),
    };

    const fault = await faultOf(
      proxied.request({ ...request, proxy: { url: `http://proxy.test:${port}` } }),
      'unreachable',
    );
    expect(fault.message).toMatch(
      /^the proxy 'proxy\.test' cannot be used: it answered 5\d\d for only-there\.test:443/,
    );
  });
});

describe('a proxy that is none', () => {
  const odd = async (answer: string | undefined): Promise<string> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      if (answer !== undefined) socket.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test.each([
    ['hangs up', 'http', ''],
    ['speaks something else', 'http', 'SSH-2.0-x\r\n\r\n'],
    ['never ends its head', 'http', 'x'.repeat(20_000)],
    ['speaks no SOCKS', 'socks5', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ])('%s (%s) is told', async (_what, scheme, answer) => {
    const url = `${scheme}://${await odd(answer)}`;

    const fault = await faultOf(ask(`${secure}/a`, { url }), 'unreachable');
    expect(fault.message).toMatch(/^the proxy '127\.0\.0\.1' cannot be used: /);
  });

  test('says nothing: the signal ends it', async () => {
    const proxy = createProxy({ proxy: { url: `http://${await odd(undefined)}` }, own: false }, RULE);

    await faultOf(proxy.tunnel('127.0.0.1', 443, AbortSignal.timeout(300)), 'timeout');
  });

  test.each(['ftp://proxy.example.com', 'proxy.example.com:3128', ''])('%j is refused', async (url) => {
    const fault = await faultOf(ask(`${plain}/a`, { url }), 'invalid');

    expect(fault.message).toBe('the proxy address must be a URL with http, https or socks5');
  });
});
