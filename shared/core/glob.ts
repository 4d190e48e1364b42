/** A shell pattern for one path element, matched as Go's `filepath.Match` does; a malformed one matches nothing. */
export type ElementMatcher = (name: string) => boolean;

type Token =
  | { readonly kind: 'star' | 'any' }
  | { readonly kind: 'literal'; readonly character: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/** Compiles `pattern`; matching takes at most pattern length times name length steps, whoever wrote it. */
export function compileElement(pattern: string): ElementMatcher {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern;
  if (/^\*[^*?[\\]*$/.test(pattern)) {
    const suffix = pattern.slice(1);
    return (name) => name.endsWith(suffix);
  }
  const tokens = tokenize([...pattern]);
  return tokens === undefined ? () => false : (name) => matches(tokens, [...name]);
}

/** Whether a path matches; `malformed` when what is wrong with the pattern is met on the way. */
export type PathMatcher = (path: string) => boolean | 'malformed';

interface Chunk {
  readonly star: boolean;
  /** Undefined when malformed. */
  readonly tokens: readonly Token[] | undefined;
}

/** A pattern for a whole path as Go's `filepath.Match` matches it: neither `*` nor `?` passes a slash, and what comes behind a mismatch is not looked at. */
export function compilePath(pattern: string): PathMatcher {
  const chunks: Chunk[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; ) {
    const start = at;
    while (characters[at] === '*') at++;
    const end = endOfChunk(characters, at);
    chunks.push({ star: at > start, tokens: tokenize(characters.slice(at, end)) });
    at = end;
  }
  return (path) => matchesPath(chunks, [...path]);
}

/** Where the next star outside of brackets is. */
function endOfChunk(pattern: readonly string[], from: number): number {
  let inside = false;
  let at = from;
  for (; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '*' && !inside) return at;
    if (character === '[') inside = true;
    else if (character === ']') inside = false;
    else if (character === '\\') at++;
  }
  return Math.min(at, pattern.length);
}

/** As Go: what stands between two stars is taken where it fits first, and never sought again. */
function matchesPath(chunks: readonly Chunk[], name: readonly string[]): boolean | 'malformed' {
  let at = 0;
  for (const [index, { star, tokens }] of chunks.entries()) {
    if (tokens === undefined) return 'malformed';
    const isLast = index === chunks.length - 1;
    if (star && tokens.length === 0) return !name.includes('/', at);
    const fits = (from: number): boolean =>
      (!isLast || from + tokens.length === name.length) && fitsAt(tokens, name, from);
    let from = at;
    while (!fits(from)) {
      if (!star || from >= name.length || name[from] === '/') return false;
      from++;
    }
    at = from + tokens.length;
  }
  return at === name.length;
}

function fitsAt(tokens: readonly Token[], name: readonly string[], from: number): boolean {
  return tokens.every((token, offset) => {
    const character = name[from + offset];
    if (character === undefined || (token.kind === 'any' && character === '/')) return false;
    return accepts(token, character);
  });
}

/** Greedy with one backtrack point, the latest star: enough for globs, and never exponential. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const present = tokens[token];
    if (present?.kind === 'star') {
      star = token++;
      resume = at;
    } else if (present !== undefined && accepts(present, name[at] as string)) {
      token++;
      at++;
    } else if (star !== -1) {
      token = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (tokens[token]?.kind === 'star') token++;
  return token === tokens.length;
}

function accepts(token: Token, character: string): boolean {
  if (token.kind === 'literal') return token.character === character;
  if (token.kind !== 'class') return token.kind === 'any';
  const point = character.codePointAt(0) ?? 0;
  const inside = token.ranges.some(
    ([low, high]) => (low.codePointAt(0) ?? 0) <= point && point <= (high.codePointAt(0) ?? 0),
  );
  return inside !== token.negated;
}

function tokenize(pattern: readonly string[]): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '[') {
      const found = readClass(pattern, at + 1);
      if (found === undefined) return undefined;
      tokens.push(found.token);
      at = found.end;
    } else {
      if (character === '\\') at++;
      const literal = pattern[at];
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'literal', character: literal });
    }
  }
  return tokens;
}

/** `end` is the index of the closing bracket; undefined when the class is malformed. */
function readClass(pattern: readonly string[], start: number): { token: Token; end: number } | undefined {
  const negated = pattern[start] === '^';
  const ranges: [string, string][] = [];
  for (let at = negated ? start + 1 : start; ; ) {
    if (pattern[at] === ']' && ranges.length > 0)
      return { token: { kind: 'class', negated, ranges }, end: at };
    const low = readMember(pattern, at);
    if (low === undefined) return undefined;
    at = low.next;
    if (pattern[at] !== '-') {
      ranges.push([low.character, low.character]);
      continue;
    }
    const high = readMember(pattern, at + 1);
    if (high === undefined) return undefined;
    at = high.next;
    ranges.push([low.character, high.character]);
  }
}

function readMember(pattern: readonly string[], at: number): { character: string; next: number } | undefined {
  const first = pattern[at];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const index = first === '\\' ? at + 1 : at;
  const character = pattern[index];
  // a member must be followed by something: at least the closing bracket
  if (character === undefined || index + 1 >= pattern.length) return undefined;
  return { character, next: index + 1 };
}
