import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Fault } from '../../core/failures.ts';
import { etagOf } from '../../core/object-keys.ts';
import type { StoredObject } from '../../ports.ts';
import { isAbsent } from './files.ts';

/** `sluice1 <etag> <milliseconds since 1970, 15 digits>\n`, then the body: head and list need no second file. */
const HEADER = /^sluice1 ("sha256-[0-9a-f]{64}") ([0-9]{15})\n$/;
const HEADER_BYTES = 8 + 73 + 1 + 15 + 1;

interface StoredHeader {
  readonly etag: string;
  readonly lastModified: Date;
  /** Bytes of the body. */
  readonly size: number;
}

/** The etag of a body and the header that is written before it. */
export function headerOf(body: Uint8Array, now: Date): { readonly etag: string; readonly bytes: Uint8Array } {
  const etag = etagOf(body);
  const time = String(now.getTime()).padStart(15, '0');
  return { etag, bytes: Buffer.from(`sluice1 ${etag} ${time}\n`, 'latin1') };
}

/** The object in a whole file; Fault `malformed` when its body is not what was once put. */
export function parseStored(key: string, file: Buffer): StoredObject {
  const { etag, lastModified } = parseHeader(file, file.byteLength);
  const { buffer, byteOffset, byteLength } = file.subarray(HEADER_BYTES);
  const body = new Uint8Array(buffer, byteOffset, byteLength);
  if (etagOf(body) !== etag) throw new Fault('malformed', `the stored file of ${key} was damaged`, { key });
  return { body, etag, lastModified };
}

/** The header of a stored file. */
export async function readHeader(path: string): Promise<StoredHeader> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    await file.read(start, 0, HEADER_BYTES, 0);
    return parseHeader(start, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** The header of a stored file, at once; undefined when there is none. */
export function readHeaderNow(path: string): StoredHeader | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    readSync(file, start, 0, HEADER_BYTES, 0);
    return parseHeader(start, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function parseHeader(start: Buffer, fileSize: number): StoredHeader {
  const [matched, etag = '', time = ''] = HEADER.exec(start.toString('latin1', 0, HEADER_BYTES)) ?? [];
  if (matched === undefined) throw new Fault('malformed', 'a file in the object store is not one of ours');
  return { etag, lastModified: new Date(Number(time)), size: fileSize - HEADER_BYTES };
}
