import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { ApiError } from '../api-error.ts';
import type { Call } from '../model.ts';
import { selectedName } from '../requests/selectors/fields.ts';
import { type Format, MEDIA_TYPES, negotiate } from './accept.ts';
import { type Answer, type Exchange, refusal, type Served } from './exchange.ts';
import { asksToWatch } from './options.ts';
import { answerPath } from './paths.ts';
import { presentedBy } from './presented.ts';
import { readBody } from './read-body.ts';
import { answerGet, answerList, findCall } from './resources.ts';
import { attemptOf, parseRoute } from './route.ts';
import { internalError, methodNotAllowed, notAcceptable } from './status.ts';
import { streamWatch } from './watch.ts';
import { answerCreate, answerDelete, answerDeleteCollection, answerPatch, answerUpdate } from './writes.ts';

/** Answers smaller than this are never compressed, as by a real server. */
const GZIP_FROM_BYTES = 128 * 1024;
/** The least work: on loopback the bytes cost less than the time. */
const GZIP_LEVEL = 1;

const NOTHING = Buffer.alloc(0);
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Answers one request of a cluster; every fault becomes a Status. */
export function handle(served: Served, request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  const auditId = headers['audit-id'];
  response.setHeader('Audit-Id', typeof auditId === 'string' ? auditId : served.nature.uuid());
  response.setHeader('Cache-Control', 'no-cache, private');
  const format = negotiate(headers.accept);
  const fail = (error: unknown) => {
    if (response.headersSent) response.destroy();
    else deliver(refusal(asApiError(served, request, error), format), request, response);
  };
  try {
    const respond = prepare(served, request, response, format);
    if (!METHODS_WITH_BODY.has(request.method ?? '')) respond(NOTHING);
    else readBody(request).then(respond).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Finds out who asks, whether they may and what for; what is returned answers as soon as the body is there. */
function prepare(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
  format: Format | undefined,
): (body: Buffer) => void {
  const { method = 'GET', headers, url = '/' } = request;
  const mark = url.indexOf('?');
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  const route = parseRoute(mark === -1 ? url : url.slice(0, mark));
  const attempt = attemptOf(
    route,
    method,
    asksToWatch(query),
    selectedName(query.get('fieldSelector') ?? ''),
  );
  const user = served.access.identify(presentedBy(request, served.readCertificate), attempt);
  served.access.demand(user, attempt);

  const asked = { served, method, query, headers, user };
  if ('path' in route) {
    // Discovery has media types of its own.
    const exchange = {
      ...asked,
      format: format ?? { encoding: 'json' as const, metaVersion: '' },
      body: NOTHING,
    };
    return () => deliver(answerPath(exchange, route.path), request, response);
  }
  const call = findCall(asked, route);
  if ('contentType' in call) return () => deliver(call, request, response);
  if (!format) throw notAcceptable(MEDIA_TYPES);
  return (body) => {
    const exchange: Exchange = { ...asked, format, body };
    const answer = answerOf(exchange, call, response);
    if (answer) deliver(answer, request, response);
  };
}

function answerOf(exchange: Exchange, call: Call, response: ServerResponse): Answer | undefined {
  const isCollection = call.name === '';
  switch (exchange.method) {
    case 'GET':
      if (!isCollection) return answerGet(exchange, call);
      if (!asksToWatch(exchange.query)) return answerList(exchange, call);
      streamWatch(exchange, call, response);
      return undefined;
    case 'POST':
      return answerCreate(exchange, call);
    case 'PUT':
      return answerUpdate(exchange, call);
    case 'PATCH':
      return answerPatch(exchange, call);
    case 'DELETE':
      return isCollection ? answerDeleteCollection(exchange, call) : answerDelete(exchange, call);
    default:
      throw methodNotAllowed();
  }
}

function asApiError(served: Served, { method, url }: IncomingMessage, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  served.log(`${method} ${url}: ${told}`);
  return internalError(error);
}

function deliver(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  const { code, contentType, body, headers = {} } = answer;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (contentType !== '') response.setHeader('Content-Type', contentType);
  const length = Buffer.byteLength(body);
  if (length <= GZIP_FROM_BYTES || !acceptsGzip(request)) {
    response.writeHead(code, code === 304 ? {} : { 'Content-Length': length });
    response.end(body);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.appendHeader('Vary', 'Accept-Encoding');
  gzip(body, { level: GZIP_LEVEL }, (error, compressed) => {
    if (error) return response.destroy();
    response.writeHead(code, { 'Content-Length': compressed.length });
    response.end(compressed);
  });
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers['accept-encoding'];
  return typeof accepted === 'string' && accepted.split(',').some((one) => one.trim() === 'gzip');
}
