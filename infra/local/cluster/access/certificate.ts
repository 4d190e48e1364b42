import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { bits, der, integer, octets, oid, partsOf, sequence, text, time } from './der.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateWishes {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** An authority may sign others; `server` and `client` are what TLS may use the certificate for. */
  readonly uses: readonly ('authority' | 'server' | 'client')[];
  readonly dnsNames?: readonly string[];
  /** IPv4 or IPv6. */
  readonly addresses?: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

// Object identifiers (RFC 5280, RFC 5758), DER-encoded without tag and length.
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const ORGANIZATION = '55040a';
const SUBJECT_KEY_ID = '551d0e';
const KEY_USAGE = '551d0f';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const AUTHORITY_KEY_ID = '551d23';
const EXTENDED_KEY_USAGE = '551d25';
const TLS_USES = { server: '2b06010505070301', client: '2b06010505070302' } as const;

// Bits of KeyUsage: digitalSignature, and for an authority keyCertSign and cRLSign.
const SIGNATURE = bits(Buffer.from([0x80]), 7);
const SIGNATURE_AND_CERTIFICATES = bits(Buffer.from([0x86]), 1);

const TRUE = der(0x01, Buffer.from([0xff]));

/** Makes a P-256 key and an X.509 certificate for it, signed by `issuer` or, without one, by itself: Node has no builder. */
export function makeCertificate(wishes: CertificateWishes, issuer?: KeyPair): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = issuer ? createPrivateKey(issuer.key) : privateKey;
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const subject = nameOf(wishes);
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    // A digest of the key is as good as chance: no two keys are the same.
    integer(Buffer.concat([Buffer.from([1]), createHash('sha256').update(key).digest().subarray(0, 15)])),
    algorithm,
    issuer ? subjectOf(issuer.certificate) : subject,
    sequence(time(wishes.notBefore), time(wishes.notAfter)),
    subject,
    key,
    der(0xa3, sequence(...extensionsOf(wishes, publicKey, createPublicKey(signer)))),
  );
  const certificate = sequence(body, algorithm, bits(sign('sha256', body, signer)));
  return {
    certificate: toPem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function nameOf({ commonName, organizations = [] }: CertificateWishes): Buffer {
  const part = (type: string, value: string) => der(0x31, sequence(oid(type), text(value)));
  return sequence(...organizations.map((name) => part(ORGANIZATION, name)), part(COMMON_NAME, commonName));
}

/** The DER of a certificate's subject: version, serial number, algorithm, issuer and validity come before it. */
function subjectOf(certificate: string): Buffer {
  const [body] = partsOf(new X509Certificate(certificate).raw);
  const subject = body && partsOf(body)[5];
  if (!subject) throw new RangeError('a certificate without a subject');
  return subject;
}

function extensionsOf(wishes: CertificateWishes, own: KeyObject, signer: KeyObject): Buffer[] {
  const { uses, dnsNames = [], addresses = [] } = wishes;
  const authority = uses.includes('authority');
  const purposes = uses.flatMap((use) => (use === 'authority' ? [] : [oid(TLS_USES[use])]));
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, addressBytes(address))),
  ];
  return [
    critical(BASIC_CONSTRAINTS, authority ? sequence(TRUE) : sequence()),
    critical(KEY_USAGE, authority ? SIGNATURE_AND_CERTIFICATES : SIGNATURE),
    ...(purposes.length > 0 ? [extension(EXTENDED_KEY_USAGE, sequence(...purposes))] : []),
    ...(names.length > 0 ? [extension(SUBJECT_ALT_NAME, sequence(...names))] : []),
    extension(SUBJECT_KEY_ID, octets(keyId(own))),
    extension(AUTHORITY_KEY_ID, sequence(der(0x80, keyId(signer)))),
  ];
}

function extension(id: string, content: Buffer): Buffer {
  return sequence(oid(id), octets(content));
}

function critical(id: string, content: Buffer): Buffer {
  return sequence(oid(id), TRUE, octets(content));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (half: string) => half.split(':').flatMap((group) => (group === '' ? [] : [group]));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const gap = Array<string>(8 - left.length - right.length).fill('0');
  return Buffer.from([...left, ...gap, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function toPem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
