import { gunzipSync } from 'node:zlib';
import { Fault } from '../failures.ts';
import { BLOCK } from './tar-header.ts';

/** Bounds on what an archive may hold. */
export interface TarLimits {
  /** Headers of any kind. */
  readonly entries: number;
  readonly pathBytes: number;
}

/** What an archive holds at one place. */
export interface TarEntryRead {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** As it is written. */
  readonly name: string;
  /** Relative to the root, without `.` elements; empty for the root. */
  readonly path: string;
  readonly isExecutable: boolean;
  readonly body: Buffer;
}

interface Header {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly mode: number;
}

/** What extended headers say of the next entry. */
interface Extension {
  readonly path?: string;
  readonly size?: number;
}

const DIRECTORY = '5';
const SYMLINK = '2';
const FILES: ReadonlySet<string> = new Set(['0', '\0', '7']);
const GNU_LONG_NAME = 'L';
const GNU_LONG_LINK = 'K';
const PAX = 'x';
const PAX_GLOBAL = 'g';
const OWNER_EXECUTES = 0o100;
/** Bytes that one byte of deflate can become. */
const MOST_INFLATED = 1032;

/** The archive inside gzip. Faults: `malformed`, `too-large`. */
export function inflateTar(bytes: Uint8Array, maxBytes: number): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // gzip's last four bytes are the length of its last member modulo 2^32: most often all there is
  const announced = input.length >= 4 ? input.readUInt32LE(input.length - 4) : 0;
  // What was tried in vain is still there at the next try: only a small part of what may be taken.
  const isSmall = announced > 0 && announced <= maxBytes / 4;
  const inflated = (isSmall ? inflate(input, announced) : undefined) ?? inflate(input, maxBytes);
  if (inflated === undefined) throw tooLarge('bytes', maxBytes);
  return inflated;
}

/** Into one buffer, as several would have to be joined, which takes the room twice; undefined when it is more. */
function inflate(input: Buffer, maxOutputLength: number): Buffer | undefined {
  const chunkSize = Math.max(BLOCK, Math.min(maxOutputLength + 1, input.length * MOST_INFLATED));
  try {
    return gunzipSync(input, { maxOutputLength, chunkSize });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw malformed('it is not gzip', error);
  }
}

/** The entries of an archive in their order, as views into it; extended headers are folded in. Faults: `malformed`, `too-large`. */
export function* tarEntries(tar: Buffer, limits: TarLimits): Generator<TarEntryRead> {
  let extension: Extension = {};
  let entries = 0;
  for (let at = 0; ; ) {
    const header = readHeader(tar, at);
    if (header === undefined) return;
    entries++;
    if (entries > limits.entries) throw tooLarge('entries', limits.entries);
    const size = extension.size ?? header.size;
    const from = at + BLOCK;
    if (from + size > tar.length) throw malformed('it is cut short');
    const body = tar.subarray(from, from + size);
    at = from + Math.ceil(size / BLOCK) * BLOCK;
    const extended = extensionOf(header, body, extension);
    if (extended) {
      extension = extended;
      continue;
    }
    yield entryOf(header, extension.path ?? header.name, body, limits);
    extension = {};
  }
}

function entryOf({ type, mode }: Header, name: string, body: Buffer, limits: TarLimits): TarEntryRead {
  const path = safePath(name, limits.pathBytes);
  const isExecutable = (mode & OWNER_EXECUTES) !== 0;
  return { kind: kindOf(type, name), name, path, isExecutable, body };
}

function kindOf(type: string, name: string): TarEntryRead['kind'] {
  if (type === SYMLINK) return 'symlink';
  // tar's oldest form marks directories by a trailing slash
  if (type === DIRECTORY || (FILES.has(type) && name.endsWith('/'))) return 'directory';
  return FILES.has(type) ? 'file' : 'other';
}

/** Undefined for an entry of its own. */
function extensionOf({ type }: Header, body: Buffer, before: Extension): Extension | undefined {
  if (type === PAX_GLOBAL || type === GNU_LONG_LINK) return before;
  if (type === GNU_LONG_NAME) return { ...before, path: untilNul(body, 0, body.length) };
  if (type !== PAX) return undefined;
  const records = paxRecords(body);
  const path = records.get('path');
  const size = records.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw malformed('a size is out of range');
  return {
    ...before,
    ...(path === undefined ? {} : { path }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

function readHeader(tar: Buffer, at: number): Header | undefined {
  if (at + BLOCK > tar.length) {
    if (at === tar.length) return undefined;
    throw malformed('it is cut short');
  }
  if (isZero(tar, at)) return undefined;
  checkSum(tar, at);
  const ustar = tar.toString('latin1', at + 257, at + 263) === 'ustar\0';
  const prefix = ustar ? untilNul(tar, at + 345, at + 500) : '';
  const name = untilNul(tar, at, at + 100);
  return {
    type: String.fromCharCode(tar[at + 156] as number),
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: readSize(tar, at + 124),
    mode: readMode(tar, at + 100),
  };
}

function checkSum(tar: Buffer, at: number): void {
  const wanted = Number.parseInt(
    tar
      .toString('latin1', at + 148, at + 156)
      .replace(/[\0 ]+/g, ' ')
      .trim(),
    8,
  );
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++)
    if (index < 148 || index >= 156) sum += tar[at + index] as number;
  if (sum !== wanted) throw malformed('a header checksum is wrong');
}

function readMode(tar: Buffer, at: number): number {
  const mode = Number.parseInt(
    tar
      .toString('latin1', at, at + 8)
      .replace(/[\0 ]+/g, ' ')
      .trim(),
    8,
  );
  return Number.isNaN(mode) ? 0 : mode;
}

function readSize(tar: Buffer, at: number): number {
  // GNU's base-256 form for large numbers
  if ((tar[at] as number) & 0x80) {
    const value = tar.readUIntBE(at + 6, 6);
    if (tar.readUInt32BE(at) !== 0x80000000 || value > Number.MAX_SAFE_INTEGER)
      throw malformed('a size is out of range');
    return value;
  }
  const text = tar
    .toString('latin1', at, at + 12)
    .replace(/[\0 ]+/g, ' ')
    .trim();
  if (!/^[0-7]{0,11}$/.test(text)) throw malformed('a size is not a number');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function paxRecords(body: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space === -1 ? at : space));
    if (!Number.isInteger(length) || length < 5 || at + length > body.length)
      throw malformed('a PAX record is broken');
    const [key = '', ...value] = body.toString('utf8', space + 1, at + length - 1).split('=');
    records.set(key, value.join('='));
    at += length;
  }
  return records;
}

/** The path without `.` elements; empty for the root. */
function safePath(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) > maxBytes) throw tooLarge('bytes in one path', maxBytes);
  const elements = name.split('/');
  if (name.startsWith('/') || name.includes('\0') || elements.includes('..') || name.includes('\\..'))
    throw malformed(`invalid name ${JSON.stringify(name)}`);
  return elements.filter((element) => element !== '' && element !== '.').join('/');
}

function untilNul(tar: Buffer, from: number, to: number): string {
  const nul = tar.indexOf(0, from);
  return tar.toString('utf8', from, nul === -1 || nul > to ? to : nul);
}

function isZero(tar: Buffer, at: number): boolean {
  for (let index = at; index < at + BLOCK; index++) if (tar[index] !== 0) return false;
  return true;
}

/** Fault `malformed` of an archive. */
export function malformed(why: string, cause?: unknown): Fault {
  return new Fault('malformed', `broken archive: ${why}`, {}, cause);
}

function tooLarge(what: string, limit: number): Fault {
  return new Fault('too-large', `the archive has more than ${limit} ${what}`, { what, limit });
}
