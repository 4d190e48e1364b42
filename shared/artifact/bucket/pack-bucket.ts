import { Fault, isFault } from '../../core/failures.ts';
import { type TarGz, writeTarGz } from '../../core/tar/write-tar-gz.ts';
import { inParallel } from '../../core/together.ts';
import type { Member } from '../directory.ts';
import { IGNORE_FILE } from '../ignore.ts';
import type { ArtifactLimits } from '../limits.ts';
import { type BucketIndex, type IndexedBucket, revisionOf } from './bucket-index.ts';
import { pathsOf } from './key-paths.ts';
import type { BucketReader } from './reader.ts';

/** A bucket's objects as an artifact. */
export interface PackedBucket extends TarGz {
  /** Of what was downloaded, which may be newer than what was listed (BK-09). */
  readonly revision: string;
  /** Objects in it. */
  readonly files: number;
}

/** Ours: downloads at a time; as many connections are kept open to one host. */
const AT_ONCE = 16;
/** Ours: bytes of an object that is downloaded beside others, so that all of them take 64 MiB; larger ones come one by one. */
const SMALL_BYTES = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Downloads what was indexed and packs it. Faults: those of the reader, `invalid` (keys that cannot be files), `too-large`. */
export async function packBucket(
  reader: BucketReader,
  { index, ignoreFile }: IndexedBucket,
  limits: ArtifactLimits,
): Promise<PackedBucket> {
  const paths = pathsOf([...(ignoreFile ? [IGNORE_FILE] : []), ...index.keys()]);
  const { found, contents } = await download(reader, index, limits);
  const files = new Map<string, Buffer>();
  if (ignoreFile) files.set(IGNORE_FILE, asBuffer(ignoreFile));
  for (const [key, body] of contents) files.set(paths.get(key) as string, asBuffer(body));
  contents.clear();
  const packed = await writeTarGz(drain(files), limits.packBytes);
  return { ...packed, revision: revisionOf(found), files: found.size };
}

/** What disappeared since it was listed is left out, and what changed counts as it is now (BK-09). */
async function download(reader: BucketReader, index: BucketIndex, limits: ArtifactLimits) {
  const found = new Map<string, { etag: string }>();
  const contents = new Map<string, Uint8Array>();
  const large: string[] = [];
  let room = limits.inflatedBytes;
  const take = async (key: string, maxBytes: number): Promise<void> => {
    const object = await get(reader, key, maxBytes);
    if (object === undefined) return;
    room -= object.body.byteLength;
    if (room < 0) throw tooMuch(limits.inflatedBytes);
    found.set(key, { etag: object.etag });
    contents.set(key, object.body);
  };
  const small = Math.min(SMALL_BYTES, limits.objectBytes);
  await inParallel(index, AT_ONCE, async ([key, { size = 0 }]) => {
    if (size > small || !(await fits(() => take(key, small)))) large.push(key);
  });
  for (const key of large) {
    if (await fits(() => take(key, Math.min(limits.objectBytes, room)))) continue;
    if (room < limits.objectBytes) throw tooMuch(limits.inflatedBytes);
    throw tooLarge(key, limits.objectBytes);
  }
  return { found, contents };
}

/** False when it was larger than it may be. */
async function fits(take: () => Promise<void>): Promise<boolean> {
  try {
    await take();
    return true;
  } catch (error) {
    if (isFault(error, 'too-large') && error.data.key !== undefined) return false;
    throw error;
  }
}

function tooMuch(limit: number): Fault {
  return new Fault('too-large', `the bucket has more than ${limit} bytes`, { limit });
}

function tooLarge(key: string, limit: number): Fault {
  const problem = `failed to get '${key}' object: it is larger than ${limit} bytes`;
  return new Fault('too-large', problem, { key, limit });
}

async function get(reader: BucketReader, key: string, maxBytes: number) {
  try {
    return await reader.get(key, maxBytes);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(
      error.code,
      `failed to get '${key}' object: ${error.message}`,
      { ...error.data, key },
      error,
    );
  }
}

/** Directories before what is in them, names in the order of their bytes; each file is let go as it is written. */
function* drain(files: Map<string, Buffer>): Generator<Member> {
  yield { path: '.', kind: 'directory', data: NOTHING };
  const known = new Set<string>();
  const sorted = [...files.keys()].map((path) => [path, order(path)] as const);
  sorted.sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [path] of sorted) {
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const directory = path.slice(0, at);
      if (!known.has(directory)) yield { path: latin1(directory), kind: 'directory', data: NOTHING };
      known.add(directory);
    }
    yield { path: latin1(path), kind: 'file', data: files.get(path) as Buffer };
    files.delete(path);
  }
}

/** Compares as a walk goes: part by part, by bytes. */
function order(path: string): string {
  return latin1(path).replaceAll('/', '\0');
}

function latin1(path: string): string {
  return Buffer.from(path).toString('latin1');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
