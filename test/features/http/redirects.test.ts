import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { redirected } from '../../../shared/adapters/http/redirects.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { serve } from './web-server.ts';

const SECRETS = { authorization: 'Basic c2VjcmV0', cookie: 'a=b', 'x-api-key': 'k' };
const http = createHttp({ loopback: true, privateRanges: false });

describe('redirects', () => {
  test('are followed on the same host with credentials', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/new' }).end();
      else response.end(`${request.url} ${request.headers.authorization} ${request.headers['x-api-key']}`);
    });

    const answer = await http.request(to(`${url}/old`));

    expect(Buffer.from(answer.body).toString()).toBe('/new Basic c2VjcmV0 k');
    expect(answer.url).toBe(`${url}/new`);
  });

  test('to another port or host drop everything that could be a credential', async () => {
    const other = await serve((request, response) => response.end(JSON.stringify(request.headers)));
    const url = await serve(redirectTo(() => other.replace('http://', 'http://user:pass@')));

    const answer = await http.request(to(url));

    const seen = JSON.parse(Buffer.from(answer.body).toString()) as Record<string, string>;
    expect(Object.keys(seen).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });

  test.each([
    ['http://a.test/', 'https://a.test/', true],
    ['https://a.test/', 'http://a.test/', false],
    ['https://a.test/', 'https://a.test:8443/', false],
    ['http://a.test:80/', 'https://a.test:443/', true],
    ['https://a.test/', 'https://evil.a.test/', false],
    ['https://a.test/', '//b.test/', false],
  ])('from %s to %s keep credentials: %s', (from, location, kept) => {
    const clientCertificate = { certificate: 'c', key: 'k' };

    const next = redirected(to(from, { clientCertificate }), 302, location);

    expect(next?.headers?.authorization).toBe(kept ? SECRETS.authorization : undefined);
    expect(next?.clientCertificate).toEqual(kept ? clientCertificate : undefined);
  });

  test.each([
    [301, 'GET', undefined],
    [303, 'GET', undefined],
    [307, 'POST', 'body'],
    [308, 'POST', 'body'],
  ])('%d turns a POST into a %s', (status, method, body) => {
    const request = to('http://a.test/', { method: 'POST', body: Buffer.from('body') });

    const next = redirected(request, status, '/next');

    expect([next?.method, next?.body && Buffer.from(next.body).toString()]).toEqual([method, body]);
  });

  test.each(['http://169.254.169.254/', 'http://[::ffff:10.0.0.1]/', 'file:///etc/passwd', 'ftp://a.test/'])(
    'to %s are denied',
    async (location) => {
      const url = await serve(redirectTo(() => location));

      await faultOf(http.request(to(url)), 'egress-denied');
    },
  );

  test('end after five; what then comes is the answer', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.writeHead(302, { location: '/again' }).end();
    });

    const answer = await http.request(to(url));

    expect([answer.status, requests]).toEqual([302, 6]);
    expect((await http.request(to(url, { maxRedirects: 0 }))).status).toBe(302);
    expect(requests).toBe(7);
  });
});

function to(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const headers = { ...SECRETS, accept: '*/*' };
  return { method: 'GET', url, headers, signal: AbortSignal.timeout(5000), maxBytes: 1000, ...more };
}

function redirectTo(location: () => string): RequestListener {
  return (_request, response) => response.writeHead(302, { location: location() }).end();
}
