import type { X509Certificate } from 'node:crypto';
import { needed, oid, oidOf, TAG, within } from '../asn1/der.ts';
import { HASHES, isSignedBy } from '../asn1/signatures.ts';
import { timeOf } from '../asn1/times.ts';
import { factsOf } from '../certificate-facts.ts';
import { named } from '../chain.ts';
import { stampChain } from './chain.ts';
import { digestOf, type Signer, STAMP, type Token } from './token.ts';

const ATTRIBUTE = {
  contentType: oid('1.2.840.113549.1.9.3'),
  messageDigest: oid('1.2.840.113549.1.9.4'),
  signingTime: oid('1.2.840.113549.1.9.5'),
  /** Which certificate it was: the second form, the first is of SHA-1. */
  signingCertificate: oid('1.2.840.113549.1.9.16.2.47'),
} as const;
const SHA256 = 'sha256';
const DIRECTORY_NAME = 0xa4;

/** The chain, leaf first, of the first who has signed a stamp and is trusted for it. Throws an Error when there is none. */
export function signerChain(token: Token, trusted: readonly X509Certificate[]): readonly X509Certificate[] {
  let problem = new Error('nobody has signed it');
  for (const signer of token.signers) {
    try {
      const certificate = certificateOf(signer, token);
      const chain = stampChain(certificate, token, trusted);
      refuseForged(signer, certificate, token);
      refuseOtherTime(signer, chain);
      return chain;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      problem = error;
    }
  }
  throw problem;
}

/** The one that the signed attributes name by its digest. */
function certificateOf(signer: Signer, { certificates }: Token): X509Certificate {
  const attribute = signer.byId.get(ATTRIBUTE.signingCertificate);
  if (attribute === undefined) throw new Error('it does not say which certificate has signed it');
  const [first] = within(within(attribute)[0]);
  const parts = within(first);
  const [algorithm] = parts[0]?.tag === TAG.sequence ? within(parts[0]) : [];
  const [digest, place] = algorithm === undefined ? parts : parts.slice(1);
  const hash = algorithm === undefined ? SHA256 : HASHES[oidOf(algorithm)];
  const { issuer, serial } = place === undefined ? signer : placeOf(place);
  const found = certificates.find((one) => {
    const facts = factsOf(one);
    return facts?.issuer.equals(issuer) && facts.serial.equals(serial);
  });
  if (found === undefined) throw new Error('the certificate that has signed it is not there');
  if (hash === undefined || !needed(digest, TAG.octetString).value.equals(digestOf(hash, found.raw)))
    throw new Error('another certificate has signed it');
  return found;
}

/** The issuer's name, and the certificate's number. */
function placeOf(place: Parameters<typeof within>[0]): Pick<Signer, 'issuer' | 'serial'> {
  const [names, serial] = within(place);
  const [name] = within(names);
  const [issuer] = within(name, DIRECTORY_NAME);
  return { issuer: needed(issuer, TAG.sequence).bytes, serial: needed(serial, TAG.integer).value };
}

function refuseForged(
  { algorithm, attributes, byId, hash, signature }: Signer,
  certificate: X509Certificate,
  token: Token,
): void {
  if (algorithm === undefined || hash === undefined) throw new Error('it is signed in an unknown way');
  if (!isSignedBy(certificate.publicKey, algorithm, attributes, signature))
    throw new Error('its signature is invalid');
  if (oidOf(byId.get(ATTRIBUTE.contentType)) !== STAMP) throw new Error('something else was signed');
  const digest = needed(byId.get(ATTRIBUTE.messageDigest), TAG.octetString).value;
  if (!digest.equals(digestOf(hash, token.content))) throw new Error('it was changed');
}

/** The clock of who signed, where it is told. */
function refuseOtherTime({ byId }: Signer, chain: readonly X509Certificate[]): void {
  const attribute = byId.get(ATTRIBUTE.signingTime);
  if (attribute === undefined) return;
  const time = new Date(timeOf(attribute));
  const other = chain.find(({ validFromDate, validToDate }) => time < validFromDate || time > validToDate);
  if (other !== undefined)
    throw new Error(`${named(other)} was not valid when it says that it was signed, ${time.toUTCString()}`);
}
