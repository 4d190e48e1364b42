import { readChain } from './chain.ts';
import type { Envelope } from './envelope.ts';
import { criticalAttributes, HEADER, TIME_STAMP } from './headers.ts';

type Headers = ReadonlyMap<unknown, unknown>;

/** Labels of COSE's own headers. */
const LABEL = { algorithm: 1, critical: 2, contentType: 3, x5chain: 33 } as const;
const SIGN1 = 18;
const EPOCH = 1;
const KNOWN: readonly unknown[] = [
  LABEL.algorithm,
  LABEL.critical,
  LABEL.contentType,
  ...Object.values(HEADER),
];

/** A value with CBOR's own word of what it is. */
interface Tagged {
  readonly tag: number;
  readonly value: unknown;
}

/** A tagged COSE_Sign1. Throws an Error. */
export async function readCose(bytes: Uint8Array): Promise<Envelope> {
  const message = await decode(bytes);
  const parts = isTagged(message, SIGN1) && Array.isArray(message.value) ? message.value : [];
  const [head, open, payload, signature] = parts as readonly unknown[];
  if (
    parts.length !== 4 ||
    !isBytes(head) ||
    !(open instanceof Map) ||
    !isBytes(payload) ||
    !isBytes(signature)
  )
    throw new Error('cose envelope is not a COSE_Sign1');
  const signed = await decode(head);
  if (!(signed instanceof Map)) throw new Error('cose envelope has no protected headers');
  const known = readHeaders(signed);
  const critical = signed.get(LABEL.critical);
  return {
    ...known,
    contentType: textOf(signed, LABEL.contentType),
    payload,
    chain: readChain(certificatesOf(open)),
    signedBytes: signatureStructure(head, payload),
    signature,
    timeStamp: stampOf(open),
    algorithm: Number(signed.get(LABEL.algorithm)),
    unknownCritical: criticalAttributes(
      Array.isArray(critical) ? critical : [],
      [...signed.keys()],
      KNOWN,
      known,
    ),
  };
}

function readHeaders(signed: Headers): Pick<Envelope, 'scheme' | 'signingTime' | 'expiry'> {
  const scheme = textOf(signed, HEADER.scheme);
  const time = scheme === 'notary.x509' ? HEADER.signingTime : HEADER.authenticTime;
  return { scheme, signingTime: timeOf(signed, time), expiry: timeOf(signed, HEADER.expiry) };
}

function timeOf(signed: Headers, name: string): Date | undefined {
  const value = signed.get(name);
  if (value === undefined) return undefined;
  const time = new Date(isTagged(value, EPOCH) ? Number(value.value) * 1000 : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new Error(`cose envelope has a "${name}" that is no time`);
}

function textOf(signed: Headers, name: unknown): string {
  const value = signed.get(name);
  return typeof value === 'string' ? value : '';
}

function certificatesOf(open: Headers): readonly Uint8Array[] {
  const chain = open.get(LABEL.x5chain);
  if (isBytes(chain)) return [chain];
  return Array.isArray(chain) ? chain.filter(isBytes) : [];
}

function stampOf(open: Headers): Uint8Array | undefined {
  const stamp = open.get(TIME_STAMP);
  return isBytes(stamp) ? stamp : undefined;
}

/** `["Signature1", protected, external (none), payload]`, RFC 9052 section 4.4. */
function signatureStructure(head: Uint8Array, payload: Uint8Array): Buffer {
  const name = Buffer.from('Signature1');
  return Buffer.concat([
    Buffer.from([0x84, 0x60 | name.length]),
    name,
    byteString(head),
    byteString(new Uint8Array()),
    byteString(payload),
  ]);
}

function byteString(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const size = Buffer.alloc(5);
  size.writeUInt32BE(length, 1);
  if (length < 24) return Buffer.concat([Buffer.from([0x40 | length]), bytes]);
  if (length < 0x100) return Buffer.concat([Buffer.from([0x58, length]), bytes]);
  if (length < 0x10000) return Buffer.concat([Buffer.from([0x59]), size.subarray(3), bytes]);
  size[0] = 0x5a;
  return Buffer.concat([size, bytes]);
}

async function decode(bytes: Uint8Array): Promise<unknown> {
  const cbor = await import('cborg');
  return cbor.decode(bytes, {
    useMaps: true,
    rejectDuplicateMapKeys: true,
    allowIndefinite: false,
    tags: cbor.Tagged.preserve(EPOCH, SIGN1),
  });
}

function isTagged(value: unknown, tag: number): value is Tagged {
  return (
    typeof value === 'object' && value !== null && 'tag' in value && value.tag === tag && 'value' in value
  );
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
