/** What the reader of plain YAML holds while it reads one text. */
export interface Cursor<S> {
  readonly text: string;
  /** The next character that was not read. */
  at: number;
  /** What a plain scalar becomes. */
  readonly resolve: (text: string) => S;
  /** Whether a key that is given twice is a matter for the full parser. */
  readonly strict: boolean;
  /** Told of the text of each literal (`|`) and folded (`>`) scalar. */
  readonly block?: (text: string, style: '|' | '>') => void;
}

/** A value of YAML whose plain scalars became `S`. */
export type Block<S> = S | string | readonly Block<S>[] | { readonly [key: string]: Block<S> };

/** Thrown at whatever only the full parser may judge: rare syntax and every error. */
export const BEYOND: unique symbol = Symbol('beyond plain YAML');

/** Gives up. */
export function beyond(): never {
  throw BEYOND;
}

/** Character codes by name. */
export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const APOSTROPHE = 39;
export const COMMA = 44;
export const DASH = 45;
export const COLON = 58;
export const BACKSLASH = 92;

/** Whether a line or the text ends here. */
export function endsLine(code: number): boolean {
  return code === NEWLINE || Number.isNaN(code);
}

/** Whether a token may end here: a space, a line's end or the text's. */
export function isGap(code: number): boolean {
  return code === SPACE || code === NEWLINE || Number.isNaN(code);
}

/** Where the line of `at` ends: its newline, or the text's end. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** Over spaces. */
export function skipSpaces(cursor: Cursor<unknown>): void {
  while (cursor.text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
}

/** To the next line; only spaces and a comment may be left of this one. */
export function finishLine(cursor: Cursor<unknown>): void {
  const before = cursor.at;
  skipSpaces(cursor);
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === HASH && cursor.at > before) cursor.at = lineEnd(cursor.text, cursor.at);
  else if (!endsLine(code)) beyond();
  if (cursor.at < cursor.text.length) cursor.at += 1;
}

/** From a line's start to the first line with content, whose column is the answer; -1 at a document's end. */
export function seekContent(cursor: Cursor<unknown>): number {
  const { text } = cursor;
  while (cursor.at < text.length) {
    const start = cursor.at;
    skipSpaces(cursor);
    const code = text.charCodeAt(cursor.at);
    if (!endsLine(code) && code !== HASH) {
      const column = cursor.at - start;
      if (column === 0 && isMarker(text, start)) return -1;
      return column;
    }
    const end = lineEnd(text, cursor.at);
    cursor.at = end < text.length ? end + 1 : end;
  }
  return -1;
}

/** Whether a line begins with `---` or `...`. */
export function isMarker(text: string, start: number): boolean {
  return text.startsWith('---', start) || text.startsWith('...', start);
}
