import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { Fault } from '../../core/failures.ts';

const inflate = promisify(inflateRaw);

// Signatures and offsets: PKWARE's APPNOTE 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

/** The bytes of one file inside a zip archive. Faults: `not-found`, `malformed` (also zip64 and encryption, which no layer of ours uses). */
export async function readZipEntry(archive: string, name: string): Promise<Uint8Array> {
  const file = await open(archive, 'r');
  try {
    const entry = await findEntry(file, name);
    if (!entry) throw new Fault('not-found', `${name} is not in the archive`, { name });
    const header = await slice(file, entry.offset, LOCAL_BYTES);
    if (header.readUInt32LE(0) !== LOCAL) throw malformed('local header');
    const start = entry.offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
    const data = await slice(file, start, entry.compressed);
    const bytes = entry.method === DEFLATED ? await inflate(data, { maxOutputLength: entry.size }) : data;
    if (bytes.length !== entry.size) throw malformed('size');
    return bytes;
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, name: string): Promise<Entry | undefined> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await slice(file, size - tailBytes, tailBytes);
  const end = lastIndex(tail, END);
  if (end === -1) throw malformed('end of central directory');
  const directory = await slice(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + ENTRY_BYTES <= directory.length; ) {
    if (directory.readUInt32LE(at) !== ENTRY) throw malformed('central directory');
    const nameEnd = at + ENTRY_BYTES + directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + ENTRY_BYTES, nameEnd) === name) return entryAt(directory, at);
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

function entryAt(directory: Buffer, at: number): Entry {
  const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
  const method = directory.readUInt16LE(at + 10);
  if (encrypted || (method !== STORED && method !== DEFLATED)) throw malformed('compression');
  return {
    method,
    compressed: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
  };
}

function lastIndex(buffer: Buffer, signature: number): number {
  for (let at = buffer.length - END_BYTES; at >= 0; at -= 1) {
    if (buffer.readUInt32LE(at) === signature) return at;
  }
  return -1;
}

async function slice(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw malformed('end of file');
  return buffer;
}

function malformed(part: string): Fault {
  return new Fault('malformed', `not a zip archive that we read: ${part}`, { part });
}
