import type { IncomingMessage } from 'node:http';
import { ApiError } from '../api-error.ts';

/** 3 MiB, as of a real server. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/** The whole body; fails with 413 as soon as it is known to be too large, and with 400 when the client breaks off. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const tooLarge = () => {
      const message = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
      reject(new ApiError(413, 'RequestEntityTooLarge', message));
      request.removeAllListeners('data').resume();
    };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return tooLarge();
      chunks.push(chunk);
    });
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks)));
    request.once('error', () => reject(new ApiError(400, 'BadRequest', 'the request broke off')));
  });
}
