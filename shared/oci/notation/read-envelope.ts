import { constants, type KeyObject, verify, type X509Certificate } from 'node:crypto';
import { algorithmOf, chainProblem, type KeyAlgorithm } from './chain.ts';
import { readCose } from './cose.ts';
import { type Envelope, SCHEMES } from './envelope.ts';
import { readJws } from './jws.ts';

const READERS: Readonly<Record<string, ((bytes: Uint8Array) => Envelope | Promise<Envelope>) | undefined>> = {
  'application/jose+json': readJws,
  'application/cose': readCose,
};
const PAYLOAD = 'application/vnd.cncf.notary.payload.v1+json';

/** Reads an envelope and holds it against its own certificate: its integrity. Throws an Error that says what is wrong with it. */
export async function readEnvelope(mediaType: string, bytes: Uint8Array): Promise<Envelope> {
  const read = Object.hasOwn(READERS, mediaType) ? READERS[mediaType] : undefined;
  if (read === undefined) throw new Error(`signature envelope of media type "${mediaType}" is not supported`);
  const envelope = await read(bytes);
  const problem = integrityProblem(envelope);
  if (problem !== undefined) throw new Error(problem);
  return envelope;
}

function integrityProblem(envelope: Envelope): string | undefined {
  const { chain, signingTime, expiry, scheme, unknownCritical } = envelope;
  const algorithm = chain[0] && algorithmOf(chain[0]);
  if (algorithm === undefined) return 'the key of the signing certificate is not supported';
  if (envelope.algorithm !== algorithm.jws && envelope.algorithm !== algorithm.cose)
    return `signature algorithm ${envelope.algorithm} is not that of the signing certificate, ${algorithm.jws}`;
  if (!isIntact(envelope, (chain[0] as X509Certificate).publicKey, algorithm)) return 'signature is invalid';
  if (envelope.contentType !== PAYLOAD)
    return `payload content type "${envelope.contentType}" is not supported`;
  if (envelope.payload.length === 0) return 'content not present';
  if (scheme !== SCHEMES.x509 && scheme !== SCHEMES.authority)
    return `unsupported signing scheme "${scheme}"`;
  if (signingTime === undefined) return 'signing-time not present';
  if (expiry !== undefined && expiry <= signingTime)
    return 'expiry cannot be equal or before the signing time';
  // Plugins alone could understand these, and there are none.
  if (unknownCritical.length > 0)
    return `critical attributes are not understood: ${unknownCritical.join(', ')}`;
  const problem = chainProblem(chain);
  return problem && `certificate-chain is invalid, ${problem}`;
}

function isIntact(
  { signedBytes, signature }: Envelope,
  key: KeyObject,
  { hash, isRsa }: KeyAlgorithm,
): boolean {
  const how = isRsa
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { dsaEncoding: 'ieee-p1363' as const };
  try {
    return verify(hash, signedBytes, { key, ...how }, signature);
  } catch {
    return false;
  }
}
