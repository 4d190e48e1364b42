import { gunzipSync, gzipSync } from 'node:zlib';
import { Fault } from './failures.ts';

/** Files by path, as `FileTree` of the ports. */
type Files = ReadonlyMap<string, Uint8Array>;

/** Ours: bytes of an unpacked tree; the largest artifact that a worker holds is below it. */
const MAX_TREE_BYTES = 256 * 1024 * 1024;
/** Bytes of the number that tells how long the table of files is. */
const LENGTH_BYTES = 4;

/** A tree as one compressed block: the length of a table, the table (`[path, size]` each), then all contents. */
export function packTree(tree: Files): Uint8Array {
  const table = Buffer.from(JSON.stringify([...tree].map(([path, content]) => [path, content.byteLength])));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(table.byteLength);
  return gzipSync(Buffer.concat([length, table, ...tree.values()]), { level: 1 });
}

/** The tree in a block of `packTree`. Faults: `malformed`, `too-large`. */
export function unpackTree(block: Uint8Array): Map<string, Uint8Array> {
  const bytes = inflate(block);
  const end = bytes.byteLength < LENGTH_BYTES ? Number.NaN : LENGTH_BYTES + bytes.readUInt32BE();
  const tree = new Map<string, Uint8Array>();
  let at = end;
  for (const [path, size] of tableOf(bytes.subarray(LENGTH_BYTES, end))) {
    tree.set(path, bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.byteLength) throw malformed();
  return tree;
}

function inflate(block: Uint8Array): Buffer {
  try {
    return gunzipSync(block, { maxOutputLength: MAX_TREE_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw malformed(error);
    throw new Fault('too-large', `a tree has more than ${MAX_TREE_BYTES} bytes`);
  }
}

function tableOf(text: Buffer): readonly (readonly [string, number])[] {
  try {
    const table = JSON.parse(text.toString()) as unknown;
    if (Array.isArray(table) && table.every(isRow)) return table;
  } catch {
    // Said below.
  }
  throw malformed();
}

function isRow(row: unknown): row is [string, number] {
  return Array.isArray(row) && typeof row[0] === 'string' && Number.isSafeInteger(row[1]) && row[1] >= 0;
}

function malformed(cause?: unknown): Fault {
  return new Fault('malformed', 'a tree that was handed over is damaged', {}, cause);
}
