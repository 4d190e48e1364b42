import { Fault } from '../../core/failures.ts';
import type { Directory } from '../directory.ts';

const MODULUS = 65_521;
// The most bytes after which neither sum can have passed 2^53; zlib's own bound of 5552 is for 32 bits.
const RUN = 4096;

/** Adler-32 as RFC 1950 has it. */
export function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let from = 0; from < bytes.length; from += RUN) {
    const to = Math.min(from + RUN, bytes.length);
    for (let at = from; at < to; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return high * 65_536 + low;
}

/** Files are shared by the artifacts of a generator. */
const known = new WeakMap<Uint8Array, number>();

function sumOf(data: Uint8Array): number {
  const before = known.get(data);
  if (before !== undefined) return before;
  const sum = adler32(data);
  known.set(data, sum);
  return sum;
}

/**
 * What upstream names an artifact's file by: Adler-32, in decimal, over a line for each file, ordered by bytes, of its own
 * Adler-32 and its path below the artifact's name (AG-06). Fault `invalid` for a newline in a name.
 */
export function contentsHash(root: Directory, name: string): string {
  const files: [string, Buffer][] = [];
  collect(root, name, files);
  files.sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = files.map(([path, data]) => `${sumOf(data).toString(16)}  ${path}\n`);
  return String(adler32(Buffer.from(lines.join(''), 'latin1')));
}

function collect({ children }: Directory, path: string, into: [string, Buffer][]): void {
  for (const [name, child] of children) {
    const below = `${path}/${name}`;
    if (child.kind === 'directory') collect(child, below, into);
    else if (name.includes('\n')) throw newline();
    else into.push([below, child.data]);
  }
}

function newline(): Fault {
  return new Fault('invalid', 'failed to hash staging dir: filenames with newlines are not supported');
}
