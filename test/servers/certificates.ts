import { type KeyPair, makeCertificate } from '../../infra/local/cluster/access/certificate.ts';

/** A private authority with a server certificate for 127.0.0.1 and localhost, and a client certificate. */
export interface Authority {
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
}

const DAY_MS = 86_400_000;

/** Makes everything anew. */
export async function createAuthority(): Promise<Authority> {
  const notBefore = new Date(Date.now() - DAY_MS);
  const notAfter = new Date(Date.now() + DAY_MS);
  const authority = makeCertificate({
    ...{ commonName: 'Test-CA', notBefore, notAfter },
    uses: ['authority'],
  });
  const leaf = (name: 'server' | 'client') =>
    makeCertificate(
      {
        ...{ commonName: name, notBefore, notAfter },
        uses: [name],
        ...(name === 'server' && { dnsNames: ['localhost'], addresses: ['127.0.0.1'] }),
      },
      authority,
    );
  return { ca: authority.certificate, server: leaf('server'), client: leaf('client') };
}
