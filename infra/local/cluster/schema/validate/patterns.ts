import { createRequire } from 'node:module';

/** A compiled pattern. */
export interface Pattern {
  test(text: string): boolean;
}

const require = createRequire(import.meta.url);
const patterns = new Map<string, Pattern>();

/** Patterns that are kept compiled. */
const MAX_PATTERNS = 2_000;

/** A pattern in RE2's syntax, which is Go's; loaded when the first is met (20 ms). Throws an Error with Go's words. */
export function patternOf(source: string): Pattern {
  const known = patterns.get(source);
  if (known) return known;
  const { RE2JS } = require('@bufbuild/re2') as typeof import('@bufbuild/re2');
  const made: Pattern = new RE2JS(source);
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  patterns.set(source, made);
  return made;
}
