/** One element of DER. */
export interface Der {
  readonly tag: number;
  readonly value: Buffer;
  /** With tag and length. */
  readonly bytes: Buffer;
}

/** Where an element's content is within other bytes. */
export interface Extent {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Ours: elements side by side that become objects; what is signed has tens of them, and 32 MiB of empty ones would take some 7 GB. */
const MAX_ELEMENTS = 1000;
/** Ours: bytes of a number; RFC 5280 allows 20 for those of certificates and lists. */
const MAX_INTEGER_BYTES = 64;

/** The tag `[number]` of a context, for what holds other elements. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** The element that begins at `at` and ends before `end`. Throws an Error. */
export function extentAt(bytes: Buffer, at: number, end: number): Extent {
  if (at + 2 > end) throw new Error('an element is cut off');
  const tag = bytes.readUInt8(at);
  if ((tag & 0x1f) === 0x1f) throw new Error('a tag of several bytes is not expected');
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new Error('a length is not in DER');
  if (at + 2 + lengthBytes > end) throw new Error('an element is cut off');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  if (lengthBytes > 0 && (length < 0x80 || length < 2 ** (8 * (lengthBytes - 1))))
    throw new Error('a length is not in DER');
  const from = at + 2 + lengthBytes;
  if (from + length > end) throw new Error('a length is out of range');
  return { tag, from, to: from + length };
}

/** What stands side by side, 1000 elements at most. Throws an Error, also when a length leaves the bytes. */
export function readAll(bytes: Buffer): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (found.length >= MAX_ELEMENTS) throw new Error(`more than ${MAX_ELEMENTS} elements are side by side`);
    const { tag, from, to } = extentAt(bytes, at, bytes.length);
    found.push({ tag, value: bytes.subarray(from, to), bytes: bytes.subarray(at, to) });
    at = to;
  }
  return found;
}

/** The one element that the bytes are. Throws an Error when it is another, or more follows. */
export function readOne(bytes: Buffer, tag: number): Der {
  const [element, ...rest] = readAll(bytes);
  if (rest.length > 0) throw new Error('something follows the end');
  return needed(element, tag);
}

/** The elements within one. Throws an Error when it is another. */
export function within(element: Der | undefined, tag: number = TAG.sequence): readonly Der[] {
  return readAll(needed(element, tag).value);
}

/** An element that has to be there. Throws an Error. */
export function needed(element: Der | undefined, tag: number): Der {
  if (element?.tag === tag) return element;
  throw new Error(`an element with tag ${tag} is missing`);
}

/** An object identifier, in hex as it is encoded. Throws an Error. */
export function oidOf(element: Der | undefined): string {
  return needed(element, TAG.oid).value.toString('hex');
}

/** An integer that is not negative. Throws an Error. */
export function integerOf(element: Der | undefined): bigint {
  const { value } = needed(element, TAG.integer);
  return unsigned(value);
}

/** The bytes of an integer that is not negative, as a number. Throws an Error. */
export function unsigned(value: Buffer): bigint {
  if (value.length === 0 || value.length > MAX_INTEGER_BYTES || (value[0] as number) >= 0x80)
    throw new Error('an integer is out of range');
  return BigInt(`0x${value.toString('hex')}`);
}

/** The bytes of a bit string of whole bytes. Throws an Error. */
export function bitsOf(element: Der | undefined): Buffer {
  const { value } = needed(element, TAG.bitString);
  if (value[0] !== 0) throw new Error('a bit string is not of whole bytes');
  return value.subarray(1);
}

/** An object identifier in dots, in hex as it is encoded. */
export function oid(dots: string): string {
  const [first = 0, second = 0, ...rest] = dots.split('.').map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(base128)]).toString('hex');
}

/** An element around others. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value]);
}

function base128(number: number): readonly number[] {
  const low = [number & 0x7f];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
    low.unshift((rest & 0x7f) | 0x80);
  return low;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
