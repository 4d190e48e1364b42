import type { LookupFunction } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createChoice } from '../../../shared/adapters/http/choose-proxy.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { OwnProxies } from '../../../shared/core/proxy-address.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { makeCertificate } from '../../servers/certificate.ts';
import { type NamingProxy, startNamingProxy, startNamingSocks } from '../../servers/naming-proxy.ts';
import { serve } from './web-server.ts';

const LOGIN = { username: 'ada', password: 'p:w d' };
const PROOF = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
const OPEN = { loopback: true, privateRanges: true };
const LOCKDOWN = { loopback: false, privateRanges: false };
const { certificate, key } = makeCertificate({ dnsNames: ['git.inside.test', 'public.test'], addresses: [] });

/** Nobody here knows the names inside; these are known to be what nobody may reach. */
const NAMES: Readonly<Record<string, string>> = {
  'metadata.test': '169.254.169.254',
  'loopback.test': '127.0.0.1',
  'private.test': '10.0.0.7',
  'public.test': '8.8.8.8',
};
const resolve: LookupFunction = (name, options, done) => {
  const address = NAMES[name];
  if (address === undefined) return done(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '', 0);
  return options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
};

let seen: string[] = [];
beforeEach(() => {
  seen = [];
});

/** A server inside, by HTTP and HTTPS, and the proxies that know the way. */
async function inside(authorization?: string) {
  const plain = await serve((request, response) => {
    seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    if (request.url === '/moved')
      response.writeHead(302, { location: 'https://git.inside.test/there' }).end();
    else response.end('hello');
  });
  const secure = await serve(
    (request, response) => {
      seen.push(`tls ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
      response.end('hello');
    },
    { cert: certificate, key },
  );
  const places = {
    'git.inside.test:80': Number(new URL(plain).port),
    'git.inside.test:443': Number(new URL(secure).port),
    'public.test:443': Number(new URL(secure).port),
  };
  const [web, socks] = await Promise.all([startNamingProxy(places, authorization), startNamingSocks(places)]);
  onTestFinished(() => {
    web.stop();
    socks.stop();
  });
  return { web, socks, plain, secure };
}

function asker(rule: typeof OPEN, own: OwnProxies) {
  const http = createHttp(rule, resolve, createChoice(own));
  return (url: string, more: Partial<HttpRequest> = {}) =>
    http.request({
      ...{ method: 'GET', url, ca: certificate, maxBytes: 1000, signal: AbortSignal.timeout(20_000) },
      ...more,
    });
}

const through = ({ url }: NamingProxy, more: object = {}): OwnProxies => ({
  http: { url, ...more },
  https: { url, ...more },
});

describe("[COM-22 environment] the deployment's own proxy", () => {
  test('resolves the names, forwards what is plain and makes tunnels, and is told who asks', async () => {
    const { web } = await inside(PROOF);
    const ask = asker(LOCKDOWN, through(web, LOGIN));

    for (const url of ['http://git.inside.test/a', 'https://git.inside.test/b'])
      expect((await ask(url)).body.toString()).toBe('hello');

    expect(web.asked).toEqual(['GET http://git.inside.test/a', 'CONNECT git.inside.test:443']);
    expect(seen.map((line) => line.replace(PROOF, '-'))).toEqual(['/a -', 'tls /b -']);
  });

  test('may speak SOCKS5', async () => {
    const { socks } = await inside();
    const ask = asker(LOCKDOWN, through(socks));

    for (const url of ['http://git.inside.test/a', 'https://git.inside.test/b'])
      expect((await ask(url)).status).toBe(200);
    expect(socks.asked).toEqual(['SOCKS git.inside.test:80', 'SOCKS git.inside.test:443']);
  });

  test('is chosen anew where a redirect leads', async () => {
    const { web, socks } = await inside();
    const ask = asker(LOCKDOWN, { http: { url: web.url }, https: { url: socks.url } });

    expect((await ask('http://git.inside.test/moved')).url).toBe('https://git.inside.test/there');
    expect([web.asked, socks.asked]).toEqual([
      ['GET http://git.inside.test/moved'],
      ['SOCKS git.inside.test:443'],
    ]);
  });

  test('[COM-22 replaces-environment] is not used by who brings one, whose own connections stay apart', async () => {
    const { web, socks } = await inside();
    const ask = asker(OPEN, through(web));

    await ask('https://git.inside.test/a');
    await ask('https://git.inside.test/a', { proxy: { url: socks.url } });
    expect(web.asked).toHaveLength(1);
    expect(socks.asked).toHaveLength(1);
  });

  test('[COM-22 no-proxy] is not used for whom it is not for, nor for the loopback', async () => {
    const { web, plain } = await inside();
    const ask = asker(OPEN, { ...through(web), except: 'loopback.test' });
    const { port } = new URL(plain);

    expect((await ask(`http://loopback.test:${port}/a`)).status).toBe(200);
    expect((await ask(`${plain}/b`)).status).toBe(200);
    expect(web.asked).toEqual([]);
  });

  test('that cannot be reached, or wants another login, is told without its password', async () => {
    const { web } = await inside(PROOF);
    const wrong = asker(OPEN, through(web, { username: 'ada', password: 'wrong-word' }));
    const gone = asker(OPEN, { https: { url: 'http://proxy.nowhere.test:3128', password: 'wrong-word' } });

    const faults = [
      await faultOf(wrong('https://git.inside.test/'), 'unauthorized'),
      await faultOf(gone('https://git.inside.test/'), 'unreachable'),
    ];
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('wants other credentials'),
      expect.stringContaining('proxy.nowhere.test'),
    ]);
    expect(JSON.stringify(faults)).not.toContain('wrong-word');
  });
});

describe('the rule of egress behind it', () => {
  test.each([
    ['a private address', 'https://10.0.0.1/', LOCKDOWN],
    ['a private address, forwarded', 'http://10.0.0.1/', LOCKDOWN],
    ['a name that means one here', 'https://private.test/', LOCKDOWN],
    ['metadata', 'http://169.254.169.254/latest', OPEN],
    ['metadata over IPv6, in a tunnel', 'https://[fd00:ec2::254]/', OPEN],
    ['a name that means metadata here', 'http://metadata.test/', OPEN],
    ["Google's name for it", 'http://metadata.google.internal/computeMetadata/v1/', OPEN],
    ['the same as a whole name, in a tunnel', 'https://METADATA.google.internal./', OPEN],
    ["Google's other name for it", 'http://metadata.goog/computeMetadata/v1/', OPEN],
    ["AWS's name for it", 'http://instance-data.ec2.internal/latest', OPEN],
    ["AWS's name for it in a region", 'http://instance-data.eu-west-1.compute.internal/latest', OPEN],
    ["a name that is this machine's loopback, which would be the proxy's", 'https://loopback.test/', OPEN],
    ['the same, forwarded', 'http://loopback.test/', OPEN],
  ])('refuses %s', async (_what, url, rule) => {
    const { web } = await inside();

    await faultOf(asker(rule, through(web))(url), 'egress-denied');
    expect(web.asked).toEqual([]);
  });

  test('lets pass what is allowed here, and what only the proxy knows', async () => {
    const { web } = await inside();

    expect((await asker(LOCKDOWN, through(web))('https://public.test/')).status).toBe(200);
    expect(web.asked).toEqual(['CONNECT public.test:443']);
  });

  test("does not hold for its own address, but for the same address from a tenant's hand", async () => {
    const { web } = await inside();
    const ask = asker(LOCKDOWN, through(web));

    expect((await ask('https://git.inside.test/a')).status).toBe(200);
    await faultOf(ask('https://git.inside.test/a', { proxy: { url: web.url } }), 'egress-denied');
    await faultOf(ask(`${web.url}/`), 'egress-denied');
  });

  test.each([
    ['in a tunnel', 'https://slow.test/'],
    ['forwarded', 'http://slow.test/'],
  ])('waits for names no longer than whoever asks has time, %s', async (_how, url) => {
    const { web } = await inside();
    const http = createHttp(OPEN, () => undefined, createChoice(through(web)));
    const over = new AbortController();
    const request = { method: 'GET', url, maxBytes: 1000, signal: over.signal };

    const asked = faultOf(http.request(request), 'timeout');
    over.abort();
    expect((await asked).message).toContain('slow.test');
  });

  test('keeps the operator from metadata, too', async () => {
    const ask = asker(OPEN, { https: { url: 'http://169.254.169.254:3128' } });

    await faultOf(ask('https://git.inside.test/'), 'egress-denied');
  });
});
