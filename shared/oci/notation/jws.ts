import { isRecord } from '../descriptor.ts';
import { readChain } from './chain.ts';
import type { Envelope } from './envelope.ts';
import { criticalAttributes, HEADER, TIME_STAMP } from './headers.ts';

type Json = Readonly<Record<string, unknown>>;

const KNOWN: readonly string[] = ['alg', 'cty', 'crit', ...Object.values(HEADER)];

/** A JWS in its JSON form with one signature. Throws an Error. */
export function readJws(bytes: Uint8Array): Envelope {
  const { payload, protected: head, header, signature } = parse(bytes);
  if (typeof payload !== 'string' || typeof head !== 'string' || typeof signature !== 'string')
    throw new Error('jws envelope is incomplete');
  const attributes = parse(fromBase64Url(head));
  const { alg, cty, crit } = attributes;
  const known = readHeaders(attributes);
  return {
    ...known,
    contentType: typeof cty === 'string' ? cty : '',
    payload: fromBase64Url(payload),
    chain: readChain(certificatesOf(header)),
    signedBytes: Buffer.from(`${head}.${payload}`),
    signature: fromBase64Url(signature),
    timeStamp: stampOf(header),
    algorithm: typeof alg === 'string' ? alg : '',
    unknownCritical: criticalAttributes(
      Array.isArray(crit) ? crit : [],
      Object.keys(attributes),
      KNOWN,
      known,
    ),
  };
}

function readHeaders(attributes: Json): Pick<Envelope, 'scheme' | 'signingTime' | 'expiry'> {
  const scheme = attributes[HEADER.scheme];
  const [wanted, other] =
    scheme === 'notary.x509'
      ? [HEADER.signingTime, HEADER.authenticTime]
      : [HEADER.authenticTime, HEADER.signingTime];
  if (attributes[other] !== undefined)
    throw new Error(`"${other}" header must not be present for signing scheme "${String(scheme)}"`);
  return {
    scheme: typeof scheme === 'string' ? scheme : '',
    signingTime: timeOf(attributes[wanted]),
    expiry: timeOf(attributes[HEADER.expiry]),
  };
}

function timeOf(value: unknown): Date | undefined {
  if (value === undefined || value === null) return undefined;
  const time = new Date(typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? value : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new Error('jws envelope has a time that is none');
  return time;
}

function certificatesOf(header: unknown): readonly Uint8Array[] {
  const chain = isRecord(header) && Array.isArray(header.x5c) ? header.x5c : [];
  return chain.map((text) => Buffer.from(String(text), 'base64'));
}

function stampOf(header: unknown): Buffer | undefined {
  const stamp = isRecord(header) ? header[TIME_STAMP] : undefined;
  return typeof stamp === 'string' ? Buffer.from(stamp, 'base64') : undefined;
}

function fromBase64Url(text: string): Buffer {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error('jws envelope is not in base64url');
  return Buffer.from(text, 'base64url');
}

function parse(bytes: Uint8Array): Json {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isRecord(value)) return value;
  } catch {
    // told below
  }
  throw new Error('jws envelope is not a JSON object');
}
