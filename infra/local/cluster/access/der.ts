/** One value in DER: its tag, its length, its content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** OBJECT IDENTIFIER, of its content in hex. */
export function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** OCTET STRING. */
export function octets(content: Uint8Array): Buffer {
  return der(0x04, content);
}

/** BIT STRING, its last `unused` bits left out. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content);
}

/** A positive INTEGER of these bytes, most significant first. */
export function integer(content: Uint8Array): Buffer {
  const positive = (content[0] ?? 0) < 0x80 ? content : Buffer.concat([Buffer.from([0]), content]);
  return der(0x02, positive);
}

/** UTF8String. */
export function text(value: string): Buffer {
  return der(0x0c, Buffer.from(value));
}

/** A time to the second as RFC 5280 wants it: UTCTime until 2049, GeneralizedTime after. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '');
  return date.getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
}

/** The values inside a SEQUENCE, each with its tag and length; RangeError when it is cut off. */
export function partsOf(value: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let at = headerOf(value, 0).content;
  while (at < value.length) {
    const { end } = headerOf(value, at);
    parts.push(value.subarray(at, end));
    at = end;
  }
  return parts;
}

function headerOf(value: Buffer, at: number): { readonly content: number; readonly end: number } {
  const first = value.readUInt8(at + 1);
  const extra = first < 0x80 ? 0 : first & 0x7f;
  const size = extra === 0 ? first : value.readUIntBE(at + 2, extra);
  const content = at + 2 + extra;
  if (content + size > value.length) throw new RangeError('DER is cut off');
  return { content, end: content + size };
}
