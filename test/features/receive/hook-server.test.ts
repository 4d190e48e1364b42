import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type HookServerOptions, serveHooks } from '../../../shared/adapters/local/hook-server.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { type HttpEvent, MAX_DELIVERY_BYTES, plainText } from '../../../shared/core/http-event.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** A server that keeps the events it hands on. */
async function serving(overrides: Partial<HookServerOptions> = {}) {
  const events: HttpEvent[] = [];
  const log = createCollectingLog();
  const handle = async (event: HttpEvent) => {
    events.push(event);
    return plainText(202, 'accepted');
  };
  const server = await serveHooks({ handle, host: '127.0.0.1', port: 0, log, ...overrides });
  closing.push(server.close);
  return { ...server, events, log };
}

/** What comes back for raw bytes, until the server closes the connection or says no more for a while. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('the webhook server of this machine', () => {
  test('hands a request on as API Gateway would', async () => {
    const { url, events } = await serving();
    const headers = { 'Content-Type': 'application/json', 'X-GitHub-Event': 'push' };

    const answer = await fetch(`${url}/hook/abc?a=b%20c`, { method: 'POST', body: '{"a":"ä"}', headers });

    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      202,
      'accepted\n',
      'text/plain; charset=utf-8',
    ]);
    expect(events).toEqual([
      expect.objectContaining({
        rawPath: '/hook/abc',
        rawQueryString: 'a=b%20c',
        body: '{"a":"ä"}',
        isBase64Encoded: false,
        requestContext: { http: { method: 'POST' } },
      }),
    ]);
    expect(events[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-github-event': 'push',
    });
  });

  test('hands forms and what is no text on in base64', async () => {
    const { url, events } = await serving();
    const bytes = new Uint8Array([0x7b, 0xff, 0x7d]);
    await fetch(url, { method: 'POST', body: new URLSearchParams({ payload: '{}' }) });
    await fetch(url, { method: 'POST', body: bytes, headers: { 'content-type': 'application/json' } });
    await fetch(url, { method: 'POST' });

    expect(events.map(({ body, isBase64Encoded }) => [body, isBase64Encoded])).toEqual([
      [Buffer.from('payload=%7B%7D').toString('base64'), true],
      [Buffer.from(bytes).toString('base64'), true],
      [undefined, false],
    ]);
  });

  test('joins a header that comes twice, so that it is neither', async () => {
    const { url, events } = await serving();
    await raw(
      url,
      'POST / HTTP/1.1\r\nHost: a\r\nX-Signature: a\r\nX-Signature: b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );

    expect(events[0]?.headers['x-signature']).toBe('a, b');
  });

  test('[RC-11 size] refuses a body of more than 3 MiB without reading it to its end, said or not', async () => {
    const { url, events } = await serving();
    const head = 'POST /hook/a HTTP/1.1\r\nHost: a\r\n';

    expect(await raw(url, `${head}Content-Length: ${MAX_DELIVERY_BYTES + 1}\r\n\r\nabc`)).toMatch(
      /^HTTP\/1.1 413 /,
    );
    const chunk = `${(1024 * 1024).toString(16)}\r\n${'a'.repeat(1024 * 1024)}\r\n`;
    expect(await raw(url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}`)).toMatch(
      /^HTTP\/1.1 413 /,
    );
    expect(events).toEqual([]);
    const largest = await fetch(url, { method: 'POST', body: new Uint8Array(MAX_DELIVERY_BYTES) });
    expect(largest.status).toBe(202);
  });

  test('[RC-11 headers] takes 200 KiB of headers, and refuses more than 256', async () => {
    const { url } = await serving();
    const request = (bytes: number): string =>
      `POST / HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(bytes)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

    expect(await raw(url, request(200 * 1024))).toMatch(/^HTTP\/1.1 202 /);
    expect(await raw(url, request(300 * 1024))).toMatch(/^HTTP\/1.1 431 /);
  });

  test('drops a delivery that breaks off, and goes on', async () => {
    const { url, events } = await serving();
    expect(await raw(url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')).toBe('');

    expect((await fetch(url, { method: 'POST', body: 'whole' })).status).toBe(202);
    expect(events).toHaveLength(1);
  });

  test('answers 500 when the function fails, and logs no path', async () => {
    const handle = async () => {
      throw new Error('broken');
    };
    const { url, log } = await serving({ handle });

    expect((await fetch(`${url}/hook/secret`, { method: 'POST' })).status).toBe(500);
    expect(log.entries.map(({ level, data }) => [level, data])).toEqual([['error', { error: 'broken' }]]);
  });

  test('takes another port where its own is in use', async () => {
    const first = await serving();
    const second = await serving({ port: Number(new URL(first.url).port) });

    expect(second.url).not.toBe(first.url);
    expect((await fetch(second.url, { method: 'POST' })).status).toBe(202);
  });
});
