import { Fault } from '../../core/failures.ts';

/** The special packets: end of a message, and the separator inside a v2 message. */
export const FLUSH = '0000';
export const DELIMITER = '0001';

export type Packet =
  | { readonly kind: 'data'; readonly from: number; readonly to: number }
  | { readonly kind: 'flush' | 'delimiter' | 'end' };

/** One packet: four hex digits of its whole length, then `text`. */
export function packetLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/** Walks packets in place, without copies; faults with `malformed` on a broken length or a cut packet. */
export function createPacketReader(
  body: Buffer,
  start = 0,
): { next(): Packet | undefined; offset(): number } {
  let offset = start;
  return {
    next() {
      if (offset >= body.length) return undefined;
      const length = hexLength(body, offset);
      if (length < 4) {
        offset += 4;
        return { kind: length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end' };
      }
      const from = offset + 4;
      const to = offset + length;
      if (to > body.length) throw new Fault('malformed', 'the Git server cut its answer short', {});
      offset = to;
      return { kind: 'data', from, to };
    },
    offset: () => offset,
  };
}

/** The packet's text without its trailing newline. */
export function textOf(body: Buffer, packet: { readonly from: number; readonly to: number }): string {
  const end = body[packet.to - 1] === 0x0a ? packet.to - 1 : packet.to;
  return body.toString('utf8', packet.from, end);
}

function hexLength(body: Buffer, offset: number): number {
  const text = body.toString('latin1', offset, offset + 4);
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : 3;
  if (length === 3)
    throw new Fault('malformed', 'the Git server answered something that is not packet lines', {});
  return length;
}
