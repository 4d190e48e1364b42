import { type KeyPair, makeCertificate as make } from '../../infra/local/cluster/access/certificate.ts';

/** A certificate that is its own authority, PEM. */
export type TestCertificate = KeyPair;

/** What a certificate says; by default it is for 127.0.0.1 and localhost and valid from yesterday until tomorrow. */
export interface CertificateWishes {
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly notAfter?: Date;
}

const DAY_MS = 86_400_000;

/** Makes an EC key and a self-signed certificate for a server. */
export function makeCertificate(wishes: CertificateWishes = {}): TestCertificate {
  const notAfter = wishes.notAfter ?? new Date(Date.now() + DAY_MS);
  return make({
    commonName: 'test server',
    uses: ['authority'],
    dnsNames: wishes.dnsNames ?? ['localhost'],
    addresses: wishes.addresses ?? ['127.0.0.1'],
    notBefore: new Date(Math.min(notAfter.getTime(), Date.now()) - DAY_MS),
    notAfter,
  });
}
