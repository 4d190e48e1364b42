import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import {
  askResponder,
  fetchList,
  type Inquiry,
  MAX_LIST_BYTES,
} from '../../shared/oci/notation/revocation/ask.ts';
import { messageOfFault, newHttp } from './oci-world.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const seen: string[] = [];
let server: Server;
let url: string;
let answer: Answer = (_request, response) => response.end();

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function inquiry(more: Partial<Inquiry> = {}): Inquiry {
  return { http: newHttp(), clock: systemClock, signal: AbortSignal.timeout(30_000), ...more };
}

const publicOnly = (): Inquiry => inquiry({ http: createHttp({ loopback: true, privateRanges: false }) });

test('[OCI-14 revocation] a private address is not asked, nor one that a responder redirects to', async () => {
  const none = inquiry({ http: createHttp({ loopback: false, privateRanges: false }) });
  seen.length = 0;
  expect(await messageOfFault(fetchList(`${url}/list`, none), 'egress-denied')).toMatch(/loopback address/);
  expect(await messageOfFault(fetchList('http://10.1.2.3/list', none), 'egress-denied')).toMatch(/private/);
  const metadata = 'http://169.254.169.254/latest/meta-data';
  expect(await messageOfFault(askResponder(metadata, Buffer.from('?'), inquiry()), 'egress-denied')).toMatch(
    /metadata/,
  );
  expect(seen).toEqual([]);

  answer = (_request, response) => response.writeHead(302, { location: 'http://10.1.2.3/' }).end();
  const redirected = askResponder(`${url}/ocsp`, Buffer.from('?'), publicOnly());
  expect(await messageOfFault(redirected, 'egress-denied')).toMatch(/private address/);
});

test('[OCI-14 revocation] a list of 1 GB, one that does not end, and a loop come to an end', async () => {
  answer = (_request, response) => response.writeHead(200, { 'content-length': 1024 ** 3 }).write('x');
  expect(await messageOfFault(fetchList(`${url}/list`, inquiry()), 'too-large')).toContain(
    `${MAX_LIST_BYTES}`,
  );

  answer = (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024);
    const pour = (): void => {
      if (!response.destroyed) response.write(chunk, pour);
    };
    pour();
  };
  expect(await messageOfFault(fetchList(`${url}/list`, inquiry()), 'too-large')).toContain(
    `${MAX_LIST_BYTES}`,
  );

  answer = (_request, response) => response.writeHead(302, { location: `${url}/list` }).end();
  seen.length = 0;
  await expect(fetchList(`${url}/list`, inquiry())).rejects.toThrow('it answers with status 302');
  expect(seen.length).toBeLessThan(10);
});

test('[OCI-14 revocation] who does not answer is not waited for, and the end of the run ends it', async () => {
  answer = () => undefined;
  const clock = { ...systemClock, timeout: () => AbortSignal.timeout(20) };
  expect(await messageOfFault(fetchList(`${url}/list`, inquiry({ clock })), 'timeout')).toMatch(/in time/);
  const signal = AbortSignal.timeout(20);
  expect(await messageOfFault(fetchList(`${url}/list`, inquiry({ signal })), 'timeout')).toMatch(/in time/);
});

test('a question that is short goes into the URL, a long one is posted', async () => {
  const bodies: Buffer[] = [];
  answer = (request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk)).on('end', () => response.end('said'));
  };
  seen.length = 0;
  const [short, long] = [Buffer.from('??>'), Buffer.alloc(300, 7)];
  expect(String(await askResponder(`${url}/ocsp/`, short, inquiry()))).toBe('said');
  expect(String(await askResponder(`${url}/ocsp`, long, inquiry()))).toBe('said');
  expect(seen).toEqual(['GET /ocsp/Pz8%2B', 'POST /ocsp']);
  expect(Buffer.concat(bodies)).toEqual(long);
  await expect(askResponder('https://127.0.0.1/ocsp', short, inquiry())).rejects.toThrow(
    'only http:// is spoken',
  );
});
