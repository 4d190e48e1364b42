import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Fault } from '../../../shared/core/failures.ts';
import { codeOf } from './file-system.ts';

/** Bytes of a request, as sent and unzipped: about 300,000 wants and haves; more in one request does no client send. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

const unzip = promisify(gunzip) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** A request's body, unzipped. Faults with an HTTP `status` in their data: `too-large`, `unsupported`, `malformed`. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding))
    throw new Fault('unsupported', `content encoding '${encoding}' is not supported`, { status: 415 });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const sent = Buffer.concat(chunks, size);
  if (encoding === 'identity') return sent;
  try {
    return await unzip(sent, { maxOutputLength: MAX_REQUEST_BYTES });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new Fault('malformed', 'the body of the request is not gzip', { status: 400 }, error);
  }
}

function tooLarge(): Fault {
  return new Fault('too-large', `requests of more than ${MAX_REQUEST_BYTES} bytes are not read`, {
    status: 413,
  });
}
