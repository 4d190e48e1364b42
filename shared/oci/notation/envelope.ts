import type { X509Certificate } from 'node:crypto';

/** A signature of Notation: what is signed, by whom, and what the signer says of it. */
export interface Envelope {
  readonly contentType: string;
  readonly payload: Uint8Array;
  /** Leaf first. */
  readonly chain: readonly X509Certificate[];
  /** The bytes that the signature is of. */
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** What somebody else says of when it was made (RFC 3161); not signed itself. */
  readonly timeStamp: Uint8Array | undefined;
  /** As the envelope names it. */
  readonly algorithm: string | number;
  readonly scheme: string;
  readonly signingTime: Date | undefined;
  readonly expiry: Date | undefined;
  /** Signed attributes that whoever verifies has to understand, and we do not know. */
  readonly unknownCritical: readonly string[];
}

/** The two signing schemes. */
export const SCHEMES = { x509: 'notary.x509', authority: 'notary.x509.signingAuthority' } as const;
