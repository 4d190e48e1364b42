import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Agent, request as startRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault, isFault } from '../../core/failures.ts';
import { type About, networkFault } from './faults.ts';

const inflate = promisify(gunzip);

/** Where one API server listens; `origin` is for messages. */
export interface Endpoint {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
}

/** One HTTP request as it goes over the wire. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Milliseconds until the answer is complete (a stream: until its headers are here). */
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly signals: readonly AbortSignal[];
}

/** A complete answer of any HTTP status, inflated. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Marks a fault of a kept-alive socket that the server had closed before it read the request. */
export const STALE_SOCKET = Symbol('stale socket');

/** Sends one request and collects the answer; faults: `unreachable`, `timeout`, `too-large`, `malformed`, and a signal's own Fault. */
export async function exchange(agent: Agent, endpoint: Endpoint, outgoing: Outgoing): Promise<Answer> {
  const { status, headers, body } = await receive(agent, endpoint, outgoing);
  const plain =
    headers['content-encoding'] === 'gzip' ? await unpack(body, endpoint, outgoing) : body.toString('utf8');
  return { status, headers, text: plain };
}

/** Sends one request and resolves at the headers of a 200, whose body the caller reads and destroys; any other status is collected. */
export async function openStream(
  agent: Agent,
  endpoint: Endpoint,
  outgoing: Outgoing,
): Promise<IncomingMessage | Answer> {
  // The API server never compresses a watch.
  const plain = { ...outgoing, headers: { ...outgoing.headers, 'accept-encoding': 'identity' } };
  const opened = await converse<IncomingMessage | Received>(
    agent,
    endpoint,
    plain,
    (response, done, fail) => {
      if (response.statusCode === 200) done(response);
      else collect(response, endpoint, outgoing, done, fail);
    },
  );
  if (!('body' in opened)) return opened;
  return { status: opened.status, headers: opened.headers, text: opened.body.toString('utf8') };
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function receive(agent: Agent, endpoint: Endpoint, outgoing: Outgoing): Promise<Received> {
  return converse<Received>(agent, endpoint, outgoing, (response, done, fail) =>
    collect(response, endpoint, outgoing, done, fail),
  );
}

function collect(
  response: IncomingMessage,
  endpoint: Endpoint,
  outgoing: Outgoing,
  done: (received: Received) => void,
  fail: (fault: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > outgoing.maxBytes) fail(tooLarge(endpoint, outgoing));
    else chunks.push(chunk);
  });
  response.on('error', (error) => fail(networkFault(error, about(outgoing), endpoint.origin)));
  response.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
    done({ status: response.statusCode ?? 0, headers: response.headers, body });
  });
}

/** Runs one request until `use` calls `done` or `fail`; deadline and signals end it, whatever state it is in. */
function converse<T>(
  agent: Agent,
  endpoint: Endpoint,
  outgoing: Outgoing,
  use: (response: IncomingMessage, done: (value: T) => void, fail: (fault: Error) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { method, path, headers, body, signals } = outgoing;
    for (const signal of signals) if (signal.aborted) return reject(abortFault(signal, about(outgoing)));
    const { host, port } = endpoint;
    const request = startRequest({ agent, host, port, method, path, headers });
    const timer = setTimeout(() => fail(deadlineFault(endpoint, outgoing)), outgoing.deadlineMs);
    const listeners = signals.map((signal) => {
      const listener = () => fail(abortFault(signal, about(outgoing)));
      signal.addEventListener('abort', listener, { once: true });
      return () => signal.removeEventListener('abort', listener);
    });
    const settle = () => {
      clearTimeout(timer);
      for (const remove of listeners) remove();
    };
    const done = (value: T) => {
      settle();
      resolve(value);
    };
    const fail = (fault: Error) => {
      settle();
      reject(fault);
      request.destroy();
    };
    let answered = false;
    request.on('response', (response) => {
      answered = true;
      use(response, done, fail);
    });
    request.on('error', (error) => {
      const fault = networkFault(error, about(outgoing), endpoint.origin);
      if (request.reusedSocket && !answered) Object.assign(fault, { [STALE_SOCKET]: true });
      fail(fault);
    });
    request.end(body);
  });
}

async function unpack(body: Buffer, endpoint: Endpoint, outgoing: Outgoing): Promise<string> {
  try {
    return (await inflate(body, { maxOutputLength: outgoing.maxBytes })).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(endpoint, outgoing);
    throw new Fault(
      'malformed',
      `${endpoint.origin} sent an answer that is not valid gzip`,
      about(outgoing),
      error,
    );
  }
}

function tooLarge(endpoint: Endpoint, outgoing: Outgoing): Fault {
  const text = `the answer of ${endpoint.origin} is larger than ${outgoing.maxBytes} bytes`;
  return new Fault('too-large', text, about(outgoing));
}

function deadlineFault(endpoint: Endpoint, outgoing: Outgoing): Fault {
  const text = `${endpoint.origin} did not answer within ${outgoing.deadlineMs} ms`;
  return new Fault('timeout', text, about(outgoing));
}

/** A signal's reason when that is a Fault, else `timeout`: the caller gave up waiting. */
export function abortFault(signal: AbortSignal, about: About): Fault {
  if (isFault(signal.reason)) return signal.reason;
  return new Fault('timeout', 'the request was given up by its caller', { ...about }, signal.reason);
}

function about(outgoing: Outgoing) {
  return { method: outgoing.method, path: outgoing.path };
}
