import {
  APOSTROPHE,
  BEYOND,
  type Block,
  beyond,
  COLON,
  type Cursor,
  DASH,
  endsLine,
  finishLine,
  HASH,
  isGap,
  QUOTE,
  seekContent,
  skipSpaces,
} from './cursor.ts';
import { readFlow } from './flow.ts';
import { keyOf } from './keys.ts';
import { plainKeyEnd, readBlockScalar, readPlain, readQuoted, startsPlain } from './scalars.ts';

/** Levels; deeper text is left to the full parser. */
const MAX_DEPTH = 100;

// What parsers disagree about wherever it stands: control characters, odd line breaks, byte order marks, halves of characters.
const ODD = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff\ufffe\uffff\p{Cs}]/u;
const ASCII = /^[\t\n -~]*$/;

/** How to read. */
export type BlockOptions<S> = Omit<Cursor<S>, 'text' | 'at'>;

/** Every document of a YAML stream as values, undefined for an empty one, as long as it is written in the plain way of nearly all manifests: blocks, brackets, quotes, literals, comments; no anchors, tags or directives, nothing odd, nothing wrong. Anything else is undefined, which says nothing of whether it is valid. Linear in the text. */
export function readYamlBlocks<S>(
  text: string,
  options: BlockOptions<S>,
): readonly (Block<S> | undefined)[] | undefined {
  if (!ASCII.test(text) && ODD.test(text)) return undefined;
  try {
    return readStream({ text, at: 0, ...options });
  } catch (error) {
    if (error === BEYOND) return undefined;
    throw error;
  }
}

function readStream<S>(cursor: Cursor<S>): readonly (Block<S> | undefined)[] {
  const documents: (Block<S> | undefined)[] = [];
  let open = false;
  for (;;) {
    const column = seekContent(cursor);
    if (column >= 0) {
      if (cursor.text[cursor.at] === '%') beyond();
      documents.push(readRoot(cursor, column));
      open = false;
      if (seekContent(cursor) >= 0) beyond();
    } else if (open) documents.push(undefined);
    if (cursor.at >= cursor.text.length) return documents;
    if (!cursor.text.startsWith('---', cursor.at)) beyond();
    cursor.at += 3;
    if (!isGap(cursor.text.charCodeAt(cursor.at))) beyond();
    finishLine(cursor);
    open = true;
  }
}

function readRoot<S>(cursor: Cursor<S>, column: number): Block<S> {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === 91 || code === 123) {
    const value = readFlow(cursor, -1, MAX_DEPTH);
    finishLine(cursor);
    return value;
  }
  return readCollection(cursor, column, MAX_DEPTH) ?? beyond();
}

/** The list or map whose first entry is at the cursor, in `column`; undefined when neither begins there. */
function readCollection<S>(cursor: Cursor<S>, column: number, depth: number): Block<S> | undefined {
  if (depth <= 0) beyond();
  const { text, at } = cursor;
  if (text.charCodeAt(at) === DASH && isGap(text.charCodeAt(at + 1))) return readList(cursor, column, depth);
  return keyEndAt(cursor) === -1 ? undefined : readMap(cursor, column, depth);
}

/** Where the key at the cursor ends; -1 when what is there is no key. */
function keyEndAt(cursor: Cursor<unknown>): number {
  const { text, at } = cursor;
  const code = text.charCodeAt(at);
  if (code !== QUOTE && code !== APOSTROPHE) return startsPlain(text, at) ? plainKeyEnd(text, at) : -1;
  // A quoted key stands on one line; a quoted value may not, and ends a line.
  readQuoted(cursor, -1);
  const end = cursor.at;
  cursor.at = at;
  if (text.charCodeAt(end) !== COLON) return -1;
  return isGap(text.charCodeAt(end + 1)) && !text.slice(at, end).includes('\n') ? end : beyond();
}

function readList<S>(cursor: Cursor<S>, column: number, depth: number): Block<S> {
  const items: Block<S>[] = [];
  for (;;) {
    cursor.at += 1;
    const dash = cursor.at;
    skipSpaces(cursor);
    const inside = column + 1 + cursor.at - dash;
    const code = cursor.text.charCodeAt(cursor.at);
    if (endsLine(code) || code === HASH) {
      cursor.at = dash;
      finishLine(cursor);
      items.push(readBelow(cursor, column, depth, false));
    } else items.push(readCollection(cursor, inside, depth - 1) ?? readValue(cursor, column, depth));
    if (!continues(cursor, column)) return items;
    const next = cursor.text.charCodeAt(cursor.at);
    if (next !== DASH || !isGap(cursor.text.charCodeAt(cursor.at + 1))) {
      // A list that stands in its key's own column ends at the next key.
      cursor.at -= column;
      return items;
    }
  }
}

function readMap<S>(cursor: Cursor<S>, column: number, depth: number): Block<S> {
  const map: Record<string, Block<S>> = {};
  for (;;) {
    const end = keyEndAt(cursor);
    if (end === -1) beyond();
    const code = cursor.text.charCodeAt(cursor.at);
    const quoted = code === QUOTE || code === APOSTROPHE;
    const text = quoted ? readQuoted(cursor, column) : cursor.text.slice(cursor.at, end);
    const key = keyOf(cursor, text, quoted, map);
    cursor.at = end + 1;
    const colon = cursor.at;
    skipSpaces(cursor);
    const next = cursor.text.charCodeAt(cursor.at);
    if (endsLine(next) || next === HASH) {
      cursor.at = colon;
      finishLine(cursor);
      map[key] = readBelow(cursor, column, depth, true);
    } else map[key] = readValue(cursor, column, depth);
    if (!continues(cursor, column)) return map;
  }
}

/** Whether another entry of a collection in `column` follows, at the cursor then; else the cursor is at a line's start. */
function continues(cursor: Cursor<unknown>, column: number): boolean {
  const next = seekContent(cursor);
  if (next > column) beyond();
  if (next === column) return true;
  if (next >= 0) cursor.at -= next;
  return false;
}

/** What a key or dash without text on its line holds: deeper lines, a list in the key's own column, or nothing. */
function readBelow<S>(cursor: Cursor<S>, column: number, depth: number, isKey: boolean): Block<S> {
  const start = cursor.at;
  const next = seekContent(cursor);
  const { text, at } = cursor;
  if (next > column) return readCollection(cursor, next, depth - 1) ?? readValue(cursor, column, depth);
  const indentless =
    isKey && next === column && text.charCodeAt(at) === DASH && isGap(text.charCodeAt(at + 1));
  if (indentless) return readList(cursor, column, depth - 1);
  cursor.at = start;
  return cursor.resolve('');
}

/** A value that begins at the cursor and is no block collection; the cursor ends at a line's start. */
function readValue<S>(cursor: Cursor<S>, parent: number, depth: number): Block<S> {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === 124 || code === 62) return readBlockScalar(cursor, parent);
  if (code === QUOTE || code === APOSTROPHE) {
    const value = readQuoted(cursor, parent);
    finishLine(cursor);
    return value;
  }
  if (code === 91 || code === 123) {
    const value = readFlow(cursor, parent, depth - 1);
    finishLine(cursor);
    return value;
  }
  return cursor.resolve(readPlain(cursor, parent));
}
