import { Fault } from '../core/failures.ts';

/** A delta's two declared sizes and where its instructions begin. */
export interface DeltaHeader {
  readonly baseSize: number;
  readonly resultSize: number;
  readonly start: number;
}

/** Reads the sizes of a Git delta; faults with `malformed`. */
export function readDeltaHeader(delta: Buffer): DeltaHeader {
  const base = readSize(delta, 0);
  const result = readSize(delta, base.next);
  return { baseSize: base.size, resultSize: result.size, start: result.next };
}

/** The object that `delta` makes of `base`; faults with `malformed` whenever an instruction leaves its bounds. */
export function applyDelta(
  base: Buffer,
  delta: Buffer,
  { baseSize, resultSize, start }: DeltaHeader,
): Buffer {
  if (base.length !== baseSize) throw malformed('its base has another size');
  const result = Buffer.allocUnsafe(resultSize);
  let at = start;
  let written = 0;
  while (at < delta.length) {
    const instruction = delta[at++] as number;
    let length: number;
    if (instruction & 0x80) {
      const copy = readCopy(delta, at, instruction);
      at = copy.next;
      length = copy.length;
      if (copy.from + length > base.length || written + length > resultSize)
        throw malformed('copies too much');
      base.copy(result, written, copy.from, copy.from + length);
    } else {
      length = instruction;
      if (length === 0) throw malformed('unknown instruction');
      if (at + length > delta.length || written + length > resultSize) throw malformed('inserts too much');
      delta.copy(result, written, at, at + length);
      at += length;
    }
    written += length;
  }
  if (written !== resultSize) throw malformed('the result has another size');
  return result;
}

// A copy of size 0 means 0x10000, by the pack format.
const WHOLE_COPY = 0x10000;

function readCopy(
  delta: Buffer,
  start: number,
  flags: number,
): { from: number; length: number; next: number } {
  let at = start;
  let from = 0;
  let length = 0;
  for (let bit = 0; bit < 4; bit++) if (flags & (1 << bit)) from += byteAt(delta, at++) * 2 ** (8 * bit);
  for (let bit = 0; bit < 3; bit++) if (flags & (0x10 << bit)) length |= byteAt(delta, at++) << (8 * bit);
  return { from, length: length === 0 ? WHOLE_COPY : length, next: at };
}

function readSize(delta: Buffer, start: number): { size: number; next: number } {
  let at = start;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = byteAt(delta, at++);
    size += (byte & 0x7f) * 2 ** shift;
    if (shift > 42) throw malformed('a size is out of range');
    if (byte < 0x80) return { size, next: at };
  }
}

function byteAt(delta: Buffer, at: number): number {
  const byte = delta[at];
  if (byte === undefined) throw malformed('it is cut short');
  return byte;
}

function malformed(why: string): Fault {
  return new Fault('malformed', `broken delta in the pack: ${why}`, {});
}
