import type { PrivateKey } from 'openpgp';
import { Fault } from '../../core/failures.ts';

/** Unwraps data keys that were encrypted for PGP keys. Fault `unauthorized`. */
export type PgpKeys = (encrypted: string) => Promise<Uint8Array>;

/** Ours: bytes that a message may come to; a data key has 32, a share of one 33. */
const MAX_PLAIN = 4_096;
/** Ours: characters of an armored data key; one for 50 large keys would have 60 000. */
const MAX_ARMOR = 256 * 1024;

const ARMOR = /^\s*-----BEGIN PGP/;

/** Reads private keys without a passphrase, armored or not; public keys among them are passed over. Fault `invalid`. */
export async function importPgpKeys(files: readonly Uint8Array[]): Promise<PgpKeys> {
  const pgp = await import('openpgp');
  const keys: PrivateKey[] = [];
  for (const file of files) keys.push(...(await readKeys(file)));
  const config = { maxDecompressedMessageSize: MAX_PLAIN };
  return async (encrypted) => {
    const usable = keys.filter((key) => key.isDecrypted());
    if (usable.length === 0)
      throw refused(
        keys.length === 0 ? 'no secret key' : 'the secret keys need a passphrase, which cannot be given',
      );
    if (encrypted.length > MAX_ARMOR) throw refused(`a message of more than ${MAX_ARMOR} characters`);
    try {
      const message = await pgp.readMessage({ armoredMessage: encrypted, config });
      const { data } = await pgp.decrypt({ message, decryptionKeys: usable, format: 'binary', config });
      return data;
    } catch (cause) {
      throw refused(cause instanceof Error ? cause.message : String(cause));
    }
  };
}

async function readKeys(file: Uint8Array): Promise<readonly PrivateKey[]> {
  const pgp = await import('openpgp');
  const text = Buffer.from(file).toString('latin1');
  try {
    const keys = ARMOR.test(text)
      ? await pgp.readKeys({ armoredKeys: text })
      : await pgp.readKeys({ binaryKeys: file });
    return keys.flatMap((key) => (key.isPrivate() ? [key as PrivateKey] : []));
  } catch (cause) {
    throw new Fault('invalid', 'no PGP key can be read from it', {}, cause);
  }
}

function refused(text: string): Fault {
  return new Fault('unauthorized', `could not decrypt data key with PGP key: ${text}`);
}
