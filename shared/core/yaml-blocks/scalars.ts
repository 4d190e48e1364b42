import {
  APOSTROPHE,
  BACKSLASH,
  beyond,
  COLON,
  type Cursor,
  endsLine,
  finishLine,
  HASH,
  isGap,
  lineEnd,
  NEWLINE,
  QUOTE,
  SPACE,
  TAB,
} from './cursor.ts';

// Escapes of double-quoted scalars that YAML and JSON share, and YAML's own short ones for control characters.
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['0', '\0'],
  ['a', '\x07'],
  ['e', '\x1b'],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
]);

/** A quoted scalar at the cursor; later lines of it must be indented deeper than `parent`. */
export function readQuoted(cursor: Cursor<unknown>, parent: number): string {
  const quote = cursor.text.charCodeAt(cursor.at);
  cursor.at += 1;
  let result = '';
  let from = cursor.at;
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (Number.isNaN(code)) beyond();
    if (code === quote) {
      result += cursor.text.slice(from, cursor.at);
      cursor.at += 1;
      if (quote === QUOTE || cursor.text.charCodeAt(cursor.at) !== APOSTROPHE) return result;
      result += "'";
      cursor.at += 1;
      from = cursor.at;
    } else if (code === BACKSLASH && quote === QUOTE) {
      result += cursor.text.slice(from, cursor.at) + readEscape(cursor);
      from = cursor.at;
    } else if (code === NEWLINE) {
      if (cursor.text.charCodeAt(cursor.at - 1) === TAB) beyond();
      result += trimSpaces(cursor.text.slice(from, cursor.at)) + foldBreaks(cursor, parent);
      from = cursor.at;
    } else cursor.at += 1;
  }
}

function readEscape(cursor: Cursor<unknown>): string {
  const name = cursor.text[cursor.at + 1] ?? '';
  const known = ESCAPES.get(name);
  if (known !== undefined) {
    cursor.at += 2;
    return known;
  }
  const digits = name === 'x' ? 2 : name === 'u' ? 4 : beyond();
  const hex = cursor.text.slice(cursor.at + 2, cursor.at + 2 + digits);
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : beyond();
  if (code >= 0xd800 && code <= 0xdfff) beyond();
  cursor.at += 2 + digits;
  return String.fromCharCode(code);
}

/** From a newline inside quotes to the next line's content: a space, or one break less than there are. */
function foldBreaks(cursor: Cursor<unknown>, parent: number): string {
  let breaks = 0;
  let column = 0;
  while (cursor.text.charCodeAt(cursor.at) === NEWLINE) {
    breaks += 1;
    cursor.at += 1;
    const start = cursor.at;
    while (cursor.text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
    column = cursor.at - start;
  }
  if (cursor.text.charCodeAt(cursor.at) === TAB) beyond();
  // A closing quote at the line's start is judged differently by parsers.
  if (column <= parent || column === 0) beyond();
  return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
}

// What a plain scalar may not begin with in any context, `-`, `?` and `:` aside, which may when text follows.
const INDICATORS = new Set([...'#,[]{}&*!|>\'"%@`'].map((character) => character.charCodeAt(0)));

/** Whether a plain scalar can begin at `at`. */
export function startsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (INDICATORS.has(code) || isGap(code) || code === TAB) return false;
  return !((code === 45 || code === 63 || code === COLON) && isGap(text.charCodeAt(at + 1)));
}

/** Where the plain key at `at` ends, which is at its colon; -1 when the line holds none. */
export function plainKeyEnd(text: string, at: number): number {
  for (let end = at; ; end++) {
    const code = text.charCodeAt(end);
    if (endsLine(code)) return -1;
    if (code === TAB) beyond();
    if (code === COLON && isGap(text.charCodeAt(end + 1))) {
      return text.charCodeAt(end - 1) === SPACE ? beyond() : end;
    }
    if (code === HASH && text.charCodeAt(end - 1) === SPACE) return -1;
  }
}

/** A plain scalar of one or more lines; the cursor ends at the start of the line after it. */
export function readPlain(cursor: Cursor<unknown>, parent: number): string {
  const { text } = cursor;
  if (!startsPlain(text, cursor.at)) beyond();
  const first = plainLine(cursor);
  let result = first.text;
  let open = !first.commented;
  while (open) {
    const start = cursor.at;
    let at = start;
    while (text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    if (Number.isNaN(code) || at - start <= parent || code === HASH) break;
    // Blank lines inside a plain scalar are rare; whether one ends it depends on what follows.
    if (code === NEWLINE) {
      if (continuesAfterBlanks(text, at, parent)) beyond();
      break;
    }
    if (at === start) beyond();
    cursor.at = at;
    const line = plainLine(cursor);
    result += ` ${line.text}`;
    open = !line.commented;
  }
  // A blank line less indented than the scalar's parent ends it only if what follows is no continuation.
  if (open && text.charCodeAt(cursor.at) === NEWLINE && continuesAfterBlanks(text, cursor.at, parent))
    beyond();
  return result;
}

function continuesAfterBlanks(text: string, from: number, parent: number): boolean {
  let at = from;
  let start = from;
  while (text.charCodeAt(at) === NEWLINE) {
    start = at + 1;
    at = start;
    while (text.charCodeAt(at) === SPACE) at += 1;
  }
  const code = text.charCodeAt(at);
  return !Number.isNaN(code) && code !== HASH && at - start > parent;
}

/** Without the spaces at its end; a regular expression would try each run of spaces. */
function trimSpaces(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === SPACE) end -= 1;
  return text.slice(0, end);
}

function plainLine(cursor: Cursor<unknown>): { text: string; commented: boolean } {
  const whole = cursor.text.slice(cursor.at, lineEnd(cursor.text, cursor.at));
  const comment = whole.indexOf(' #');
  const line = trimSpaces(comment === -1 ? whole : whole.slice(0, comment));
  if (line.includes(': ') || line.endsWith(':') || line.includes('\t')) beyond();
  cursor.at += line.length;
  finishLine(cursor);
  return { text: line, commented: comment !== -1 };
}

/** A literal (`|`) or folded (`>`) scalar, its indicator at the cursor. */
export function readBlockScalar(cursor: Cursor<unknown>, parent: number): string {
  const literal = cursor.text[cursor.at] === '|';
  const header = /^[|>]([-+]?)([1-9]?)([-+]?)(?= |\n|$)/.exec(cursor.text.slice(cursor.at, cursor.at + 4));
  if (!header || parent < 0 || (header[1] && header[3])) beyond();
  const [whole, before = '', digit = '', after = ''] = header as RegExpExecArray;
  cursor.at += whole.length;
  finishLine(cursor);
  const indent = digit === '' ? detectIndent(cursor, parent) : parent + Number(digit);
  const text = blockLines(cursor, indent, literal, before || after);
  cursor.block?.(text, literal ? '|' : '>');
  return text;
}

/** The indentation of the first line with content; what is not deeper than `parent` is no content. */
function detectIndent({ text, at }: Cursor<unknown>, parent: number): number {
  let start = at;
  let deepest = 0;
  for (;;) {
    let end = start;
    while (text.charCodeAt(end) === SPACE) end += 1;
    const column = end - start;
    if (!endsLine(text.charCodeAt(end))) {
      if (text.charCodeAt(end) === TAB && column <= parent + 1) beyond();
      const indent = Math.max(column, parent + 1);
      return deepest > indent ? beyond() : indent;
    }
    deepest = Math.max(deepest, column);
    if (end >= text.length) return deepest > parent + 1 ? beyond() : parent + 1;
    start = end + 1;
  }
}

function blockLines(cursor: Cursor<unknown>, indent: number, literal: boolean, chomp: string): string {
  const { text } = cursor;
  let result = '';
  let leading = '';
  let trailing = '';
  let wasBlank = false;
  while (cursor.at < text.length) {
    let at = cursor.at;
    const limit = at + indent;
    while (at < limit && text.charCodeAt(at) === SPACE) at += 1;
    const code = text.charCodeAt(at);
    if (code === NEWLINE) trailing += '\n';
    else if (at < limit) {
      if (code === TAB) beyond();
      break;
    } else if (Number.isNaN(code)) break;
    else {
      const end = lineEnd(text, at);
      // Whether an unfinished last line has a break is a matter of taste.
      if (end >= text.length) beyond();
      const blank = code === SPACE || code === TAB;
      if (!literal && leading !== '' && !wasBlank && !blank) {
        if (trailing === '') result += ' ';
      } else result += leading;
      result += trailing + text.slice(at, end);
      trailing = '';
      wasBlank = blank;
      leading = '\n';
      at = end;
    }
    cursor.at = Math.min(at + 1, text.length);
  }
  // How many breaks a scalar without text has, and whether a last line of spaces is text, is judged differently.
  if (result.slice(result.lastIndexOf('\n') + 1).trim() === '') beyond();
  return chomp === '-' ? result : result + leading + (chomp === '+' ? trailing : '');
}
