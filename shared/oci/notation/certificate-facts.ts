import type { X509Certificate } from 'node:crypto';

/** What Node does not tell of a certificate. */
export interface CertificateFacts {
  /** The first byte of the key usage's bits, undefined without the extension. */
  readonly keyUsage: { readonly bits: number; readonly isCritical: boolean } | undefined;
  /** How many authorities may stand below this one. */
  readonly pathLength: number | undefined;
  /** Whether it says where its revocation can be looked up. */
  readonly isRevocable: boolean;
}

interface Der {
  readonly tag: number;
  readonly value: Buffer;
}

const SEQUENCE = 0x30;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
/** The context-specific tag of a certificate's extensions. */
const EXTENSIONS = 0xa3;
/** Object identifiers as they are encoded, in hex. */
const OID = {
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  crlDistributionPoints: '551d1f',
  authorityInfoAccess: '2b06010505070101',
} as const;
/** Within the information about an authority: where OCSP is. */
const OCSP = Buffer.from('2b06010505073001', 'hex');

/** Undefined when its encoding is broken. */
export function factsOf({ raw }: X509Certificate): CertificateFacts | undefined {
  try {
    const [certificate] = read(raw);
    const [tbs] = read((certificate as Der).value);
    const holder = read((tbs as Der).value).find(({ tag }) => tag === EXTENSIONS);
    const [list] = holder === undefined ? [] : read(holder.value);
    const extensions = new Map(list === undefined ? [] : read(list.value).map(extensionOf));
    const usage = extensions.get(OID.keyUsage);
    const access = extensions.get(OID.authorityInfoAccess);
    return {
      keyUsage: usage && { bits: bitsOf(usage.value), isCritical: usage.isCritical },
      pathLength: pathLengthOf(extensions.get(OID.basicConstraints)?.value),
      isRevocable: extensions.has(OID.crlDistributionPoints) || (access?.value.includes(OCSP) ?? false),
    };
  } catch {
    return undefined;
  }
}

function extensionOf({
  value,
}: Der): readonly [string, { readonly isCritical: boolean; readonly value: Buffer }] {
  const [oid, ...rest] = read(value);
  const [flag] = rest;
  const isCritical = flag?.tag === BOOLEAN && flag.value[0] !== 0;
  const content = rest.at(-1);
  if (oid === undefined || content === undefined) throw new Error('broken extension');
  return [oid.value.toString('hex'), { isCritical, value: content.value }];
}

function bitsOf(value: Buffer): number {
  const [bits] = read(value);
  if (bits?.tag !== BIT_STRING) throw new Error('no bits');
  // A second byte has "Decipher Only" alone, which no signature's key has.
  return (bits.value[1] ?? 0) | (bits.value.length > 2 ? 0x100 : 0);
}

function pathLengthOf(value: Buffer | undefined): number | undefined {
  const [constraints] = value === undefined ? [] : read(value);
  if (constraints?.tag !== SEQUENCE) return undefined;
  const length = read(constraints.value).find(({ tag }) => tag === INTEGER);
  return length?.value.readUIntBE(0, Math.min(length.value.length, 6));
}

/** What stands side by side in DER. Throws an Error when a length leaves the bytes. */
function read(bytes: Buffer): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const from = at + 2 + lengthBytes;
    if (from + length > bytes.length) throw new Error('a length is out of range');
    found.push({ tag, value: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return found;
}
