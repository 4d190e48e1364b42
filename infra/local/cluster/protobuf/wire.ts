/** One field as it is on the wire. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly type: 'bytes'; readonly value: Buffer };

/** A body that is no protobuf. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

// Tags' last three bits.
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The fields of a message in their order; what has a fixed width, which no Kubernetes type uses, is left out. Throws WireError. */
export function* wireFields(message: Buffer): Iterable<WireField> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('proto: integer overflow');
  }

  function take(length: number): Buffer {
    const value = message.subarray(at, at + length);
    if (value.length < length) throw new WireError('unexpected EOF');
    at += length;
    return value;
  }

  while (at < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    if (number === 0) throw new WireError('proto: illegal tag 0');
    switch (tag % 8) {
      case VARINT:
        yield { number, type: 'varint', value: varint() };
        break;
      case BYTES:
        yield { number, type: 'bytes', value: take(Number(varint())) };
        break;
      case FIXED64:
        take(8);
        break;
      case FIXED32:
        take(4);
        break;
      default:
        throw new WireError(`proto: illegal wireType ${tag % 8}`);
    }
  }
}
