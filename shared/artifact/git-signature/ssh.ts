import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import { sshFingerprint, sshString } from '../../core/ssh-wire.ts';

/** A public key of an `authorized_keys` file. */
interface SshPublicKey {
  readonly type: string;
  readonly blob: Buffer;
}

/** PROTOCOL.sshsig of OpenSSH. */
interface SshSignature {
  readonly publicKey: Buffer;
  readonly namespace: string;
  readonly reserved: Buffer;
  readonly hash: string;
  readonly format: string;
  readonly value: Buffer;
  /** Of security keys: flags and counter. */
  readonly extra: Buffer;
}

const MAGIC = 'SSHSIG';
const NAMESPACE = 'git';
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha512']);
const CURVES: Readonly<Record<string, readonly [crv: string, hash: string, bytes: number]>> = {
  nistp256: ['P-256', 'sha256', 32],
  nistp384: ['P-384', 'sha384', 48],
  nistp521: ['P-521', 'sha512', 66],
};
/** SHA-1 signatures of RSA keys are not accepted, as OpenSSH does not. */
const RSA: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

/** The fingerprint of the one of `authorizedKeys` that made `signature` over `payload`. Fault `invalid`. */
export function verifySsh(signature: string, payload: Buffer, authorizedKeys: readonly string[]): string {
  const signed = readSignature(signature);
  const reasons = new Set<string>();
  for (const key of authorizedKeys.flatMap(readAuthorizedKeys)) {
    const wrong = wrongWith(signed, payload, key);
    if (wrong === undefined) return sshFingerprint(key.blob);
    reasons.add(wrong);
  }
  const why = ['no matching key found', ...reasons].join('\n');
  throw invalid(`unable to verify payload with any of the given authorized keys: ${why}`);
}

/** Lines of `[options] type key [comment]`. Fault `invalid`. */
function readAuthorizedKeys(text: string): SshPublicKey[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const found = /(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)\s+([A-Za-z0-9+/]+=*)/.exec(line);
      const blob = Buffer.from(found?.[2] ?? '', 'base64');
      const type = found?.[1] ?? '';
      if (type === '' || createReader(blob).string().toString() !== type)
        throw invalid('unable to parse authorized keys: unable to parse authorized key: ssh: no key found');
      return { type, blob };
    });
}

function wrongWith(signed: SshSignature, payload: Buffer, key: SshPublicKey): string | undefined {
  if (!signed.publicKey.equals(key.blob)) return 'public key does not match';
  if (signed.namespace !== NAMESPACE) return `namespace mismatch: expected '${NAMESPACE}'`;
  if (!HASHES.has(signed.hash)) return `unsupported hash algorithm ${JSON.stringify(signed.hash)}`;
  const digest = createHash(signed.hash).update(payload).digest();
  const data = Buffer.concat([
    Buffer.from(MAGIC),
    sshString(signed.namespace),
    sshString(signed.reserved),
    sshString(signed.hash),
    sshString(digest),
  ]);
  try {
    return isSignedBy(signed, data, key) ? undefined : 'the signature is not of this content';
  } catch {
    // Numbers that are no key: whoever wrote the key or the signature may have meant them so.
    return 'the public key or the signature is malformed';
  }
}

function isSignedBy({ format, value, extra }: SshSignature, data: Buffer, key: SshPublicKey): boolean {
  const reader = createReader(key.blob);
  const type = reader.string().toString();
  if (type === 'ssh-rsa') {
    const hash = RSA[format];
    return hash !== undefined && verify(hash, data, rsaKey(reader), value);
  }
  if (format !== type) return false;
  if (type === 'ssh-ed25519') return verify(null, data, ed25519Key(reader), value);
  if (type.startsWith('ecdsa-sha2-')) return verifyEcdsa(reader, data, value);
  if (type === 'sk-ssh-ed25519@openssh.com') {
    const open = ed25519Key(reader);
    return verify(null, bySecurityKey(reader.string(), extra, data), open, value);
  }
  return false;
}

function verifyEcdsa(reader: Reader, data: Buffer, value: Buffer): boolean {
  const [crv, hash, bytes] = CURVES[reader.string().toString()] ?? [];
  if (crv === undefined || hash === undefined || bytes === undefined) return false;
  const point = reader.string();
  const x = point.subarray(1, 1 + bytes).toString('base64url');
  const y = point.subarray(1 + bytes).toString('base64url');
  const key = createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
  const numbers = createReader(value);
  const pair = Buffer.concat([fixed(numbers.string(), bytes), fixed(numbers.string(), bytes)]);
  return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, pair);
}

/** PROTOCOL.u2f: what a security key signs instead. */
function bySecurityKey(application: Buffer, extra: Buffer, data: Buffer): Buffer {
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
  return Buffer.concat([sha256(application), extra, sha256(data)]);
}

function ed25519Key(reader: Reader): KeyObject {
  const x = reader.string().toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function rsaKey(reader: Reader): KeyObject {
  const number = (): string => unsigned(reader.string()).toString('base64url');
  const [e, n] = [number(), number()];
  return createPublicKey({ key: { kty: 'RSA', e, n }, format: 'jwk' });
}

function readSignature(armored: string): SshSignature {
  const body = /^-----BEGIN SSH SIGNATURE-----([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----$/.exec(
    armored.trim(),
  );
  const blob = Buffer.from(body?.[1] ?? '', 'base64');
  if (blob.toString('latin1', 0, MAGIC.length) !== MAGIC) throw malformed();
  const reader = createReader(blob.subarray(MAGIC.length));
  if (reader.number() !== 1) throw malformed();
  const publicKey = reader.string();
  const namespace = reader.string().toString();
  const [reserved, hash] = [reader.string(), reader.string().toString()];
  const inner = createReader(reader.string());
  const format = inner.string().toString();
  return { publicKey, namespace, reserved, hash, format, value: inner.string(), extra: inner.rest() };
}

interface Reader {
  number(): number;
  string(): Buffer;
  rest(): Buffer;
}

/** The wire format of RFC 4251; faults when it is cut short. */
function createReader(bytes: Buffer): Reader {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw malformed();
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (): number => take(4).readUInt32BE(0);
  return { number, string: () => take(number()), rest: () => take(bytes.length - at) };
}

function unsigned(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? number.subarray(number.length) : number.subarray(first);
}

function fixed(number: Buffer, bytes: number): Buffer {
  const short = unsigned(number);
  return Buffer.concat([Buffer.alloc(Math.max(0, bytes - short.length)), short]);
}

function malformed(): Fault {
  return invalid('unable to unarmor SSH signature: it is not one');
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'signature' });
}
