/**
 * Go strings are bytes; here such a string has one character (0 to 255) a byte, so that lengths, offsets and half
 * runes come out as upstream's do.
 */
export type Bytes = string;

/** One decoded character. */
export interface Rune {
  /** U+FFFD where the bytes are no UTF-8, as in Go. */
  readonly code: number;
  /** In bytes. */
  readonly width: number;
}

const INVALID: Rune = { code: 0xfffd, width: 1 };
const LOWEST = [0, 0x80, 0x800, 0x10000];

/** The UTF-8 bytes of a text. */
export function toBytes(text: string): Bytes {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of UTF-8 bytes; what is no UTF-8 becomes U+FFFD. */
export function fromBytes(bytes: Bytes): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The rune that starts at byte `at`, which must be inside `bytes`. */
export function runeAt(bytes: Bytes, at: number): Rune {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, width: 1 };
  const extra = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || at + extra >= bytes.length) return INVALID;
  let code = first & (0x3f >> extra);
  for (let i = 1; i <= extra; i += 1) {
    const next = bytes.charCodeAt(at + i);
    if ((next & 0xc0) !== 0x80) return INVALID;
    code = (code << 6) | (next & 0x3f);
  }
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < (LOWEST[extra] as number) || code > 0x10ffff || surrogate
    ? INVALID
    : { code, width: extra + 1 };
}

/** All runes, invalid bytes as U+FFFD each. */
export function runesOf(bytes: Bytes): readonly number[] {
  const runes: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { code, width } = runeAt(bytes, at);
    runes.push(code);
    at += width;
  }
  return runes;
}

/** The bytes of runes. */
export function encodeRunes(runes: readonly number[]): Bytes {
  return toBytes(runes.map((code) => String.fromCodePoint(code)).join(''));
}

/** Go maps rune by rune, so that a mapping to several characters (`ß` to `SS`) is no mapping. */
export function mapCase(code: number, to: 'upper' | 'lower'): number {
  // The one lower case that Unicode's simple mapping has and JavaScript spells with two code points.
  if (to === 'lower' && code === 0x130) return 0x69;
  const character = String.fromCodePoint(code);
  const mapped = to === 'upper' ? character.toUpperCase() : character.toLowerCase();
  const first = mapped.codePointAt(0) as number;
  return mapped.length === String.fromCodePoint(first).length ? first : code;
}
