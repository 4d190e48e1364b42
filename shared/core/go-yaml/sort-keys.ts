import { Fault } from '../failures.ts';

/** Keys in go-yaml v2's order: letters after everything else, digits as numbers. Fault `unsupported` beyond ASCII. */
export function sortKeys(keys: string[]): string[] {
  if (keys.length < 2) return keys;
  for (const key of keys) if (!ASCII.test(key)) refuse(`the key ${JSON.stringify(key.slice(0, 40))}`);
  return keys.sort(compareKeys);
}

const ASCII = /^[ -~]*$/;

function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const one = a.charCodeAt(at);
    const two = b.charCodeAt(at);
    if (one === two) continue;
    const letters = [isLetter(one), isLetter(two)];
    if (letters[0] && letters[1]) return one - two;
    if (letters[0] || letters[1]) return letters[1] ? -1 : 1;
    return compareNumbers(a, b, at) || one - two;
  }
  return a.length - b.length;
}

/** What the digits from `at` on say; after digits other than 0 a leading 0 counts, too. */
function compareNumbers(a: string, b: string, at: number): number {
  const one = digitsFrom(a, at);
  const two = digitsFrom(b, at);
  if (one.length > 18 || two.length > 18) refuse('a key with a number of more than 18 digits');
  const lead = (a[at] === '0' || b[at] === '0') && /[1-9][0-9]*$/.test(a.slice(0, at)) ? '1' : '';
  const difference = BigInt(`${lead}${one}` || '0') - BigInt(`${lead}${two}` || '0');
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return one.length - two.length;
}

function digitsFrom(text: string, at: number): string {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return text.slice(at, end);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function refuse(why: string): never {
  throw new Fault('unsupported', why);
}
