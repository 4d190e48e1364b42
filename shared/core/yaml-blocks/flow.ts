import {
  APOSTROPHE,
  type Block,
  beyond,
  COLON,
  COMMA,
  type Cursor,
  HASH,
  isGap,
  isMarker,
  NEWLINE,
  QUOTE,
  SPACE,
} from './cursor.ts';
import { keyOf } from './keys.ts';
import { readQuoted, startsPlain } from './scalars.ts';

const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;
const ENDS_PLAIN = new Set([COMMA, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP, NEWLINE]);

/** A `[...]` or `{...}` at the cursor, which JSON is made of; later lines of it must be indented deeper than `parent`. */
export function readFlow<S>(cursor: Cursor<S>, parent: number, depth: number): Block<S> {
  if (depth <= 0) beyond();
  return cursor.text.charCodeAt(cursor.at) === OPEN_LIST
    ? readList(cursor, parent, depth)
    : readMap(cursor, parent, depth);
}

function readList<S>(cursor: Cursor<S>, parent: number, depth: number): Block<S> {
  const items: Block<S>[] = [];
  cursor.at += 1;
  for (;;) {
    skipGaps(cursor, parent);
    if (cursor.text.charCodeAt(cursor.at) === CLOSE_LIST) break;
    items.push(readValue(cursor, parent, depth));
    if (!separator(cursor, parent, CLOSE_LIST)) break;
  }
  cursor.at += 1;
  return items;
}

function readMap<S>(cursor: Cursor<S>, parent: number, depth: number): Block<S> {
  const map: Record<string, Block<S>> = {};
  cursor.at += 1;
  for (;;) {
    skipGaps(cursor, parent);
    const code = cursor.text.charCodeAt(cursor.at);
    if (code === CLOSE_MAP) break;
    const quoted = code === QUOTE || code === APOSTROPHE;
    const start = cursor.at;
    const key = keyOf(cursor, quoted ? readQuoted(cursor, parent) : flowPlain(cursor), quoted, map);
    if (cursor.text.charCodeAt(cursor.at) !== COLON) beyond();
    if (quoted && cursor.text.slice(start, cursor.at).includes('\n')) beyond();
    cursor.at += 1;
    if (!quoted && !isGap(cursor.text.charCodeAt(cursor.at))) beyond();
    skipGaps(cursor, parent);
    map[key] = readValue(cursor, parent, depth);
    if (!separator(cursor, parent, CLOSE_MAP)) break;
  }
  cursor.at += 1;
  return map;
}

function readValue<S>(cursor: Cursor<S>, parent: number, depth: number): Block<S> {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === OPEN_LIST || code === OPEN_MAP) return readFlow(cursor, parent, depth - 1);
  if (code === QUOTE || code === APOSTROPHE) return readQuoted(cursor, parent);
  return cursor.resolve(flowPlain(cursor));
}

/** A plain scalar inside brackets: one line, without colons that are none of a key's. */
function flowPlain(cursor: Cursor<unknown>): string {
  const { text } = cursor;
  const start = cursor.at;
  if (!startsPlain(text, start)) beyond();
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (Number.isNaN(code) || code === HASH) beyond();
    if (ENDS_PLAIN.has(code) || code === COLON) break;
    cursor.at += 1;
  }
  const plain = text.slice(start, cursor.at).trimEnd();
  if (plain === '' || plain === '-' || plain.includes('\t') || plain.includes('?')) beyond();
  if (text.charCodeAt(cursor.at) === COLON && text.charCodeAt(cursor.at - 1) === SPACE) beyond();
  return plain;
}

/** Over what stands between two values; whether another may follow. */
function separator(cursor: Cursor<unknown>, parent: number, close: number): boolean {
  skipGaps(cursor, parent);
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === close) return false;
  if (code !== COMMA) beyond();
  cursor.at += 1;
  return true;
}

function skipGaps(cursor: Cursor<unknown>, parent: number): void {
  const { text } = cursor;
  for (;;) {
    const code = text.charCodeAt(cursor.at);
    if (code === SPACE) cursor.at += 1;
    else if (code === NEWLINE) {
      const start = cursor.at + 1;
      cursor.at = start;
      while (text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
      const blank = text.charCodeAt(cursor.at) === NEWLINE;
      if (!blank && (cursor.at - start <= parent || isMarker(text, start))) beyond();
    } else return;
  }
}
