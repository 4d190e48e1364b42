/** Below this the next collection is soon enough, bytes; what is larger has a buffer of its own. */
const LARGE = 1024 * 1024;

/** Frees large bytes of which nobody else has a view, at once instead of at the next collection; they are empty afterwards. */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= LARGE && buffer instanceof ArrayBuffer) buffer.transferToFixedLength(0);
}
