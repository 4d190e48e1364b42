import { crc32, deflateRawSync } from 'node:zlib';

/** The DOS date of 1980-01-01: the same code is the same archive, and Lambda sees that nothing changed. */
const DATE = 0x21;
/** Zip 2.0 and DEFLATE. */
const VERSION = 20;
const DEFLATE = 8;
/** Made on Unix, and there a file that all may read. */
const MADE_BY = (3 << 8) | VERSION;
const MODE = (0o100644 << 16) >>> 0;

/** A zip archive of `files`, by name; the same for the same content. */
export function zipOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const { local, entry } = entryOf(name, content, offset);
    parts.push(local);
    directory.push(entry);
    offset += local.byteLength;
  }
  const index = Buffer.concat(directory);
  const counts = fields(
    [2, 0],
    [2, 0],
    [2, files.size],
    [2, files.size],
    [4, index.byteLength],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...parts, index, fields([4, 0x06054b50]), counts]);
}

function entryOf(name: string, content: Uint8Array, offset: number): { local: Buffer; entry: Buffer } {
  const path = Buffer.from(name);
  const packed = deflateRawSync(content, { level: 9 });
  const sizes = [crc32(content), packed.byteLength, content.byteLength];
  const local = Buffer.concat([
    fields([4, 0x04034b50], [2, VERSION], [2, 0], [2, DEFLATE], [2, 0], [2, DATE]),
    fields(...sizes.map((size) => [4, size] as const), [2, path.byteLength], [2, 0]),
    path,
    packed,
  ]);
  const entry = Buffer.concat([
    fields([4, 0x02014b50], [2, MADE_BY], [2, VERSION], [2, 0], [2, DEFLATE], [2, 0], [2, DATE]),
    fields(...sizes.map((size) => [4, size] as const), [2, path.byteLength], [2, 0], [2, 0], [2, 0], [2, 0]),
    fields([4, MODE], [4, offset]),
    path,
  ]);
  return { local, entry };
}

function fields(...values: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}
