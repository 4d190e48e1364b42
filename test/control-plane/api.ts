import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

/** What it takes to speak to an API server: its base URL, its CA as PEM, and a bearer token. */
export interface ApiAccess {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** An HTTP status and the JSON (or, when it is none, the text) that came with it. */
export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
}

/** One line of a watch. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** A Kubernetes client in a few lines, independent of the product's own so that it can judge it. */
export interface Api {
  /** Sends JSON and returns whatever came back; throws only when nobody answered. */
  send<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer<T>>;
  /** Reads one object or list; undefined on 404, throws on any other failure. */
  get<T>(path: string): Promise<T | undefined>;
  /** Creates an object and returns it; throws unless it was created. */
  create<T>(path: string, object: unknown): Promise<T>;
  /** Calls `seen` per event until the server ends the watch; throws when it cannot be opened or breaks off. */
  watch<T>(path: string, seen: (event: WatchEvent<T>) => void): Promise<void>;
  /** Closes the kept connections. */
  close(): void;
}

/** An answer outside 2xx, where one was needed. */
export class ApiFailure extends Error {
  readonly status: number;

  constructor(what: string, answer: ApiAnswer<unknown>) {
    super(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
    this.name = 'ApiFailure';
    this.status = answer.status;
  }
}

const ANSWER_TIMEOUT_MS = 30_000;

/** Opens a client that keeps its connections. */
export function connect(access: ApiAccess): Api {
  const agent = new Agent({ keepAlive: true, ca: access.ca });

  function open(method: string, path: string, body?: string, contentType?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = {
        authorization: `Bearer ${access.token}`,
        accept: 'application/json',
      };
      if (body !== undefined) {
        headers['content-type'] = contentType ?? 'application/json';
        headers['content-length'] = String(Buffer.byteLength(body));
      }
      const call = request(new URL(path, access.server), { method, headers, agent }, (response) => {
        call.setTimeout(0);
        resolve(response);
      });
      call.setTimeout(ANSWER_TIMEOUT_MS, () => call.destroy(new Error(`no answer from ${access.server}`)));
      call.once('error', reject);
      call.end(body);
    });
  }

  async function send<T>(method: string, path: string, body?: unknown, contentType?: string) {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return readAnswer<T>(await open(method, path, text, contentType));
  }

  return {
    send,
    async get<T>(path: string) {
      const answer = await send<T>('GET', path);
      if (answer.status === 404) return undefined;
      return successful(`GET ${path}`, answer);
    },
    async create<T>(path: string, object: unknown) {
      return successful(`POST ${path}`, await send<T>('POST', path, object));
    },
    async watch(path, seen) {
      const response = await open('GET', path);
      if (response.statusCode !== 200) throw new ApiFailure(`GET ${path}`, await readAnswer(response));
      for await (const line of linesOf(response)) seen(JSON.parse(line));
    },
    close: () => agent.destroy(),
  };
}

/** The body of an answer in 2xx; throws ApiFailure for any other. */
export function successful<T>(what: string, answer: ApiAnswer<T>): T {
  if (answer.status < 200 || answer.status > 299) throw new ApiFailure(what, answer);
  return answer.body;
}

async function readAnswer<T>(response: IncomingMessage): Promise<ApiAnswer<T>> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  const isJson = response.headers['content-type']?.includes('json') ?? false;
  return { status: response.statusCode ?? 0, body: (isJson ? JSON.parse(text) : text) as T };
}

// Not node:readline, whose loop never ends when its input breaks off.
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Asks `question` every `everyMs` until it answers with something; throws `what` after `withinMs`. */
export async function until<T>(
  what: string,
  question: () => Promise<T | undefined>,
  withinMs = 30_000,
  everyMs = 100,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`still not true after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
