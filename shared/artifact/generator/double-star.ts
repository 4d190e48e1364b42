import { badPattern } from './glob-files.ts';

/** What counts the steps of matching; throws where there are too many. */
export type CountSteps = (steps: number) => void;

const SLASH = 47;
const STAR = 42;
const BACKSLASH = 92;
const OPEN = 91;
const CLOSE = 93;
const BRACE = 123;
const BRACE_END = 125;
const COMMA = 44;
const DASH = 45;

type Points = readonly number[];

/** Whether doublestar v4 would call `pattern` well-formed. */
export function isDoubleStarPattern(pattern: string): boolean {
  const text = pointsOf(pattern);
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text[at];
    if (point === BACKSLASH) {
      at++;
      if (at >= text.length) return false;
    } else if (point === OPEN) {
      const end = endOfClass(text, at + 1);
      if (end === undefined) return false;
      at = end;
    } else if (point === BRACE) depth++;
    else if (point === BRACE_END) {
      if (depth === 0) return false;
      depth--;
    }
  }
  return depth === 0;
}

/** Whether a well-formed `pattern` matches a whole path as doublestar v4 does: `**` any folders, `{a,b}` either (AG-12). */
export function doubleStar(pattern: string, count: CountSteps): (path: string) => boolean {
  const points = pointsOf(pattern);
  return (path) => {
    count(path.length);
    return matchFrom({ pattern: points, path: pointsOf(path), count }, 0, 0, NOWHERE);
  };
}

/** The patterns without alternatives that `pattern` stands for; undefined when there are more than `most`. */
export function alternativesOf(pattern: string, most: number): string[] | undefined {
  const done: string[] = [];
  const open: Points[] = [pointsOf(pattern)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const brace = firstBrace(next);
    if (brace === -1) done.push(String.fromCodePoint(...next));
    else open.push(...alternativesAt(next, brace, () => undefined).reverse());
    if (done.length + open.length > most) return undefined;
  }
  return done;
}

function firstBrace(text: Points): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === BRACE) return at;
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === OPEN) at = endOfClass(text, at + 1) ?? at;
  }
  return -1;
}

interface Match {
  readonly pattern: Points;
  readonly path: Points;
  readonly count: CountSteps;
}

/** Where to go on when what follows a star does not fit: place in the pattern and in the path; -1 for no star yet. */
interface Places {
  readonly folders: readonly [number, number];
  readonly star: readonly [number, number];
}

const NOWHERE: Places = { folders: [-1, -1], star: [-1, -1] };

/** Greedy, with the last `**` and the last `*` to come back to: every step is counted, as alternatives multiply. */
function matchFrom(match: Match, fromPattern: number, fromPath: number, places: Places): boolean {
  const { pattern, path, count } = match;
  let { folders, star } = places;
  let [at, index] = [fromPattern, fromPath];
  let atStart = true;
  while (index < path.length) {
    count(1);
    const point = pattern[at];
    if (point === STAR) {
      const isDouble = pattern[at + 1] === STAR;
      at += isDouble ? 2 : 1;
      if (isDouble && atStart && at >= pattern.length) return true;
      if (isDouble && atStart && pattern[at] === SLASH) {
        at++;
        folders = [at, index];
        star = [-1, -1];
        continue;
      }
      atStart = false;
      star = [at, index];
      continue;
    }
    if (point === BRACE) return matchAlternatives(match, at, index, { folders, star });
    const next = point === undefined ? undefined : acceptOne(pattern, at, path[index] as number);
    if (next !== undefined) {
      atStart = path[index] === SLASH && point !== OPEN;
      at = next;
      index++;
      continue;
    }
    if (star[0] >= 0 && path[star[1]] !== SLASH) {
      star = [star[0], star[1] + 1];
      [at, index] = star;
      atStart = false;
      continue;
    }
    const slash = folders[0] < 0 ? -1 : path.indexOf(SLASH, folders[1]);
    if (slash === -1 || slash + 1 >= path.length) return false;
    folders = [folders[0], slash + 1];
    [at, index] = folders;
    atStart = true;
  }
  return at >= pattern.length || canBeEmpty(pattern.slice(at), count);
}

function matchAlternatives(match: Match, at: number, index: number, places: Places): boolean {
  return alternativesAt(match.pattern, at, match.count).some((pattern) =>
    matchFrom({ ...match, pattern }, at, index, places),
  );
}

/** The pattern once with each alternative of the brace at `at` instead of it. */
function alternativesAt(pattern: Points, at: number, count: CountSteps): Points[] {
  const end = endOfBrace(pattern, at + 1);
  if (end === undefined) throw badPattern();
  const [head, tail] = [pattern.slice(0, at), pattern.slice(end + 1)];
  return splitAtCommas(pattern.slice(at + 1, end)).map((alternative) => {
    count(pattern.length);
    return [...head, ...alternative, ...tail];
  });
}

/** Whether what is left of a pattern matches nothing at all: as `a/**` matches `a`. */
function canBeEmpty(rest: Points, count: CountSteps): boolean {
  const text = rest.length <= 4 ? String.fromCodePoint(...rest) : '';
  if (rest.length === 0 || EMPTY.has(text)) return true;
  return rest[0] === BRACE && alternativesAt(rest, 0, count).some((one) => canBeEmpty(one, count));
}

const EMPTY: ReadonlySet<string> = new Set(['*', '**', '/**', '**/', '/**/']);

/** The place behind the one literal, `?` or class at `at`, if it accepts `point`. */
function acceptOne(pattern: Points, at: number, point: number): number | undefined {
  const first = pattern[at];
  if (first === 63) return point === SLASH ? undefined : at + 1;
  if (first === OPEN) return acceptClass(pattern, at + 1, point);
  const literal = first === BACKSLASH ? at + 1 : at;
  if (pattern[literal] === undefined) throw badPattern();
  return pattern[literal] === point ? literal + 1 : undefined;
}

function acceptClass(pattern: Points, start: number, point: number): number | undefined {
  const end = endOfClass(pattern, start);
  if (end === undefined) throw badPattern();
  const negated = isNegation(pattern[start]);
  let at = negated ? start + 1 : start;
  let isIn = false;
  let low: number | undefined;
  while (at < end) {
    // A dash makes a range only between two members.
    const isRange = low !== undefined && pattern[at] === DASH && at + 1 < end;
    if (isRange) at++;
    if (pattern[at] === BACKSLASH) at++;
    const member = pattern[at] as number;
    isIn ||= isRange ? (low as number) <= point && point <= member : member === point;
    low = isRange ? undefined : member;
    at++;
  }
  return isIn === negated ? undefined : end + 1;
}

/** The index of the closing bracket of a class with members. */
function endOfClass(text: Points, start: number): number | undefined {
  let at = isNegation(text[start]) ? start + 1 : start;
  if (text[at] === CLOSE) return undefined;
  for (; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === CLOSE) return at;
  }
  return undefined;
}

function isNegation(point: number | undefined): boolean {
  return point === 33 || point === 94;
}

/** The index of the brace that closes the one before `start`; classes do not count. */
function endOfBrace(text: Points, start: number): number | undefined {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === BRACE) depth++;
    else if (text[at] === BRACE_END && --depth === 0) return at;
  }
  return undefined;
}

function splitAtCommas(text: Points): Points[] {
  const parts: number[][] = [[]];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text[at] as number;
    if (point === BRACE) depth++;
    if (point === BRACE_END) depth--;
    if (point === COMMA && depth === 0) parts.push([]);
    else parts.at(-1)?.push(point);
    if (point === BACKSLASH && at + 1 < text.length) parts.at(-1)?.push(text[++at] as number);
  }
  return parts;
}

function pointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number);
}
