import { beyond, type Cursor } from './cursor.ts';

// go-yaml gives up on a key that is longer, as it must find the colon within so many bytes.
const MAX_KEY_BYTES = 1000;

/** `text` as a key of `map`; only keys that are plainly text, and in strict reading new ones. */
export function keyOf(
  cursor: Cursor<unknown>,
  text: string,
  quoted: boolean,
  map: Readonly<Record<string, unknown>>,
): string {
  if (text.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(text) > MAX_KEY_BYTES) beyond();
  if (text === '__proto__' || text.includes('\n')) beyond();
  if (!quoted && (text === '<<' || text === '=' || cursor.resolve(text) !== text)) beyond();
  if (cursor.strict && Object.hasOwn(map, text)) beyond();
  return text;
}
