import type { HttpAnswer } from '../../ports.ts';

/** Ours: of a HEAD's answer. */
export const MAX_HEAD_BYTES = 64 * 1024;
const STRONG_ETAG = /^"[^"]*"$/;

/** By what a server knows bytes; a weak one does not promise the same, and counts for none. */
export function strongEtag({ headers }: HttpAnswer): string | undefined {
  const { etag } = headers;
  return etag !== undefined && STRONG_ETAG.test(etag) ? etag : undefined;
}
