import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { serve } from './web-server.ts';

const http = createHttp({ loopback: true, privateRanges: false });

describe('the HTTP client', () => {
  test('sends method, headers and body, and returns any status as an answer', async () => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(418, {
          'x-method': String(request.method),
          'x-seen': String(request.headers['x-one']),
        });
        response.end(Buffer.concat(chunks).reverse());
      });
    });

    const answer = await http.request(
      to(`${url}/path?q=1`, { method: 'PUT', headers: { 'X-One': '1' }, body: Buffer.from('abc') }),
    );

    expect(answer).toMatchObject({ status: 418, url: `${url}/path?q=1` });
    expect(answer.headers).toMatchObject({ 'x-method': 'PUT', 'x-seen': '1' });
    expect(textOf(answer.body)).toBe('cba');
  });

  test('keeps connections alive', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x');
    });

    for (let count = 0; count < 3; count++) await http.request(to(url));

    expect(ports.size).toBe(1);
  });

  test('repeats an idempotent request when a kept connection was closed, and no other', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      if (requests % 2 === 0) return void request.socket.destroy();
      response.end('x');
    });

    await http.request(to(url));
    const second = await http.request(to(url));
    await faultOf(http.request(to(url, { method: 'POST', body: Buffer.from('x') })), 'unreachable');

    expect([second.status, requests]).toEqual([200, 4]);
  });

  test('unzips, under the same cap', async () => {
    const url = await serve((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(
        request.url === '/broken' ? 'no gzip' : gzipSync(Buffer.alloc(Number(request.url?.slice(1)))),
      );
    });

    expect((await http.request(to(`${url}/1000`))).body.length).toBe(1000);
    await faultOf(http.request(to(`${url}/1001`)), 'too-large');
    await faultOf(http.request(to(`${url}/broken`)), 'malformed');
  });

  test('leaves as it is what a server keeps zipped, when no encoding was asked for', async () => {
    const zipped = gzipSync('x'.repeat(100));
    const url = await serve((_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(zipped);
    });

    const headers = { 'Accept-Encoding': 'identity' };

    expect(Buffer.compare((await http.request(to(url, { headers }))).body, zipped)).toBe(0);
    expect(textOf((await http.request(to(url))).body)).toBe('x'.repeat(100));
  });

  test('stops reading at the cap, announced or not', async () => {
    let open = 0;
    const url = await serve((request, response) => {
      open++;
      response.on('close', () => open--);
      if (request.url === '/announced') response.setHeader('content-length', 5000);
      response.write(Buffer.alloc(1001));
    });

    for (const path of ['/announced', '/endless']) await faultOf(http.request(to(url + path)), 'too-large');
    await expect.poll(() => open).toBe(0);
  });

  test('ends with the signal', async () => {
    const url = await serve(() => undefined);

    const fault = await faultOf(http.request(to(url, { signal: AbortSignal.timeout(30) })), 'timeout');

    expect(fault.message).toContain('did not answer in time');
  });

  test('tells what cannot be reached, and never more of a URL than its host', async () => {
    const url = 'http://user:hunter2@127.0.0.1:1/secret-path?token=abc';

    const fault = await faultOf(http.request(to(url)), 'unreachable');

    expect(fault.message).toMatch(/^cannot reach 127\.0\.0\.1:1: /);
  });

  test.each(['ftp://127.0.0.1/', 'file:///etc/passwd', 'nonsense'])('refuses %s', async (url) => {
    await faultOf(http.request(to(url)), 'invalid');
  });

  test('sends the userinfo of a URL as basic authentication and returns the URL without', async () => {
    const url = await serve((request, response) => response.end(request.headers.authorization));

    const answer = await http.request(to(url.replace('//', '//us%40er:pa%3Ass@')));

    expect(textOf(answer.body)).toBe(`Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`);
    expect(answer.url).toBe(`${url}/`);
  });

  test('a connection that breaks off in the body is no answer', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 100);
      response.write('half', () => response.destroy());
    });

    await faultOf(http.request(to(url)), 'unreachable');
  });
});

function to(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, signal: AbortSignal.timeout(5000), maxBytes: 1000, ...more };
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString();
}
