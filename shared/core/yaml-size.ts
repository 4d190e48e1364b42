import { Fault } from './failures.ts';

/** 512 Ki lines, commas and opening brackets: the parser takes up to 2 KB of memory for what stands between two of them. */
export const MAX_YAML_PIECES = 512 * 1024;

/** 272 Ki tokens of what the full parser must read: it keeps up to 1.4 KB for each, in one line of dashes or brackets, too. */
const MAX_FULL_TOKENS = 272 * 1024;

/** Faults as `too-large`: the parser has no bounds of its own, and a text of few bytes a node would take all memory there is. */
export function refusePieces(text: string): void {
  if (count(text, PIECES, MAX_YAML_PIECES) > MAX_YAML_PIECES)
    throw new Fault('too-large', `YAML of more than ${MAX_YAML_PIECES} lines and items: split it`);
}

/** Faults as `too-large`; counts whatever begins a token, ends one or stands for one, and a bracket that may close nothing as two. */
export function refuseTokens(text: string): void {
  const tokens = count(text, TOKENS, MAX_FULL_TOKENS) + count(text, CLOSING, MAX_FULL_TOKENS);
  if (tokens > MAX_FULL_TOKENS) {
    throw new Fault(
      'too-large',
      `YAML of more than ${MAX_FULL_TOKENS} tokens, and of more than plain mappings and lists: split it`,
    );
  }
}

const PIECES = /[\n,[{]/g;
const CLOSING = /[\]}]/g;
const TOKENS = /[\n,[\]{}"'&!*]|[-?:](?=\s)/g;

/** How often it is there, no further than one beyond `most`; one at a time, as a list of all would be large. */
function count(text: string, what: RegExp, most: number): number {
  if (text.length <= most) return 0;
  let found = 0;
  what.lastIndex = 0;
  while (found <= most && what.test(text)) found += 1;
  return found;
}
