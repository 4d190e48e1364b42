import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';
import { Fault } from '../../../core/failures.ts';
import { sshString } from '../../../core/ssh-wire.ts';

/** A private key that `ssh2` can use. */
export interface Identity {
  readonly privateKey: string;
  readonly passphrase?: string;
}

const PKCS8 = /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/;
const ED25519 = 'ssh-ed25519';
// OpenSSH pads the private part to the cipher's block: 8 without one.
const BLOCK = 8;

/** A PEM key in OpenSSH's, PKCS#1, SEC 1 or PKCS#8 form; faults with `invalid` about authentication when it cannot be used. */
export function identityOf(pem: string, passphrase: string | undefined): Identity {
  const given = { ...(passphrase ? { passphrase } : {}) };
  const identity = PKCS8.test(pem)
    ? { privateKey: fromPkcs8(pem, passphrase) }
    : { privateKey: pem, ...given };
  const parsed = ssh2.utils.parseKey(identity.privateKey, identity.passphrase);
  if (parsed instanceof Error) throw unusable(reasonOf(parsed));
  const keys = Array.isArray(parsed) ? parsed : [parsed];
  if (!keys.some((key) => key.isPrivateKey())) throw unusable('it is not a private key');
  return identity;
}

/** The library names its own methods where a person needs to know about the key. */
function reasonOf({ message }: Error): string {
  if (/no passphrase given/i.test(message)) return "it is encrypted, and the Secret has no 'password'";
  if (/bad passphrase|integrity check/i.test(message)) return "the Secret's 'password' does not open it";
  return 'its format is not supported';
}

/** `ssh2` reads no PKCS#8, which is what Flux itself writes: RSA and EC keys have a form of their own, Ed25519 only OpenSSH's. */
function fromPkcs8(pem: string, passphrase: string | undefined): string {
  const key = readPkcs8(pem, passphrase);
  if (key.asymmetricKeyType === 'rsa') return String(key.export({ type: 'pkcs1', format: 'pem' }));
  if (key.asymmetricKeyType === 'ec') return String(key.export({ type: 'sec1', format: 'pem' }));
  if (key.asymmetricKeyType === 'ed25519') return openSshOf(key);
  throw unusable(`keys of type ${key.asymmetricKeyType} are not supported`);
}

function readPkcs8(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase ? { passphrase } : {}) });
  } catch {
    const encrypted = pem.includes('ENCRYPTED');
    const without = encrypted && !passphrase;
    if (without) throw unusable("it is encrypted, and the Secret has no 'password'");
    throw unusable(encrypted ? "the Secret's 'password' does not open it" : 'it is not a PEM private key');
  }
}

/** PROTOCOL.key of OpenSSH: no cipher, one Ed25519 key. */
function openSshOf(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const open = Buffer.from(x, 'base64url');
  const secret = Buffer.concat([Buffer.from(d, 'base64url'), open]);
  const publicPart = Buffer.concat([sshString(ED25519), sshString(open)]);
  // Twice the same number, by which a reader sees that it deciphered well.
  const check = createHash('sha256').update(open).digest().subarray(0, 4);
  const entry = Buffer.concat([
    check,
    check,
    sshString(ED25519),
    sshString(open),
    sshString(secret),
    sshString(''),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (entry.length % BLOCK)) % BLOCK }, (_, at) => at + 1),
  );
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    Buffer.from([0, 0, 0, 1]),
    sshString(publicPart),
    sshString(Buffer.concat([entry, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

function unusable(why: string): Fault {
  return new Fault('invalid', `the private key in 'identity' cannot be used: ${why}`, {
    about: 'authentication',
  });
}
