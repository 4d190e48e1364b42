import { constants, createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import type { Chance } from '../../ports.ts';
import { type GrantAccess, grant } from './oauth-grant.ts';

/** What a token for Azure's storage is asked for. */
export const STORAGE_SCOPE = 'https://storage.azure.com/.default';
const AUTHORITY = 'https://login.microsoftonline.com';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** As long as Azure's own libraries make it, seconds. */
const ASSERTION_SECONDS = 600;

/** An application in Entra ID, and how it proves itself. */
export interface Application {
  readonly tenant: string;
  readonly client: string;
  readonly authority: string;
  readonly proof: { readonly secret: string } | Certificate;
}

/** A certificate that Entra ID knows, with its key. */
export interface Certificate {
  readonly key: KeyObject;
  readonly leaf: X509Certificate;
  /** The certificate and those that signed it, when they are to be shown (SNI authentication). */
  readonly chain: readonly X509Certificate[] | undefined;
}

/** The authority's address, the public one for nothing. Fault `invalid`. */
export function authorityOf(host: string | undefined): string {
  const authority = (host || AUTHORITY).trim().replace(/\/+$/, '');
  if (/^https:\/\/[^/?#@\s]+$/.test(authority) && URL.canParse(authority)) return authority;
  throw new Fault('invalid', 'authorityHost is not the address of a server over HTTPS');
}

/** A certificate and its key in PEM. Fault `invalid`, which does not tell what was read. */
export function certificateIn(pem: string, passphrase: string, sendChain: boolean): Certificate {
  if (!pem.includes('-----BEGIN'))
    throw new Fault(
      'invalid',
      'clientCertificate must be PEM with the certificate and its key (not PKCS#12)',
    );
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase !== '' && { passphrase }) });
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const all = blocks.map((block) => new X509Certificate(block));
    const leaf = all.find((one) => one.checkPrivateKey(key));
    if (leaf === undefined || key.asymmetricKeyType !== 'rsa')
      throw new Error('no certificate of an RSA key');
    return { key, leaf, chain: sendChain ? [leaf, ...all.filter((one) => one !== leaf)] : undefined };
  } catch (cause) {
    throw new Fault(
      'invalid',
      'clientCertificate cannot be read as an RSA key and its certificate',
      {},
      cause,
    );
  }
}

/** A token for Azure's storage: OAuth's client credentials grant. Faults: those of the grant. */
export async function entraToken(
  application: Application,
  access: GrantAccess,
  chance: Pick<Chance, 'uuid'>,
): Promise<string> {
  const { tenant, client, authority, proof } = application;
  const url = `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const form = { grant_type: 'client_credentials', client_id: client, scope: STORAGE_SCOPE };
  if ('secret' in proof) return grant(url, { ...form, client_secret: proof.secret }, access);
  const assertion = assertionOf(client, proof, url, access.clock.now(), chance.uuid());
  return grant(url, { ...form, client_assertion_type: ASSERTION, client_assertion: assertion }, access);
}

function assertionOf(client: string, certificate: Certificate, aud: string, now: Date, jti: string): string {
  const { key, leaf, chain } = certificate;
  const header = {
    ...{ alg: 'PS256', typ: 'JWT' },
    'x5t#S256': createHash('sha256').update(leaf.raw).digest('base64url'),
    ...(chain && { x5c: chain.map(({ raw }) => raw.toString('base64')) }),
  };
  const nbf = Math.floor(now.getTime() / 1000);
  const claims = { aud, iss: client, sub: client, jti, nbf, exp: nbf + ASSERTION_SECONDS };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const signature = sign('sha256', Buffer.from(text), { key, ...pss });
  return `${text}.${signature.toString('base64url')}`;
}
