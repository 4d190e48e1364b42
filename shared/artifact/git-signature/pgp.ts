import { createMessage, type PublicKey, readKeys, readSignature, type Signature, verify } from 'openpgp';
import { Fault, messageOf } from '../../core/failures.ts';

/** The id of the primary key of the one of `keyRings` that made `signature` over `payload` and may still sign at `now`. Fault `invalid`. */
export async function verifyPgp(
  signature: string,
  payload: Buffer,
  keyRings: readonly string[],
  now: Date,
): Promise<string> {
  const read = await parse(signature);
  let broken: Fault | undefined;
  let tried = false;
  for (const armored of keyRings) {
    const keys = await readKeys({ armoredKeys: armored }).catch((error: unknown) => {
      broken ??= invalid(`unable to read armored key ring: ${messageOf(error)}`);
      return undefined;
    });
    if (keys === undefined) continue;
    tried = true;
    const signer = await signerOf(read, payload, keys, now);
    if (signer !== undefined) return signer.getKeyID().toHex().toUpperCase();
  }
  if (!tried && broken !== undefined) throw broken;
  throw invalid('unable to verify payload with any of the given key rings: no matching key found');
}

async function parse(armoredSignature: string): Promise<Signature> {
  try {
    return await readSignature({ armoredSignature });
  } catch (error) {
    throw invalid(`unable to read the PGP signature: ${messageOf(error)}`);
  }
}

async function signerOf(
  signature: Signature,
  payload: Buffer,
  keys: readonly PublicKey[],
  now: Date,
): Promise<PublicKey | undefined> {
  const message = await createMessage({ binary: new Uint8Array(payload) });
  const verificationKeys = [...keys];
  const { signatures } = await verify({ message, signature, verificationKeys, date: now });
  for (const { keyID, verified } of signatures) {
    if (!(await verified.catch(() => false))) continue;
    for (const key of keys) {
      // A key that was revoked or has expired since vouches for nothing any more.
      const signing = await key.getSigningKey(keyID, now).catch(() => undefined);
      if (signing !== undefined) return key;
    }
  }
  return undefined;
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'signature' });
}
