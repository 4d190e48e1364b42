import { X509Certificate } from 'node:crypto';
import { oid } from './asn1/der.ts';
import { isShort } from './asn1/signatures.ts';
import { type CertificateFacts, factsOf } from './certificate-facts.ts';

/** What a chain is for: signing code, or time stamps. */
export type Purpose = 'code' | 'stamps';

/** What signs: the algorithm that a certificate's key calls for. */
export interface KeyAlgorithm {
  readonly jws: string;
  /** The number of IANA's registry. */
  readonly cose: number;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly isRsa: boolean;
}

/** Ours: certificates in one chain. */
export const MAX_CHAIN = 10;
const DIGITAL_SIGNATURE = 0x80;
const CONTENT_COMMITMENT = 0x40;
const CERT_SIGN = 0x04;
/** Servers, clients, mail, time stamps, OCSP: a certificate for code has none of them. */
const OTHER_PURPOSES: ReadonlySet<string> = new Set(
  [1, 2, 4, 8, 9].map((purpose) => `1.3.6.1.5.5.7.3.${purpose}`),
);
/** The purpose of certificates that sign time stamps. */
export const FOR_STAMPS = oid('1.3.6.1.5.5.7.3.8');
const ALGORITHMS: Readonly<Record<string, KeyAlgorithm>> = {
  'rsa 2048': { jws: 'PS256', cose: -37, hash: 'sha256', isRsa: true },
  'rsa 3072': { jws: 'PS384', cose: -38, hash: 'sha384', isRsa: true },
  'rsa 4096': { jws: 'PS512', cose: -39, hash: 'sha512', isRsa: true },
  'ec prime256v1': { jws: 'ES256', cose: -7, hash: 'sha256', isRsa: false },
  'ec secp384r1': { jws: 'ES384', cose: -35, hash: 'sha384', isRsa: false },
  'ec secp521r1': { jws: 'ES512', cose: -36, hash: 'sha512', isRsa: false },
};

/** The algorithm for a certificate's key; undefined for keys that Notation does not sign with. */
export function algorithmOf({ publicKey }: X509Certificate): KeyAlgorithm | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = publicKey;
  const size = type === 'rsa' ? details.modulusLength : details.namedCurve;
  return ALGORITHMS[`${type} ${size}`];
}

/** The certificates of an envelope, leaf first. Throws an Error. */
export function readChain(certificates: readonly Uint8Array[]): readonly X509Certificate[] {
  if (certificates.length === 0) throw new Error('certificate chain is not present');
  if (certificates.length > MAX_CHAIN)
    throw new Error(`certificate chain has more than ${MAX_CHAIN} certificates`);
  return certificates.map((bytes) => new X509Certificate(bytes));
}

/** Why a chain is no ordered chain of certificates for a purpose up to a root of its own; undefined when it is. */
export function chainProblem(
  chain: readonly X509Certificate[],
  purpose: Purpose = 'code',
): string | undefined {
  const [leaf] = chain;
  if (leaf === undefined) return 'it is empty';
  if (algorithmOf(leaf) === undefined) return `the key of ${named(leaf)} is not supported`;
  for (const [index, certificate] of chain.entries()) {
    const problem = linkProblem(certificate, chain[index + 1], index, { length: chain.length, purpose });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function linkProblem(
  certificate: X509Certificate,
  issuer: X509Certificate | undefined,
  index: number,
  { length, purpose }: { readonly length: number; readonly purpose: Purpose },
): string | undefined {
  const facts = factsOf(certificate);
  if (facts === undefined) return `certificate ${named(certificate)} cannot be read`;
  const isOwnIssuer = isIssuedBy(certificate, certificate);
  if (issuer === undefined && !isOwnIssuer)
    return `root certificate ${named(certificate)} is not self-signed`;
  if (issuer !== undefined && isOwnIssuer)
    return `certificate ${named(certificate)} is self-signed and not the last`;
  if (issuer !== undefined && !isIssuedBy(certificate, issuer))
    return `certificate ${named(certificate)} is not issued by ${named(issuer)}`;
  if (facts.keyUsage === undefined) return `the key usage of ${named(certificate)} must be present`;
  if (purpose === 'code' && !facts.keyUsage.isCritical)
    return `the key usage of ${named(certificate)} must be critical`;
  if (index === 0 || length === 1)
    return (
      leafProblem(certificate, facts.keyUsage.bits, facts) ?? purposeProblem(certificate, facts, purpose)
    );
  return authorityProblem(certificate, facts.keyUsage.bits, facts, index - 1);
}

function leafProblem(
  certificate: X509Certificate,
  usage: number,
  { isAuthority }: CertificateFacts,
): string | undefined {
  if (isAuthority) return `certificate ${named(certificate)} is an authority's`;
  // Content commitment may stand beside it.
  if ((usage & DIGITAL_SIGNATURE) === 0 || (usage & ~(DIGITAL_SIGNATURE | CONTENT_COMMITMENT)) !== 0)
    return `the key usage of ${named(certificate)} must be "Digital Signature" only`;
  return undefined;
}

function purposeProblem(
  certificate: X509Certificate,
  { purposes }: CertificateFacts,
  purpose: Purpose,
): string | undefined {
  if (purpose === 'stamps') {
    const isForStamps = purposes?.isCritical && purposes.ids.length === 1 && purposes.ids[0] === FOR_STAMPS;
    return isForStamps
      ? undefined
      : `the extended key usage of ${named(certificate)} must be critical, and for time stamps only`;
  }
  // Node calls the extended key usage so.
  const other = (certificate.keyUsage ?? []).find((purpose) => OTHER_PURPOSES.has(purpose));
  return other && `the extended key usage of ${named(certificate)} must not be for ${other}`;
}

function authorityProblem(
  certificate: X509Certificate,
  usage: number,
  { isAuthority, pathLength }: CertificateFacts,
  below: number,
): string | undefined {
  if (!isAuthority) return `certificate ${named(certificate)} is not an authority's`;
  if (pathLength !== undefined && pathLength < below)
    return `certificate ${named(certificate)} allows ${pathLength} authorities below it, not ${below}`;
  if ((usage & CERT_SIGN) === 0) return `the key usage of ${named(certificate)} must have "Cert Sign"`;
  return undefined;
}

/** Whether the issuer's key, which is not too short, has signed the certificate, with SHA-2. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (certificate.issuer !== issuer.subject || factsOf(certificate)?.signedWith === undefined) return false;
  return !isShort(issuer.publicKey) && certificate.verify(issuer.publicKey);
}

/** For messages. */
export function named(certificate: X509Certificate): string {
  return `"${certificate.subject.replaceAll('\n', ',').slice(0, 200)}"`;
}
