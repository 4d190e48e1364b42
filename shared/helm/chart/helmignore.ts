import { Fault } from '../../core/failures.ts';
import { compilePath } from '../../core/glob.ts';

/** Whether a path of a chart stays out of it. */
export type HelmIgnores = (path: string, isDirectory: boolean) => boolean;

interface Rule {
  readonly characters: number;
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  readonly matches: (path: string) => boolean;
}

/** The file in a chart's folder that says what is not part of the chart. */
export const HELMIGNORE = '.helmignore';

// Helm's own, behind all others.
const DEFAULT = 'templates/.?*';
// Go's bufio.Scanner gives up at a line that does not fit its 64 KiB with its newline.
const MAX_LINE_BYTES = 64 * 1024 - 1;
// Ours: every path is held against every rule.
const MAX_RULES = 4096;
// Ours: characters of rules times characters of paths. A second's worth is some 10^9; 20 000 files with 30 rules take half of it.
const MAX_WORK = 5e9;

/** The rules of a .helmignore, by Helm's own ways: the first rule decides, and a negated one leaves out all that it does not match. Faults: `invalid`, `too-large`, also of what it gives. */
export function helmIgnores(text: string): HelmIgnores {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  if (lines.some((line) => Buffer.byteLength(line) > MAX_LINE_BYTES))
    throw new Fault('invalid', `${HELMIGNORE} has a line of more than ${MAX_LINE_BYTES} bytes`);
  const rules = [...lines, DEFAULT].flatMap((line) => parseRule(line.trim()));
  if (rules.length > MAX_RULES)
    throw new Fault('too-large', `${HELMIGNORE} has more than ${MAX_RULES} rules: use fewer, with patterns`);
  let work = 0;
  return (path, isDirectory) => {
    for (const { negated, directoriesOnly, matches, characters } of rules) {
      work += characters * path.length;
      if (work > MAX_WORK)
        throw new Fault(
          'too-large',
          `${HELMIGNORE} takes too long: use fewer rules, shorter ones or fewer files`,
        );
      const isMatch = (!directoriesOnly || isDirectory) && matches(path);
      if (isMatch !== negated) return true;
    }
    return false;
  };
}

function parseRule(rule: string): readonly Rule[] {
  if (rule === '' || rule.startsWith('#')) return [];
  if (rule.includes('**')) throw invalid(rule, 'double-star (**) syntax is not supported');
  // Helm tries each rule so, and does not see what is behind the first mismatch.
  if (compilePath(rule)('abc') === 'malformed') throw invalid(rule, 'syntax error in pattern');
  const negated = rule.startsWith('!');
  const bare = negated ? rule.slice(1) : rule;
  const directoriesOnly = bare.endsWith('/');
  const named = directoriesOnly ? bare.slice(0, -1) : bare;
  return [{ negated, directoriesOnly, characters: rule.length, matches: matcherOf(named) }];
}

/** A rule with a slash is for paths from the chart's folder on, another for last names. */
function matcherOf(named: string): (path: string) => boolean {
  const rooted = named.startsWith('/');
  const match = compilePath(rooted ? named.slice(1) : named);
  if (rooted || named.includes('/')) return (path) => match(path) === true;
  return (path) => match(path.slice(path.lastIndexOf('/') + 1)) === true;
}

function invalid(rule: string, why: string): Fault {
  return new Fault('invalid', `${HELMIGNORE}: ${why}: ${JSON.stringify(rule.slice(0, 100))}`);
}
