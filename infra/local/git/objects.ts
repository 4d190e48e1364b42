import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import { Errors, readObject, writeObject } from 'isomorphic-git';
import { Fault } from '../../../shared/core/failures.ts';
import { createByteCache } from './byte-cache.ts';
import { fileSystem } from './file-system.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

/** An object as a pack holds it. */
export interface PackedObject {
  readonly type: ObjectType;
  readonly size: number;
  readonly deflated: Buffer;
}

/** The objects of one repository, loose or in packs, by hex id. */
export interface Objects {
  /** Undefined when there is none; faults with `malformed` when it is broken. */
  find(id: string): Promise<GitObject | undefined>;
  /** Faults with `malformed` when it is missing, broken, or of another type. */
  read(id: string, type: ObjectType): Promise<Buffer>;
  packed(id: string): Promise<PackedObject>;
  /** Writes a loose object unless it is there; returns its id. */
  write(type: ObjectType, data: Uint8Array): Promise<string>;
}

/** Commits, trees and tags that are held inflated: those of about 50,000 commits, or of 30,000 files. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** Pack entries that are held, so that the second fetch of a small repository reads no file. */
const PACKED_BYTES = 64 * 1024 * 1024;
/** Beyond this many bytes zlib works in its own thread: 256 KiB take about 3 ms. */
const LONG_BYTES = 256 * 1024;
/** Packs go over the loopback: time counts, not size. */
const LEVEL = 1;

const inflateLong = promisify(inflate);
const deflateLong = promisify(deflate) as (data: Uint8Array, options: { level: number }) => Promise<Buffer>;
const TYPES: readonly string[] = ['commit', 'tree', 'blob', 'tag'] satisfies readonly ObjectType[];

/** Opens the objects below a `.git` or bare directory. */
export function openObjects(gitdir: string): Objects {
  const packfiles = {};
  const kept = createByteCache<GitObject>(KEPT_BYTES);
  const packed = createByteCache<PackedObject>(PACKED_BYTES);
  const find = async (id: string): Promise<GitObject | undefined> => {
    const known = kept.get(id);
    if (known) return known;
    const object = await readFrom(gitdir, id, packfiles);
    if (object && object.type !== 'blob') kept.set(id, object, object.data.length);
    return object;
  };
  const existing = async (id: string): Promise<GitObject> => {
    const object = await find(id);
    if (object) return object;
    throw new Fault('malformed', `object ${id} is missing in the repository`, { id });
  };
  return {
    find,
    async read(id, type) {
      const object = await existing(id);
      if (object.type === type) return object.data;
      throw new Fault('malformed', `object ${id} is a ${object.type}, not a ${type}`, { id });
    },
    async packed(id) {
      const known = packed.get(id);
      if (known) return known;
      const { type, data } = await existing(id);
      const entry = { type, size: data.length, deflated: await deflated(data, LEVEL) };
      packed.set(id, entry, entry.deflated.length);
      return entry;
    },
    write: (type, data) => writeTo(gitdir, type, data),
  };
}

async function readFrom(gitdir: string, id: string, cache: object): Promise<GitObject | undefined> {
  try {
    const found = await readObject({ fs: fileSystem, gitdir, oid: id, format: 'deflated', cache });
    if (!(found.object instanceof Uint8Array)) throw new TypeError(`unexpected format ${found.format}`);
    const bytes = asBuffer(found.object);
    if (found.format === 'content') return { type: typeOf(found.type), data: bytes };
    return unwrap(found.format === 'deflated' ? await inflated(bytes) : bytes, id);
  } catch (error) {
    if (error instanceof Errors.NotFoundError) return undefined;
    if (error instanceof Fault) throw error;
    throw new Fault('malformed', `object ${id} cannot be read`, { id }, error);
  }
}

/** `<type> <size>` and a NUL stand before the data of a loose object. */
function unwrap(whole: Buffer, id: string): GitObject {
  const end = whole.indexOf(0);
  const [type = '', size = ''] = whole.toString('latin1', 0, end).split(' ');
  const data = whole.subarray(end + 1);
  if (Number(size) !== data.length || hash('sha1', whole, 'hex') !== id)
    throw new Fault('malformed', `object ${id} is broken`, { id });
  return { type: typeOf(type), data };
}

async function writeTo(gitdir: string, type: ObjectType, data: Uint8Array): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data]);
  const oid = hash('sha1', whole, 'hex');
  const object = await deflated(whole, LEVEL);
  return writeObject({ fs: fileSystem, gitdir, oid, object, format: 'deflated' });
}

function typeOf(name: string): ObjectType {
  if (TYPES.includes(name)) return name as ObjectType;
  throw new Fault('malformed', `unknown type of object '${name}'`, { name });
}

async function inflated(bytes: Buffer): Promise<Buffer> {
  return bytes.length > LONG_BYTES ? inflateLong(bytes) : inflateSync(bytes);
}

async function deflated(bytes: Uint8Array, level: number): Promise<Buffer> {
  return bytes.length > LONG_BYTES ? deflateLong(bytes, { level }) : deflateSync(bytes, { level });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
