import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { Fault } from './failures.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM under `key`, bound to `place`: what was sealed for one place opens at no other. The nonce is a MAC of
 * place and content, so that sealing the same again gives the same bytes, and two contents never share a nonce by accident.
 */
export function sealBytes(key: Uint8Array, place: string, content: Uint8Array): Uint8Array {
  const nonce = createHmac('sha256', part(key, 'nonce'))
    .update(`${place.length}\n${place}`)
    .update(content)
    .digest()
    .subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', part(key, 'cipher'), nonce);
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** What was sealed for `place`. Fault `malformed` when it was not, or was changed since. */
export function unsealBytes(key: Uint8Array, place: string, sealed: Uint8Array): Uint8Array {
  const bytes = Buffer.from(sealed);
  try {
    const decipher = createDecipheriv('aes-256-gcm', part(key, 'cipher'), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const content = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([content, decipher.final()]);
  } catch (error) {
    throw new Fault('malformed', `what was sealed for ${place} cannot be opened`, {}, error);
  }
}

function part(key: Uint8Array, use: string): Uint8Array {
  return createHmac('sha256', key).update(use).digest();
}
