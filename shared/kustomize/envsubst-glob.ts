import { type Bytes, runeAt } from './runes.ts';

/** Thrown for a pattern that is no pattern. */
export class BadPattern extends Error {}

/** Whether `pattern` (`*`, `?`, `[a-z]`, `[^a]`, `\c`) matches all of `name`; `*` matches `/` too. */
export function matches(pattern: Bytes, name: Bytes): boolean {
  let rest = pattern;
  let text = name;
  next: while (rest.length > 0) {
    const { star, chunk, after } = scanChunk(rest);
    rest = after;
    if (star && chunk === '') return true;
    const here = matchChunk(chunk, text);
    // The last chunk must exhaust the name.
    if (here !== undefined && (here.length === 0 || rest.length > 0)) {
      text = here;
      continue;
    }
    if (star) {
      for (let skip = 1; skip <= text.length; skip += 1) {
        const there = matchChunk(chunk, text.slice(skip));
        if (there === undefined || (rest.length === 0 && there.length > 0)) continue;
        text = there;
        continue next;
      }
    }
    return false;
  }
  return text.length === 0;
}

/** The stars at the start, what stands between them and the next star, and the rest. */
function scanChunk(pattern: Bytes): { star: boolean; chunk: Bytes; after: Bytes } {
  const body = pattern.replace(/^\*+/, '');
  let inRange = false;
  let at = 0;
  for (; at < body.length; at += 1) {
    const char = body[at];
    if (char === '\\') {
      if (at + 1 < body.length) at += 1;
    } else if (char === '[') inRange = true;
    else if (char === ']') inRange = false;
    else if (char === '*' && !inRange) break;
  }
  return { star: body.length < pattern.length, chunk: body.slice(0, at), after: body.slice(at) };
}

/** What is left of `text` after `chunk`, which has no star; undefined when it does not match. */
function matchChunk(pattern: Bytes, text: Bytes): Bytes | undefined {
  let chunk = pattern;
  let rest = text;
  while (chunk.length > 0) {
    if (rest.length === 0) return undefined;
    if (chunk[0] === '[') {
      const { code, width } = runeAt(rest, 0);
      rest = rest.slice(width);
      const set = matchClass(chunk.slice(1), code);
      if (!set.match) return undefined;
      chunk = set.after;
      continue;
    }
    if (chunk[0] === '?') {
      rest = rest.slice(runeAt(rest, 0).width);
      chunk = chunk.slice(1);
      continue;
    }
    if (chunk[0] === '\\') {
      chunk = chunk.slice(1);
      if (chunk.length === 0) throw new BadPattern();
    }
    if (chunk[0] !== rest[0]) return undefined;
    rest = rest.slice(1);
    chunk = chunk.slice(1);
  }
  return rest;
}

function matchClass(pattern: Bytes, code: number): { match: boolean; after: Bytes } {
  const negated = pattern.startsWith('^');
  let chunk = negated ? pattern.slice(1) : pattern;
  let match = false;
  for (let ranges = 0; !(chunk.startsWith(']') && ranges > 0); ranges += 1) {
    const low = readMember(chunk);
    chunk = low.after;
    let high = low.code;
    if (chunk.startsWith('-')) {
      const end = readMember(chunk.slice(1));
      high = end.code;
      chunk = end.after;
    }
    if (low.code <= code && code <= high) match = true;
  }
  return { match: match !== negated, after: chunk.slice(1) };
}

function readMember(pattern: Bytes): { code: number; after: Bytes } {
  let chunk = pattern;
  if (chunk === '' || chunk.startsWith('-') || chunk.startsWith(']')) throw new BadPattern();
  if (chunk.startsWith('\\')) {
    chunk = chunk.slice(1);
    if (chunk === '') throw new BadPattern();
  }
  const { code, width } = runeAt(chunk, 0);
  const after = chunk.slice(width);
  if ((code === 0xfffd && width === 1) || after === '') throw new BadPattern();
  return { code, after };
}
