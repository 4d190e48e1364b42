import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Entry types of a pack. */
export const TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, ofsDelta: 6, refDelta: 7 } as const;

export interface PackEntry {
  readonly type: number;
  readonly data: Uint8Array | string;
  /** Instead of the data's own length. */
  readonly size?: number;
  /** What stands between header and data: a base's distance or id. */
  readonly base?: Uint8Array;
  /** Instead of the deflated data. */
  readonly raw?: Uint8Array;
}

/** A pack written by hand; `count` and `version` may lie. */
export function packOf(entries: readonly PackEntry[], { count = entries.length, version = 2 } = {}): Buffer {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(version, 4);
  head.writeUInt32BE(count, 8);
  return sealed(Buffer.concat([head, ...entries.map(entryBytes)]));
}

/** With the right checksum behind it. */
export function sealed(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

/** One entry as it stands in a pack. */
export function entryBytes({ type, data, size, base, raw }: PackEntry): Buffer {
  const plain = Buffer.from(data);
  return Buffer.concat([
    header(type, size ?? plain.length),
    base ?? Buffer.alloc(0),
    raw ?? deflateSync(plain),
  ]);
}

/** The distance of an ofs-delta to its base. */
export function distance(value: number): Buffer {
  const bytes = [value & 127];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(128 | (--rest & 127));
  return Buffer.from(bytes);
}

/** A delta: sizes, then instructions. */
export function delta(baseSize: number, resultSize: number, ...instructions: readonly number[][]): Buffer {
  return Buffer.from([...varint(baseSize), ...varint(resultSize), ...instructions.flat()]);
}

/** Copies `length` bytes (below 64 KiB) from `from` (below 64 KiB). */
export function copy(from: number, length: number): number[] {
  return [0x80 | 0x01 | 0x02 | 0x10 | 0x20, from & 255, from >> 8, length & 255, length >> 8];
}

/** Inserts `text`, at most 127 bytes. */
export function insert(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

/** The id of an object, 20 bytes. */
export function idOf(type: keyof typeof TYPE, data: Uint8Array | string): Buffer {
  const plain = Buffer.from(data);
  return createHash('sha1').update(`${type} ${plain.length}\0`).update(plain).digest();
}

/** One entry of a tree. */
export function treeEntry(mode: string, name: string, id: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${mode} ${name}\0`), id]);
}

function header(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 128);
    byte = rest & 127;
  }
  return Buffer.from([...bytes, byte]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
