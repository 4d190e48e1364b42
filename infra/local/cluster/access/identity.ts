import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { Presented } from '../access.ts';
import type { Store } from '../model.ts';
import { type KeyPair, makeCertificate } from './certificate.ts';

/** What one cluster proves itself with and knows its users by. */
export interface Identity {
  /** The authority of the server's certificate: `certificate-authority-data` of kubeconfigs, `ca.crt` of Secrets. */
  readonly authority: KeyPair;
  readonly server: KeyPair;
  /** The authority of users' certificates: each cluster has its own, so that no user of one is known to another. */
  readonly clients: KeyPair;
  /** The P-256 key that signs ServiceAccounts' tokens, PEM. */
  readonly tokenKey: string;
}

/** The half of an identity that clusters of one process share. */
export type ServerIdentity = Pick<Identity, 'authority' | 'server'>;

/** Ten years: a local cluster is thrown away, not renewed. */
const VALID_YEARS = 10;

/** Clocks of clients may be behind. */
const EARLIER_MS = 3_600_000;

/** Beneath the API: in the core group, where no definition can make it a resource that somebody might read. */
const KEPT_AS = '/identities';

const DNS_NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
const ADDRESSES = ['127.0.0.1', '::1'];

/** Makes an authority and a server's certificate for loopback, valid from `now` for ten years. */
export function makeServerIdentity(now: Date): ServerIdentity {
  const authority = makeAuthority('sluice-embedded', now);
  const server = makeCertificate(
    {
      commonName: 'kube-apiserver',
      uses: ['server'],
      dnsNames: DNS_NAMES,
      addresses: ADDRESSES,
      ...validity(now),
    },
    authority,
  );
  return { authority, server };
}

/** The rest of a cluster's identity, made when it is first asked for: most clusters of a fleet never need it. */
export function makeIdentity(shared: ServerIdentity, now: Date): Identity {
  let clients: KeyPair | undefined;
  let tokenKey: string | undefined;
  return {
    ...shared,
    get clients() {
      clients ??= makeAuthority('sluice-embedded-clients', now);
      return clients;
    },
    get tokenKey() {
      tokenKey ??= makeTokenKey();
      return tokenKey;
    },
  };
}

/** The identity that the state of `store` keeps; a new one (and `shared` in it) is put there when there is none, so that kubeconfigs and tokens outlive a restart. */
export function keepIdentity(store: Store, shared: ServerIdentity, now: Date): Identity {
  const kept = store.get(KEPT_AS, '', 'cluster');
  if (kept) return (JSON.parse(`{${kept.rest}}`) as { identity: Identity }).identity;
  const { authority, server, clients, tokenKey } = makeIdentity(shared, now);
  const identity = { authority, server, clients, tokenKey };
  store.put(KEPT_AS, {
    apiVersion: 'sluice.dev/v1',
    kind: 'Identity',
    metadata: { name: 'cluster' },
    identity,
  });
  return identity;
}

/** A user's certificate: its common name is the user's name, its organizations are the groups. */
export function clientCertificate(
  { clients }: Pick<Identity, 'clients'>,
  user: string,
  groups: readonly string[],
  now: Date,
): KeyPair {
  return makeCertificate(
    { commonName: user, organizations: groups, uses: ['client'], ...validity(now) },
    clients,
  );
}

/** What a certificate says that a client showed (DER); undefined unless `clients` signed it for clients and it is valid now. */
export function readClientCertificate(
  { clients }: Pick<Identity, 'clients'>,
  raw: Uint8Array,
  now: Date,
): Presented['certificate'] {
  const certificate = new X509Certificate(raw);
  const authority = new X509Certificate(clients.certificate);
  const isOurs = certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const isOfNow = certificate.validFromDate <= now && now <= certificate.validToDate;
  // Extended key usages come under this name; OID id-kp-clientAuth.
  const isForClients = certificate.keyUsage?.includes('1.3.6.1.5.5.7.3.2') ?? false;
  if (!isOurs || !isOfNow || !isForClients) return undefined;
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[]>;
  const { CN = [], O = [] } = subject;
  return {
    commonName: [CN].flat().at(-1) ?? '',
    organizations: [O].flat(),
    digest: createHash('sha256').update(raw).digest('hex'),
  };
}

function makeAuthority(commonName: string, now: Date): KeyPair {
  return makeCertificate({ commonName, uses: ['authority'], ...validity(now) });
}

function validity(now: Date): { readonly notBefore: Date; readonly notAfter: Date } {
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + VALID_YEARS);
  return { notBefore: new Date(now.getTime() - EARLIER_MS), notAfter };
}

function makeTokenKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
