import { Fault } from '../../../shared/core/failures.ts';

/** The special packets: end of a message, and the separator inside a v2 message. */
export const FLUSH = Buffer.from('0000');
export const DELIMITER = Buffer.from('0001');

export type Packet =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'flush' | 'delimiter' | 'end' };

/** Bytes of a packet with its length, and of what a side band carries in one; both set by the protocol. */
const MAX_PACKET = 65520;
export const MAX_BAND = MAX_PACKET - 5;
/** Of `side-band` without `-64k`. */
export const MAX_SMALL_BAND = 995;

/** Side bands: the pack, and the message before a broken end. */
export const BAND = { data: 1, fatal: 3 } as const;

/** One packet: four hex digits of its whole length, then `text`. */
export function packet(text: string): Buffer {
  const size = Buffer.byteLength(text) + 4;
  if (size > MAX_PACKET) throw new Fault('too-large', 'a line is longer than a packet', { size });
  return Buffer.from(size.toString(16).padStart(4, '0') + text);
}

/** What a client shows as `remote error`. */
export function errorPacket(message: string): Buffer {
  return packet(`ERR ${message.slice(0, MAX_SMALL_BAND)}\n`);
}

/** Bytes on a side band, in packets of at most `max` bytes. */
export function* band(channel: number, bytes: Buffer, max: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += max) {
    const part = bytes.subarray(at, at + max);
    const head = Buffer.from(`${(part.length + 5).toString(16).padStart(4, '0')}\0`, 'latin1');
    head[4] = channel;
    yield head;
    yield part;
  }
}

/** Reads a request's packets; faults with `malformed` on a broken length or a cut packet. */
export function* packetsOf(body: Buffer): Generator<Packet> {
  for (let at = 0; at < body.length; ) {
    const digits = body.toString('latin1', at, at + 4);
    const length = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 3;
    if (length === 3) throw brokenRequest('the request is not made of packet lines');
    if (length < 4) {
      at += 4;
      yield { kind: length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end' };
      continue;
    }
    if (at + length > body.length || length > MAX_PACKET)
      throw brokenRequest('a packet line of the request is cut short');
    const end = body[at + length - 1] === 0x0a && length > 4 ? at + length - 1 : at + length;
    yield { kind: 'line', text: body.toString('utf8', at + 4, end) };
    at += length;
  }
}

/** A fault that is answered with an HTTP status, as the client does not speak the protocol. */
export function brokenRequest(message: string): Fault {
  return new Fault('malformed', message, { status: 400 });
}
