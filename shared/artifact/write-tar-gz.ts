import { createHash } from 'node:crypto';
import { createGzip, type Gzip } from 'node:zlib';
import { Fault } from '../core/failures.ts';
import { BLOCK, tarHeader } from './tar-header.ts';
import type { Member } from './tree-walk.ts';

/** A normalised archive: equal members give equal bytes on one machine architecture. */
export interface TarGz {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
}

// Measured on manifests: 6 costs twice the time of 4 for 4 % fewer bytes.
const LEVEL = 6;
// What is compressed in one go on zlib's thread while this one gathers the next.
const CHUNK = 1024 * 1024;
// zlib writes the platform here; 255 ("unknown") is what Go writes.
const GZIP_OS_AT = 9;

/** Archives `members` in their order; compression runs beside the caller's thread. Fault `too-large` above `maxBytes`. */
export async function writeTarGz(members: Iterable<Member>, maxBytes: number): Promise<TarGz> {
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK / 4 });
  const output = collect(gzip, maxBytes);
  for (const chunk of chunksOf(members)) if (!gzip.write(chunk)) await drained(gzip);
  gzip.end();
  const body = await output;
  body[GZIP_OS_AT] = 255;
  return { body, digest: `sha256:${createHash('sha256').update(body).digest('hex')}` };
}

function* chunksOf(members: Iterable<Member>): Generator<Buffer> {
  let chunk = Buffer.allocUnsafe(CHUNK);
  let used = 0;
  for (const member of members) {
    for (const part of partsOf(member)) {
      for (let from = 0; from < part.length; ) {
        const copied = part.copy(chunk, used, from);
        used += copied;
        from += copied;
        if (used < CHUNK) continue;
        yield chunk;
        chunk = Buffer.allocUnsafe(CHUNK);
        used = 0;
      }
    }
  }
  yield chunk.subarray(0, used);
  yield Buffer.alloc(2 * BLOCK);
}

function partsOf({ path, kind, data }: Member): readonly Buffer[] {
  const header = tarHeader({ path, kind, size: data.length });
  const over = data.length % BLOCK;
  return over === 0 ? [header, data] : [header, data, PADDING.subarray(over)];
}

const PADDING = Buffer.alloc(BLOCK);

function drained(gzip: Gzip): Promise<void> {
  return new Promise((resolve, reject) => {
    gzip.once('drain', resolve);
    gzip.once('error', reject);
  });
}

function collect(gzip: Gzip, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    gzip.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else
        gzip.destroy(new Fault('too-large', `the artifact is larger than ${maxBytes} bytes`, { maxBytes }));
    });
    gzip.on('end', () => resolve(Buffer.concat(chunks, size)));
    gzip.on('error', reject);
  });
}
