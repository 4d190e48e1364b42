import { Fault } from '../../core/failures.ts';
import { Branch, Comment, type Entry, Instant, isList, type TreeValue } from '../tree.ts';

/** Levels of a JSON text; Go's own decoder stops at 10 000, where ours would run out of stack. */
const MAX_DEPTH = 1_000;

/** Reads an object with its keys in order, repeated ones among them. What follows the object is not looked at. Fault `malformed`. */
export function readJson(text: string): Branch {
  const reader: Reader = { text, at: 0 };
  space(reader);
  if (text[reader.at] !== '{') throw problem('SOPS only supports JSON files with a top-level object');
  return readObject(reader, 0);
}

interface Reader {
  readonly text: string;
  at: number;
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;

function readObject(reader: Reader, depth: number): Branch {
  const items: Entry[] = [];
  reader.at += 1;
  if (taken(reader, '}')) return new Branch(items);
  for (;;) {
    space(reader);
    const key = JSON.parse(token(reader, STRING)) as string;
    if (!taken(reader, ':')) throw unexpected(reader);
    items.push({ key, value: readValue(reader, depth + 1) });
    if (taken(reader, '}')) return new Branch(items);
    if (!taken(reader, ',')) throw unexpected(reader);
  }
}

function readArray(reader: Reader, depth: number): readonly TreeValue[] {
  const items: TreeValue[] = [];
  reader.at += 1;
  if (taken(reader, ']')) return items;
  for (;;) {
    items.push(readValue(reader, depth + 1));
    if (taken(reader, ']')) return items;
    if (!taken(reader, ',')) throw unexpected(reader);
  }
}

function readValue(reader: Reader, depth: number): TreeValue {
  if (depth > MAX_DEPTH) throw problem(`JSON nested deeper than ${MAX_DEPTH} levels`);
  space(reader);
  const next = reader.text[reader.at] ?? '';
  if (next === '{') return readObject(reader, depth);
  if (next === '[') return readArray(reader, depth);
  if (next === '"') return JSON.parse(token(reader, STRING)) as string;
  if (/[-0-9]/.test(next)) return readNumber(token(reader, NUMBER));
  return JSON.parse(token(reader, WORD)) as boolean | null;
}

const INT64 = 2n ** 63n;

/** Whole numbers of 64 bits stay exact, everything else is a float, as in SOPS. */
function readNumber(text: string): bigint | number {
  const whole = /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined;
  return whole !== undefined && whole >= -INT64 && whole < INT64 ? whole : Number(text);
}

function token(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [found] = pattern.exec(reader.text) ?? [];
  if (found === undefined) throw unexpected(reader);
  reader.at += found.length;
  return found;
}

function taken(reader: Reader, sign: string): boolean {
  space(reader);
  if (reader.text[reader.at] !== sign) return false;
  reader.at += 1;
  return true;
}

function space(reader: Reader): void {
  SPACE.lastIndex = reader.at;
  reader.at += SPACE.exec(reader.text)?.[0].length ?? 0;
}

/** The place, but not the text, which may be secret. */
function unexpected({ at }: Reader): Fault {
  return problem(`unexpected text at character ${at + 1}`);
}

function problem(text: string): Fault {
  return new Fault('malformed', `Could not unmarshal input data: ${text}`);
}

/** Writes an object as SOPS does: tabs, no comments, Go's escapes, a line break at the end. */
export function writeJson(branch: Branch): string {
  return `${objectText(branch, '')}\n`;
}

function objectText(branch: Branch, indent: string): string {
  const inner = `${indent}\t`;
  const items = branch.items.flatMap((item) =>
    item instanceof Comment ? [] : [`${inner}${stringText(item.key)}: ${valueText(item.value, inner)}`],
  );
  return items.length === 0 ? '{}' : `{\n${items.join(',\n')}\n${indent}}`;
}

function valueText(value: TreeValue, indent: string): string {
  if (value instanceof Branch) return objectText(value, indent);
  if (isList(value)) {
    const inner = `${indent}\t`;
    const items = value.filter((item) => !(item instanceof Comment));
    if (items.length === 0) return '[]';
    return `[\n${items.map((item) => inner + valueText(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value instanceof Comment) return stringText(value.text);
  if (value instanceof Instant) return stringText(value.text);
  if (value instanceof Uint8Array) return stringText(new TextDecoder().decode(value));
  return typeof value === 'string' ? stringText(value) : String(value);
}

// What Go escapes besides JavaScript: text for HTML, and DEL is left alone by both.
const ESCAPED = /[<>&\u2028\u2029]/g;

function stringText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    ESCAPED,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
