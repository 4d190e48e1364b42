import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isFault, messageOf } from '../../core/failures.ts';
import { type HttpEvent, type HttpResult, MAX_DELIVERY_BYTES, plainText } from '../../core/http-event.ts';
import type { Log } from '../../ports.ts';
import { type Listening, listen } from './listen.ts';

/** Upstream's limits of the webhook server (RC-11): bytes of all headers, milliseconds to send them, and the whole request. */
const MAX_HEADER_BYTES = 256 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface HookServerOptions {
  /** The function that API Gateway would call. */
  readonly handle: (event: HttpEvent) => Promise<HttpResult>;
  readonly host: string;
  /** 0, or one in use, lets the system choose. */
  readonly port: number;
  readonly log: Log;
}

/** Takes deliveries on this machine and hands them to `handle` as API Gateway would. Neither paths nor headers reach the log. */
export async function serveHooks({ handle, host, port, log }: HookServerOptions): Promise<Listening> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    answer(request, handle)
      .catch((error: unknown) => {
        log.error('delivery failed', {
          error: messageOf(error),
          ...(isFault(error) && { code: error.code }),
        });
        return plainText(500, 'internal error');
      })
      .then((result) => send(result, request, response));
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return listen(server, host, port);
}

async function answer(
  request: IncomingMessage,
  handle: HookServerOptions['handle'],
): Promise<HttpResult | undefined> {
  const body = await read(request);
  if (body === 'broken off') return undefined;
  if (body === 'too large') return plainText(413, 'the body is larger than 3 MiB');
  return handle(eventOf(request, body));
}

/** The body, whole; what is longer than allowed is not read to its end. */
async function read(request: IncomingMessage): Promise<Buffer | 'too large' | 'broken off'> {
  if (Number(request.headers['content-length']) > MAX_DELIVERY_BYTES) return 'too large';
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_DELIVERY_BYTES) return 'too large';
      chunks.push(chunk);
    }
  } catch {
    return 'broken off';
  }
  return Buffer.concat(chunks);
}

function eventOf(request: IncomingMessage, body: Buffer): HttpEvent {
  const { url = '/', method = 'GET' } = request;
  const mark = url.indexOf('?');
  const isText = isTextType(request.headers['content-type']) && isUtf8(body);
  return {
    rawPath: mark === -1 ? url : url.slice(0, mark),
    rawQueryString: mark === -1 ? '' : url.slice(mark + 1),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, joined(value)] as const),
    ),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
    requestContext: { http: { method } },
  };
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

/** API Gateway hands on bodies of these types as they are, others in base64. */
function isTextType(contentType = ''): boolean {
  return /^(?:text\/|application\/(?:json|javascript|xml)\b)/i.test(contentType.trim());
}

function send(result: HttpResult | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (result === undefined) {
    response.destroy();
    return;
  }
  // What has not been read of the body must not be taken for the next request.
  const headers = request.complete ? result.headers : { ...result.headers, connection: 'close' };
  response.writeHead(result.statusCode, headers);
  response.end(request.method === 'HEAD' ? undefined : result.body);
}
