import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate that is its own authority, PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says; by default it is for 127.0.0.1 and localhost and valid from yesterday until tomorrow. */
export interface CertificateWishes {
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly notAfter?: Date;
}

const DAY_MS = 86_400_000;
// Object identifiers (RFC 5280, RFC 5758), DER-encoded without tag and length.
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';

/** Makes an EC key and a self-signed X.509 certificate: Node can sign, but has no certificate builder. */
export function makeCertificate(wishes: CertificateWishes = {}): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, oid(ECDSA_WITH_SHA256));
  const body = certificateBody(publicKey, algorithm, wishes);
  const signature = bits(sign('sha256', body, privateKey));
  return {
    certificate: toPem(der(0x30, body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function certificateBody(publicKey: KeyObject, algorithm: Buffer, wishes: CertificateWishes): Buffer {
  const notAfter = wishes.notAfter ?? new Date(Date.now() + DAY_MS);
  const notBefore = new Date(Math.min(notAfter.getTime(), Date.now()) - DAY_MS);
  const name = der(0x30, der(0x31, der(0x30, oid(COMMON_NAME), der(0x0c, Buffer.from('test server')))));
  const names = [
    ...(wishes.dnsNames ?? ['localhost']).map((text) => der(0x82, Buffer.from(text))),
    ...(wishes.addresses ?? ['127.0.0.1']).map((text) => der(0x87, Buffer.from(text.split('.').map(Number)))),
  ];
  const extensions = [
    der(0x30, oid(SUBJECT_ALT_NAME), der(0x04, der(0x30, ...names))),
    der(0x30, oid(BASIC_CONSTRAINTS), der(0x04, der(0x30, der(0x01, Buffer.from([0xff]))))),
  ];
  return der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(0x30, time(notBefore), time(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), content);
}

/** GeneralizedTime: `20260102030405Z`. */
function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`));
}

function toPem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
