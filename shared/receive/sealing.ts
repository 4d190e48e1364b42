import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { Fault } from '../core/failures.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM under `key`, bound to `place`: what was sealed for one place opens at no other. The nonce is a MAC of
 * place and text, so that sealing the same again gives the same bytes, and two texts never share a nonce by accident.
 */
export function seal(key: Uint8Array, place: string, text: string): Uint8Array {
  const nonce = createHmac('sha256', part(key, 'nonce'))
    .update(`${place.length}\n${place}${text}`)
    .digest()
    .subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', part(key, 'cipher'), nonce);
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** The text that was sealed for `place`. Fault `malformed` when it was not, or was changed since. */
export function unseal(key: Uint8Array, place: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed);
  try {
    const decipher = createDecipheriv('aes-256-gcm', part(key, 'cipher'), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (error) {
    throw new Fault('malformed', 'an entry of the webhook index cannot be opened', {}, error);
  }
}

function part(key: Uint8Array, use: string): Uint8Array {
  return createHmac('sha256', key).update(use).digest();
}
