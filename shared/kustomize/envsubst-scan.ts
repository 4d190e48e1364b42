import { type Bytes, runeAt } from './runes.ts';

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
  mode: Mode;
  accept: Accept;
  /** Inside `${}` a backslash escapes a slash or a backslash. */
  backslash: boolean;
  scan(): Token;
  peek(): number;
  read(): number;
  unread(): void;
  /** The last token's text, without the characters that escaped others. */
  text(): Bytes;
}

export function scannerOf(bytes: Bytes): Scanner {
  let position = 0;
  let start = 0;
  let width = 0;
  let skipped: number[] = [];
  const scanner: Scanner = {
    mode: {},
    accept: () => true,
    backslash: false,
    scan,
    peek,
    read,
    unread: () => {
      position -= width;
    },
    text,
  };
  return scanner;

  function read(): number {
    if (position >= bytes.length) {
      width = 0;
      return END;
    }
    const rune = runeAt(bytes, position);
    width = rune.width;
    position += width;
    return rune.code;
  }

  function peek(): number {
    const code = read();
    position -= width;
    return code;
  }

  function text(): Bytes {
    let result = '';
    let from = start;
    for (const at of skipped) {
      result += bytes.slice(from, at);
      from = at + 1;
    }
    return result + bytes.slice(from, position);
  }

  function scan(): Token {
    start = position;
    skipped = [];
    const code = read();
    if (code === END) return 'end';
    if (opens(code)) return 'open';
    if (scanner.mode.close && code === CLOSE) return 'close';
    return identifier(code) ? 'identifier' : 'illegal';
  }

  function identifier(first: number): boolean {
    if (!scanner.mode.identifier) return false;
    if (escaped(first)) skip();
    else if (!scanner.accept(first, position - start)) return false;
    for (;;) {
      const code = read();
      if (code === END) {
        position -= width;
        return true;
      }
      if (opens(code)) {
        position -= 2 * width;
        return true;
      }
      if (escaped(code)) skip();
      else if (!scanner.accept(code, position - start - skipped.length)) {
        position -= width;
        return true;
      }
    }
  }

  /** Drops the escaping character and takes the escaped one, whatever it is. */
  function skip(): void {
    skipped.push(position - 1);
    position += 1;
  }

  function opens(code: number): boolean {
    if (!scanner.mode.open || code !== DOLLAR) return false;
    if (read() === OPEN) return true;
    position -= width;
    return false;
  }

  function escaped(code: number): boolean {
    if (!scanner.mode.escape) return false;
    if (code === DOLLAR && peek() === DOLLAR) return true;
    if (code !== BACKSLASH || !scanner.backslash) return false;
    const next = peek();
    return next === SLASH || next === BACKSLASH;
  }
}
