import { loadLibrary } from './library.ts';

/** A text without line breaks that matches as a whole. */
export type Matches = (text: string) => boolean;

/** Characters of one pattern; names of Kubernetes have at most 253. */
const MAX_PATTERN = 1024;

/** Loads Go's regular expressions, which match in linear time: a function that compiles patterns. It throws an Error, in Go's words, about a wrong one. */
export async function loadPatterns(): Promise<(pattern: string) => Matches> {
  const library = await loadLibrary();
  return (pattern) => {
    if (pattern.length > MAX_PATTERN) throw new Error(`pattern has more than ${MAX_PATTERN} characters`);
    const anchored = `^(?:${pattern})$`;
    const known = new Map<string, boolean>();
    const matches = (text: string) => {
      const answer = known.get(text) ?? library.call('matches', text, [anchored]) === true;
      known.set(text, answer);
      return answer;
    };
    matches('');
    return matches;
  };
}
