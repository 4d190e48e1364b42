import { Fault } from '../../../core/failures.ts';

/** Follows packets chunk by chunk; the offset behind the flush packet once it has come. Faults with `malformed`. */
export function createFlushFinder(): (chunk: Buffer) => number | undefined {
  let header = '';
  let left = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const step = Math.min(left, chunk.length - at);
        at += step;
        left -= step;
        continue;
      }
      const more = chunk.toString('latin1', at, at + 4 - header.length);
      header += more;
      at += more.length;
      if (header.length < 4) return undefined;
      const length = lengthOf(header);
      header = '';
      if (length === 0) return at;
      left = Math.max(0, length - 4);
    }
    return undefined;
  };
}

function lengthOf(header: string): number {
  if (/^[0-9a-fA-F]{4}$/.test(header)) return Number.parseInt(header, 16);
  throw new Fault('malformed', 'the Git server answered something that is not packet lines', {});
}
