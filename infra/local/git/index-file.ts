import { hash } from 'node:crypto';
import type { ScannedFile } from './folder-scan.ts';

const HEADER_BYTES = 12;
/** Stats, id and flags before the path. */
const FIXED_BYTES = 62;
const MAX_NAME_LENGTH = 0xfff;

/** The bytes of `.git/index`, version 2, for what a folder holds: with it `git status` finds nothing to tell. */
export function indexBytes(files: ReadonlyMap<string, ScannedFile>): Buffer {
  const paths = [...files.keys()].sort((a, b) => (a < b ? -1 : 1));
  const header = Buffer.from('DIRC\0\0\0\x02\0\0\0\0', 'latin1').subarray(0, HEADER_BYTES);
  header.writeUInt32BE(paths.length, 8);
  const body = Buffer.concat([header, ...paths.map((path) => entryOf(path, files.get(path) as ScannedFile))]);
  return Buffer.concat([body, hash('sha1', body, 'buffer')]);
}

/** Without stats an entry is looked at by the next `git status`. */
function entryOf(path: string, { mode, id, stats }: ScannedFile): Buffer {
  // at least one NUL, up to a multiple of eight
  const entry = Buffer.alloc((Math.floor((FIXED_BYTES + path.length) / 8) + 1) * 8);
  const whole = (milliseconds = 0): readonly [number, number] => [
    Math.floor(milliseconds / 1000),
    Math.floor((milliseconds % 1000) * 1e6),
  ];
  const fields = [
    ...[...whole(stats?.ctimeMs), ...whole(stats?.mtimeMs), stats?.dev ?? 0, stats?.ino ?? 0],
    ...[Number.parseInt(mode, 8), stats?.uid ?? 0, stats?.gid ?? 0, stats?.size ?? 0],
  ];
  // Git compares the lowest 32 bits
  for (const [index, field] of fields.entries())
    entry.writeUInt32BE(Number(BigInt.asUintN(32, BigInt(field))), index * 4);
  entry.write(id, 40, 'hex');
  entry.writeUInt16BE(Math.min(path.length, MAX_NAME_LENGTH), 60);
  entry.write(path, FIXED_BYTES, 'latin1');
  return entry;
}
