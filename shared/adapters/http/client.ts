import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { Fault } from '../../core/failures.ts';
import { createGrowingBuffer } from '../../core/growing-buffer.ts';
import { decodePercent } from '../../core/percent.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../ports.ts';
import { type Agents, createAgents } from './agents.ts';
import type { ChooseProxy } from './choose-proxy.ts';
import { type EgressRule, egressGuard, egressLookup, ruleFor } from './egress.ts';
import { basicOf, createProxy, refuseTarget, ruleBehind, type Via } from './proxy.ts';
import { redirected } from './redirects.ts';

interface World {
  readonly rule: EgressRule;
  readonly agents: Agents;
  readonly resolve: LookupFunction | undefined;
  readonly chooseProxy: ChooseProxy | undefined;
}

interface RawAnswer {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

// Go's client, hence Flux's, gives up after 10; no known Git host or registry needs more than 3.
const MAX_REDIRECTS = 5;
const unzip = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/**
 * HTTP(S) with keep-alive under one egress rule; an answer of any status is an answer. Faults: `egress-denied`,
 * `unreachable`, `timeout` (the signal fired), `too-large`, `malformed`, `invalid` (the URL). Messages name the host only.
 * Requests without a proxy of their own go through the one that is chosen for where they lead, redirects each anew.
 */
export function createHttp(rule: EgressRule, resolve?: LookupFunction, chooseProxy?: ChooseProxy): Http {
  const agents = createAgents((via) => createProxy(via, ruleBehind(via, rule), resolve));
  const world: World = { rule, agents, resolve, chooseProxy };
  return { request: (request) => follow(request, world) };
}

async function follow(first: HttpRequest, world: World): Promise<HttpAnswer> {
  let request = first;
  for (let left = first.maxRedirects ?? MAX_REDIRECTS; ; left--) {
    const { message, body } = await once(request, world);
    const status = message.statusCode ?? 0;
    const next = left > 0 ? redirected(request, status, message.headers.location) : undefined;
    if (next === undefined) return answer(request, message, body);
    request = next;
  }
}

async function once(request: HttpRequest, world: World): Promise<RawAnswer> {
  const url = parse(request.url);
  const via = viaOf(url, request, world);
  // Tunnels are looked at by the one that makes them.
  if (via !== undefined && isForwarder(url, via))
    await refuseTarget(url.hostname, portOf(url), ruleBehind(via, world.rule), request.signal, world.resolve);
  const repeatable = request.idempotent || request.method === 'GET' || request.method === 'HEAD';
  for (let attempt = 1; ; attempt++) {
    const sent = { reused: false };
    try {
      return await exchange(url, request, via, world, sent);
    } catch (error) {
      const dropped = sent.reused && hasCode(error, 'ECONNRESET', 'EPIPE');
      if (attempt > 1 || !dropped || !repeatable) throw faultOf(error, request, url);
    }
  }
}

/** The proxy of whoever asks, else the deployment's own where it has one for this host. */
function viaOf(url: URL, { proxy }: HttpRequest, { chooseProxy }: World): Via | undefined {
  if (proxy !== undefined) return { proxy, own: false };
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const chosen = chooseProxy?.(scheme, url.hostname.replace(/^\[|\]$/g, ''), portOf(url));
  return chosen && { proxy: chosen, own: true };
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

function exchange(
  url: URL,
  request: HttpRequest,
  via: Via | undefined,
  world: World,
  sent: { reused: boolean },
): Promise<RawAnswer> {
  const rule = ruleFor(world.rule, url.hostname, portOf(url));
  egressGuard(url.hostname, rule);
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = open({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method: request.method,
      ...asked(url, request, via),
      agent: world.agents.pick(url.protocol, { ...request, via }),
      lookup: egressLookup(rule, world.resolve),
      signal: request.signal,
    });
    const fail = (error: Error): void => {
      sent.reused = outgoing.reusedSocket;
      reject(error);
    };
    outgoing.on('error', fail);
    // Node does not tell a request that still waits for its way through a proxy.
    const late = (): void => fail(new Error('the time is over'));
    request.signal.addEventListener('abort', late, { once: true });
    outgoing.on('close', () => request.signal.removeEventListener('abort', late));
    outgoing.on('response', (message) => {
      collect(message, outgoing, request.maxBytes).then((body) => resolve({ message, body }), fail);
    });
    outgoing.end(request.body);
  });
}

/** A proxy for plain HTTP is asked for the whole URL, and told who asks. */
function asked(
  url: URL,
  request: HttpRequest,
  via: Via | undefined,
): { readonly path: string; readonly headers: Record<string, string | number> } {
  const path = url.pathname + url.search;
  const headers = headersFor(url, request);
  if (via === undefined || !isForwarder(url, via)) return { path, headers };
  const proof = basicOf(via.proxy);
  return {
    path: `${url.origin}${path}`,
    headers: { ...headers, ...(proof !== undefined && { 'proxy-authorization': proof }) },
  };
}

/** Whether the proxy is handed the request itself; all others only make tunnels. */
function isForwarder({ protocol }: URL, { proxy }: Via): boolean {
  return protocol === 'http:' && !proxy.url.startsWith('socks5:');
}

function headersFor(url: URL, request: HttpRequest): Record<string, string | number> {
  const headers: Record<string, string | number> = { 'accept-encoding': 'gzip', 'user-agent': 'sluice' };
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodePercent(url.username)}:${decodePercent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  if (request.body) headers['content-length'] = request.body.byteLength;
  return headers;
}

/** The body as sent, in one buffer; stops reading as soon as the cap is passed. */
function collect(message: IncomingMessage, outgoing: ClientRequest, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gathered = createGrowingBuffer(maxBytes);
    const tooLarge = (): void => {
      outgoing.destroy();
      reject(new Fault('too-large', `the answer is larger than ${maxBytes} bytes`, { maxBytes }));
    };
    if (Number(message.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    message.on('data', (chunk: Buffer) => {
      if (!gathered.add(chunk)) tooLarge();
    });
    message.on('error', reject);
    message.on('aborted', () => reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
    message.on('end', () => resolve(gathered.bytes()));
  });
}

async function answer(request: HttpRequest, message: IncomingMessage, raw: Buffer): Promise<HttpAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const url = parse(request.url);
  const body = isPlain(request) ? raw : await decode(raw, headers['content-encoding'], request, url);
  url.username = '';
  url.password = '';
  return { status: message.statusCode ?? 0, headers, body, url: url.href };
}

/** Who asked for no encoding gets what is stored: an object may be kept in one, and its bytes are what counts. */
function isPlain({ headers = {} }: HttpRequest): boolean {
  return Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'accept-encoding' && value === 'identity',
  );
}

async function decode(
  raw: Buffer,
  encoding: string | undefined,
  request: HttpRequest,
  url: URL,
): Promise<Buffer> {
  const how = encoding?.toLowerCase().replace(/^x-/, '');
  if ((how !== 'gzip' && how !== 'deflate') || raw.length === 0) return raw;
  try {
    return await unzip[how](raw, { maxOutputLength: request.maxBytes });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE'))
      throw new Fault('too-large', `the answer of ${url.host} is larger than ${request.maxBytes} bytes`, {});
    throw new Fault('malformed', `the answer of ${url.host} is not valid ${how}`, {}, error);
  }
}

function parse(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new Fault('invalid', 'not a URL', {});
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new Fault('invalid', `the scheme '${url.protocol}' is not supported`, { scheme: url.protocol });
}

function faultOf(error: unknown, request: HttpRequest, url: URL): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  if (request.signal.aborted) return new Fault('timeout', `${url.host} did not answer in time`, {}, error);
  const said = error instanceof Error && error.message !== '' ? error.message : code;
  return new Fault('unreachable', `cannot reach ${url.host}: ${said}`, { errno: code }, error);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(codeOf(error));
}
