import { createHash, hash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { Fault } from '../core/failures.ts';
import { applyDelta, readDeltaHeader } from './delta.ts';
import type { ArtifactLimits } from './limits.ts';

export type GitObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: GitObjectType;
  readonly data: Buffer;
}

/** Object ids as 20 bytes in a latin1 string: half of hex, and how trees hold them. */
export type BinaryId = string;

/** Everything in a pack, by id. */
export type GitObjects = ReadonlyMap<BinaryId, GitObject>;

/** Where objects are looked up. */
export type ObjectSource = Pick<GitObjects, 'get'>;

interface PendingDelta {
  readonly offset: number;
  readonly delta: Buffer;
}

interface Resolved {
  readonly offset: number;
  readonly depth: number;
  readonly id: BinaryId;
  readonly object: GitObject;
}

interface Reading {
  readonly pack: Buffer;
  readonly limits: ArtifactLimits;
  readonly had: ObjectSource | undefined;
  readonly objects: Map<BinaryId, GitObject>;
  readonly byOffset: Map<number, PendingDelta[]>;
  readonly byId: Map<BinaryId, PendingDelta[]>;
  readonly roots: Resolved[];
  inflated: number;
}

const TYPES: readonly (GitObjectType | undefined)[] = [undefined, 'commit', 'tree', 'blob', 'tag'];
const OFS_DELTA = 6;
const REF_DELTA = 7;
const HEADER_BYTES = 12;
const ID_BYTES = 20;
/** Where no entry of a pack begins. */
const OUTSIDE = Number.NaN;

/**
 * Decodes a pack (version 2 or 3, SHA-1) and verifies its checksum; with `had` its deltas may rest on that, and those
 * that rest on what is not there are left out. Faults: `malformed` (broken, cut, or thin), `too-large` (a limit).
 */
export function readPack(bytes: Uint8Array, limits: ArtifactLimits, had?: ObjectSource): GitObjects {
  const pack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = checkFrame(pack, limits);
  const reading: Reading = {
    pack,
    limits,
    had,
    objects: new Map(),
    byOffset: new Map(),
    byId: new Map(),
    roots: [],
    inflated: 0,
  };
  let offset = HEADER_BYTES;
  for (let index = 0; index < count; index++) offset = readEntry(reading, offset);
  if (offset !== pack.length - ID_BYTES) throw malformed('it holds more than it announces');
  resolveDeltas(reading);
  return reading.objects;
}

/** Hex to the form in which packs and trees hold ids. */
export function binaryId(hex: string): BinaryId {
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** The inverse of `binaryId`. */
export function hexId(id: BinaryId): string {
  return Buffer.from(id, 'latin1').toString('hex');
}

function checkFrame(pack: Buffer, limits: ArtifactLimits): number {
  if (pack.length < HEADER_BYTES + ID_BYTES || pack.toString('latin1', 0, 4) !== 'PACK')
    throw malformed('it is not a pack');
  const version = pack.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw malformed(`unknown version ${version}`);
  const count = pack.readUInt32BE(8);
  if (count > limits.objects) throw tooLarge('objects', limits.objects);
  const end = pack.length - ID_BYTES;
  if (hash('sha1', pack.subarray(0, end), 'hex') !== pack.toString('hex', end))
    throw malformed('its checksum is wrong');
  return count;
}

/** Reads one entry and returns where the next begins. */
function readEntry(reading: Reading, offset: number): number {
  const { pack, limits } = reading;
  const header = readEntryHeader(pack, offset);
  if (header.size > limits.objectBytes) throw tooLarge('bytes in one object', limits.objectBytes);
  count(reading, header.size);
  const type = TYPES[header.type];
  let at = header.next;
  let bases: PendingDelta[] | undefined;
  if (header.type === OFS_DELTA) {
    const distance = readDistance(pack, at);
    at = distance.next;
    bases = listAt(reading.byOffset, offset - distance.value);
  } else if (header.type === REF_DELTA) {
    bases = listAt(reading.byId, pack.toString('latin1', at, at + ID_BYTES));
    at += ID_BYTES;
  }
  const { data, used } = inflateAt(pack, at, header.size);
  if (bases) bases.push({ offset, delta: data });
  else if (type === undefined) throw malformed(`unknown object type ${header.type}`);
  else reading.roots.push(keep(reading, offset, 0, { type, data }));
  return at + used;
}

/** What Git calls an object. */
export function objectId({ type, data }: GitObject): BinaryId {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('binary');
}

function keep(reading: Reading, offset: number, depth: number, object: GitObject): Resolved {
  const id = objectId(object);
  reading.objects.set(id, object);
  return { offset, depth, id, object };
}

/** What the pack itself holds goes before what was had. */
function resolveDeltas(reading: Reading): void {
  const { byOffset, byId, had, roots } = reading;
  if (byOffset.size + byId.size === 0) return;
  unfold(reading);
  for (const id of [...byId.keys()]) {
    const object = had?.get(id);
    if (object) roots.push({ offset: OUTSIDE, depth: 0, id, object });
  }
  unfold(reading);
  if (had === undefined && byOffset.size + byId.size > 0)
    throw malformed('it is thin: the base of a delta is missing');
}

/** Breadth first from the whole objects, so that neither chains nor cycles can exhaust the stack. */
function unfold(reading: Reading): void {
  const { byOffset, byId, limits, roots: queue } = reading;
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { offset, depth, id, object } = next;
    for (const pending of [...take(byOffset, offset), ...take(byId, id)]) {
      if (depth >= limits.deltaDepth) throw tooLarge('deltas in a chain', limits.deltaDepth);
      const header = readDeltaHeader(pending.delta);
      if (header.resultSize > limits.objectBytes) throw tooLarge('bytes in one object', limits.objectBytes);
      count(reading, header.resultSize - pending.delta.length);
      const data = applyDelta(object.data, pending.delta, header);
      queue.push(keep(reading, pending.offset, depth + 1, { type: object.type, data }));
    }
  }
}

function count(reading: Reading, bytes: number): void {
  reading.inflated += bytes;
  const { inflatedBytes } = reading.limits;
  if (reading.inflated > inflatedBytes) throw tooLarge('bytes in all objects', inflatedBytes);
}

function readEntryHeader(pack: Buffer, offset: number): { type: number; size: number; next: number } {
  let at = offset;
  let byte = byteAt(pack, at++);
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let shift = 4; byte & 0x80; shift += 7) {
    if (shift > 46) throw malformed('a size is out of range');
    byte = byteAt(pack, at++);
    size += (byte & 0x7f) * 2 ** shift;
  }
  return { type, size, next: at };
}

function readDistance(pack: Buffer, start: number): { value: number; next: number } {
  let at = start;
  let byte = byteAt(pack, at++);
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = byteAt(pack, at++);
    value = (value + 1) * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 256) throw malformed('a distance is out of range');
  }
  return { value, next: at };
}

interface InflateInfo {
  readonly buffer: Buffer;
  /** `bytesWritten` is what the inflater consumed. */
  readonly engine: { readonly bytesWritten: number };
}

// zlib asks for at least 64 bytes of output; one more than the size lets it see the stream's end in one go.
const MIN_CHUNK = 64;

function inflateAt(pack: Buffer, at: number, size: number): { data: Buffer; used: number } {
  const input = pack.subarray(at, pack.length - ID_BYTES);
  const options = {
    info: true,
    chunkSize: Math.max(MIN_CHUNK, size + 1),
    maxOutputLength: Math.max(1, size),
  };
  let info: InflateInfo;
  try {
    info = inflateSync(input, options) as unknown as InflateInfo;
  } catch (error) {
    throw malformed('an object does not inflate', error);
  }
  if (info.buffer.length !== size) throw malformed('an object has another size than announced');
  return { data: info.buffer, used: info.engine.bytesWritten };
}

function byteAt(pack: Buffer, at: number): number {
  const byte = pack[at];
  if (byte === undefined || at >= pack.length - ID_BYTES) throw malformed('it is cut short');
  return byte;
}

function listAt<K>(lists: Map<K, PendingDelta[]>, key: K): PendingDelta[] {
  const known = lists.get(key);
  if (known) return known;
  const fresh: PendingDelta[] = [];
  lists.set(key, fresh);
  return fresh;
}

function take<K>(lists: Map<K, PendingDelta[]>, key: K): readonly PendingDelta[] {
  const list = lists.get(key) ?? [];
  lists.delete(key);
  return list;
}

function malformed(why: string, cause?: unknown): Fault {
  return new Fault('malformed', `the Git server sent a broken pack: ${why}`, {}, cause);
}

function tooLarge(what: string, limit: number): Fault {
  return new Fault('too-large', `the repository has more than ${limit} ${what}`, { what, limit });
}
