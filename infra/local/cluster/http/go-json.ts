/** What is wrong with a JSON text in the words of Go's encoding/json, and which members it has twice. */
export interface JsonFindings {
  readonly error?: string;
  readonly duplicates: readonly Duplicate[];
}

/** A member that is there again. */
export interface Duplicate {
  readonly key: string;
  /** As the API server writes it: `metadata.name`, `spec.ports[1].port`. */
  readonly path: string;
  /** Where the text goes on behind the key. */
  readonly at: number;
}

/** Deeper texts are refused, as by Go's decoder. */
const MAX_DEPTH = 10_000;

const ENDED = 'unexpected end of JSON input';
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const SPACE = /[ \t\n\r]*/y;
const PLAIN_STRING = /"[^"\\\p{Cc}]*"/uy;

/** Reads `text` to its end or to its first fault. */
export function scanJson(text: string): JsonFindings {
  const scan: Scan = { text, at: 0, path: [], duplicates: [] };
  try {
    readValue(scan);
    skipSpace(scan);
    if (scan.at < text.length) unexpected(scan, 'after top-level value');
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { error: error.message, duplicates: [] };
  }
  return { duplicates: scan.duplicates };
}

interface Scan {
  readonly text: string;
  at: number;
  readonly path: (string | number)[];
  readonly duplicates: Duplicate[];
}

class Malformed extends Error {}

function readValue(scan: Scan): void {
  skipSpace(scan);
  const first = scan.text[scan.at] ?? '';
  const literal = LITERALS[first];
  if (first === '{') readObject(scan);
  else if (first === '[') readArray(scan);
  else if (first === '"') readString(scan);
  else if (literal) readLiteral(scan, literal);
  else readNumber(scan);
}

function readObject(scan: Scan): void {
  enter(scan);
  const seen = new Set<string>();
  for (let first = true; ; first = false) {
    skipSpace(scan);
    if (first && scan.text[scan.at] === '}') break;
    if (scan.text[scan.at] !== '"') unexpected(scan, 'looking for beginning of object key string');
    const key = readString(scan);
    scan.path.push(key);
    if (seen.has(key)) scan.duplicates.push({ key, path: pathText(scan.path), at: scan.at });
    seen.add(key);
    skipSpace(scan);
    if (scan.text[scan.at] !== ':') unexpected(scan, 'after object key');
    scan.at += 1;
    readValue(scan);
    scan.path.pop();
    skipSpace(scan);
    if (scan.text[scan.at] === '}') break;
    if (scan.text[scan.at] !== ',') unexpected(scan, 'after object key:value pair');
    scan.at += 1;
  }
  scan.at += 1;
}

function readArray(scan: Scan): void {
  enter(scan);
  for (let index = 0; ; index++) {
    skipSpace(scan);
    if (index === 0 && scan.text[scan.at] === ']') break;
    scan.path.push(index);
    readValue(scan);
    scan.path.pop();
    skipSpace(scan);
    if (scan.text[scan.at] === ']') break;
    if (scan.text[scan.at] !== ',') unexpected(scan, 'after array element');
    scan.at += 1;
  }
  scan.at += 1;
}

function enter(scan: Scan): void {
  scan.at += 1;
  if (scan.path.length >= MAX_DEPTH) throw new Malformed('exceeded max depth');
}

function readString(scan: Scan): string {
  const start = scan.at;
  PLAIN_STRING.lastIndex = start;
  if (PLAIN_STRING.test(scan.text)) {
    scan.at = PLAIN_STRING.lastIndex;
    return scan.text.slice(start + 1, scan.at - 1);
  }
  for (scan.at += 1; scan.text[scan.at] !== '"'; scan.at += 1) {
    if (scan.text[scan.at] === '\\') readEscape(scan);
    else if ((scan.text[scan.at] ?? ' ') < ' ' || scan.at >= scan.text.length)
      unexpected(scan, 'in string literal');
  }
  scan.at += 1;
  return JSON.parse(scan.text.slice(start, scan.at)) as string;
}

function readEscape(scan: Scan): void {
  scan.at += 1;
  if (scan.text[scan.at] !== 'u') {
    if (!'"\\/bfnrt'.includes(scan.text[scan.at] ?? '?')) unexpected(scan, 'in string escape code');
    return;
  }
  for (let digit = 0; digit < 4; digit++) {
    scan.at += 1;
    if (!/[\da-fA-F]/.test(scan.text[scan.at] ?? '')) unexpected(scan, 'in \\u hexadecimal character escape');
  }
}

function readLiteral(scan: Scan, literal: string): void {
  for (const letter of literal) {
    if (scan.text[scan.at] !== letter)
      unexpected(scan, `in literal ${literal} (expecting ${quoted(letter)})`);
    scan.at += 1;
  }
}

function readNumber(scan: Scan): void {
  NUMBER.lastIndex = scan.at;
  if (NUMBER.test(scan.text)) {
    scan.at = NUMBER.lastIndex;
    const next = scan.text[scan.at];
    if (next === '.') fail(scan, 1, 'after decimal point in numeric literal');
    if (next === 'e' || next === 'E') fail(scan, 1, 'in exponent of numeric literal');
    return;
  }
  if (scan.text[scan.at] === '-') fail(scan, 1, 'in numeric literal');
  unexpected(scan, 'looking for beginning of value');
}

function fail(scan: Scan, skip: number, where: string): never {
  scan.at += skip;
  unexpected(scan, where);
}

function unexpected(scan: Scan, where: string): never {
  if (scan.at >= scan.text.length) throw new Malformed(ENDED);
  const character = String.fromCodePoint(scan.text.codePointAt(scan.at) ?? 0);
  throw new Malformed(`invalid character ${quoted(character)} ${where}`);
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  const code = character.charCodeAt(0);
  const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
  const shown = names[character] ?? (code < 32 ? `\\x${code.toString(16).padStart(2, '0')}` : character);
  return `'${shown}'`;
}

function skipSpace(scan: Scan): void {
  if (scan.text.charCodeAt(scan.at) > 32) return;
  SPACE.lastIndex = scan.at;
  SPACE.test(scan.text);
  scan.at = SPACE.lastIndex;
}

function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('');
}
