import { type Bytes, runeAt } from './runes.ts';

/** What the scanner finds. */
export type Token = 'illegal' | 'end' | 'identifier' | 'open' | 'close';

/** Which tokens may come next. */
export interface Mode {
  readonly identifier?: boolean;
  readonly open?: boolean;
  readonly close?: boolean;
  readonly escape?: boolean;
}

/** Whether a rune belongs to the identifier; `bytes` counts from the token's start, this rune included. */
export type Accept = (code: number, bytes: number) => boolean;

// Upstream takes the rune 0 for the end.
const END = 0;
const DOLLAR = 0x24;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

/** Splits text as pkg/envsubst/parse/scan.go does, with its widths: a rune is un-read by the width of the one read last. */
export interface Scanner {
  readonly bytes: Bytes;
  mode: Mode;
  accept: Accept;
  /** Inside `${}` a backslash escapes a slash or a backslash. */
  backslash: boolean;
  position: number;
  start: number;
  width: number;
  /** Where the last token has characters that only escape others. */
  skipped: number[];
}

/** A scanner at the start of `bytes`. */
export function scannerOf(bytes: Bytes): Scanner {
  const accept = () => true;
  return { bytes, mode: {}, accept, backslash: false, position: 0, start: 0, width: 0, skipped: [] };
}

/** Takes the next rune; 0 at the end. */
export function read(scanner: Scanner): number {
  if (scanner.position >= scanner.bytes.length) {
    scanner.width = 0;
    return END;
  }
  const { code, width } = runeAt(scanner.bytes, scanner.position);
  scanner.width = width;
  scanner.position += width;
  return code;
}

/** Goes back by the rune read last. */
export function unread(scanner: Scanner): void {
  scanner.position -= scanner.width;
}

/** The next rune, which is not taken. */
export function peek(scanner: Scanner): number {
  const code = read(scanner);
  unread(scanner);
  return code;
}

/** The last token's text, without the characters that escaped others. */
export function tokenText({ bytes, start, position, skipped }: Scanner): Bytes {
  let result = '';
  let from = start;
  for (const at of skipped) {
    result += bytes.slice(from, at);
    from = at + 1;
  }
  return result + bytes.slice(from, position);
}

/** Takes the next token that the mode allows. */
export function scan(scanner: Scanner): Token {
  scanner.start = scanner.position;
  scanner.skipped = [];
  const code = read(scanner);
  if (code === END) return 'end';
  if (opens(scanner, code)) return 'open';
  if (scanner.mode.close && code === CLOSE) return 'close';
  return identifier(scanner, code) ? 'identifier' : 'illegal';
}

function identifier(scanner: Scanner, first: number): boolean {
  if (!scanner.mode.identifier) return false;
  if (escaped(scanner, first)) skip(scanner);
  else if (!scanner.accept(first, scanner.position - scanner.start)) return false;
  for (;;) {
    const code = read(scanner);
    if (code === END) {
      unread(scanner);
      return true;
    }
    if (opens(scanner, code)) {
      unread(scanner);
      unread(scanner);
      return true;
    }
    if (escaped(scanner, code)) skip(scanner);
    else if (!scanner.accept(code, scanner.position - scanner.start - scanner.skipped.length)) {
      unread(scanner);
      return true;
    }
  }
}

/** Drops the escaping character and takes the escaped one, whatever it is. */
function skip(scanner: Scanner): void {
  scanner.skipped.push(scanner.position - 1);
  scanner.position += 1;
}

function opens(scanner: Scanner, code: number): boolean {
  if (!scanner.mode.open || code !== DOLLAR) return false;
  if (read(scanner) === OPEN) return true;
  unread(scanner);
  return false;
}

function escaped(scanner: Scanner, code: number): boolean {
  if (!scanner.mode.escape) return false;
  if (code === DOLLAR && peek(scanner) === DOLLAR) return true;
  if (code !== BACKSLASH || !scanner.backslash) return false;
  const next = peek(scanner);
  return next === SLASH || next === BACKSLASH;
}
