/** Gathers bytes of unknown length in one place. */
export interface GrowingBuffer {
  /** False, and nothing is taken, when the cap would be passed. */
  add(chunk: Uint8Array): boolean;
  /** Everything so far; nothing is added afterwards. */
  bytes(): Buffer;
}

// Up to here a list of chunks and one copy are cheaper than reserving address space.
const SMALL = 4 * 1024 * 1024;
const STEP = 4 * 1024 * 1024;

/**
 * Small bodies are a list of chunks, joined once. Larger ones move into one resizable buffer that grows in place, so
 * that 100 MB are held once and not twice.
 */
export function createGrowingBuffer(maxBytes: number): GrowingBuffer {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let large: ArrayBuffer | undefined;
  return {
    add(chunk) {
      const needed = size + chunk.length;
      if (needed > maxBytes) return false;
      if (large === undefined && needed > SMALL) large = join(chunks.splice(0), maxBytes);
      if (large === undefined) {
        chunks.push(chunk);
      } else {
        if (needed > large.byteLength) large.resize(Math.min(maxBytes, needed + STEP));
        new Uint8Array(large, size, chunk.length).set(chunk);
      }
      size = needed;
      return true;
    },
    bytes() {
      large?.resize(size);
      return large ? Buffer.from(large, 0, size) : Buffer.concat(chunks, size);
    },
  };
}

function join(chunks: readonly Uint8Array[], maxBytes: number): ArrayBuffer {
  const joined = Buffer.concat(chunks);
  const memory = new ArrayBuffer(joined.length, { maxByteLength: maxBytes });
  new Uint8Array(memory).set(joined);
  return memory;
}
