import { createHash } from 'node:crypto';
import type { Objects, ObjectType } from './objects.ts';

const TYPE_NUMBER: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** Small entries are sent together: one write to a socket costs as much as deflating some. */
const CHUNK_BYTES = 64 * 1024;

/** The bytes of a pack (version 2) with these objects, each whole: the way over the loopback is short. */
export async function* packOf(objects: Objects, ids: ReadonlySet<string>): AsyncGenerator<Buffer> {
  const digest = createHash('sha1');
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(ids.size, 8);
  let parts: Buffer[] = [head];
  let held = head.length;
  for (const id of ids) {
    const { type, size, deflated } = await objects.packed(id);
    const entry = entryHead(TYPE_NUMBER[type], size);
    parts.push(entry, deflated);
    held += entry.length + deflated.length;
    if (held < CHUNK_BYTES) continue;
    const chunk = Buffer.concat(parts, held);
    digest.update(chunk);
    yield chunk;
    parts = [];
    held = 0;
  }
  const rest = Buffer.concat(parts, held);
  digest.update(rest);
  yield Buffer.concat([rest, digest.digest()]);
}

/** Type and size of an entry: 4 bits of the size beside the type, then 7 a byte, the lowest first. */
function entryHead(type: number, size: number): Buffer {
  const bytes: number[] = [(type << 4) | (size & 0x0f)];
  for (let left = Math.floor(size / 16); left > 0; left = Math.floor(left / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(left & 0x7f);
  }
  return Buffer.from(bytes);
}
