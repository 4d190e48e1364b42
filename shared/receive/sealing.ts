import { Fault } from '../core/failures.ts';
import { sealBytes, unsealBytes } from '../core/sealed-bytes.ts';

/** An entry of the index, sealed for its place. */
export function seal(key: Uint8Array, place: string, text: string): Uint8Array {
  return sealBytes(key, place, Buffer.from(text));
}

/** The text that was sealed for `place`. Fault `malformed` when it was not, or was changed since. */
export function unseal(key: Uint8Array, place: string, sealed: Uint8Array): string {
  try {
    return Buffer.from(unsealBytes(key, place, sealed)).toString('utf8');
  } catch (error) {
    throw new Fault('malformed', 'an entry of the webhook index cannot be opened', {}, error);
  }
}
