import type { Decrypter } from 'age-encryption';
import { Fault } from '../../core/failures.ts';

/** Unwraps data keys that were encrypted for age recipients. Fault `unauthorized`. */
export type AgeKeys = (encrypted: string) => Promise<Uint8Array>;

/** Ours: bytes of an armored data key; one for 100 recipients, each post-quantum, would have 200 000. */
const MAX_ARMOR = 256 * 1024;

/** Reads identities, one a line as age-keygen writes them: X25519 and hybrid post-quantum ones. Fault `invalid`, which does not tell the line. */
export async function importAgeKeys(files: readonly string[]): Promise<AgeKeys> {
  const age = await import('age-encryption');
  const decrypter = new age.Decrypter();
  let count = 0;
  for (const file of files) count += addIdentities(decrypter, file);
  return async (encrypted) => {
    if (count === 0) throw refused('failed to load age identities');
    if (encrypted.length > MAX_ARMOR) throw refused(`an age file of more than ${MAX_ARMOR} bytes`);
    try {
      return await decrypter.decrypt(age.armor.decode(encrypted.trim()));
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw refused(`failed to create reader for decrypting sops data key with age: ${text}`);
    }
  };
}

function addIdentities(decrypter: Decrypter, file: string): number {
  const lines = file.split('\n').map((line, at) => ({ text: line.trim(), number: at + 1 }));
  const wanted = lines.filter(({ text }) => text !== '' && !text.startsWith('#'));
  for (const { text, number } of wanted) {
    const problem = `error at line ${number}`;
    if (!/^AGE-SECRET-KEY-(?:PQ-)?1/.test(text)) throw unusable(`${problem}: unknown identity type`);
    try {
      decrypter.addIdentity(text);
    } catch {
      throw unusable(`${problem}: malformed secret key`);
    }
  }
  return wanted.length;
}

function refused(text: string): Fault {
  return new Fault('unauthorized', text);
}

function unusable(text: string): Fault {
  return new Fault('invalid', `failed to parse and add to age identities: ${text}`);
}
