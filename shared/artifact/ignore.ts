import { Fault } from '../core/failures.ts';
import { compileElement, type ElementMatcher } from '../core/glob.ts';

/** One line of an ignore file, bound to the directory it was read in. */
export interface IgnorePattern {
  readonly domain: readonly string[];
  readonly included: boolean;
  readonly directoriesOnly: boolean;
  /** Whether the pattern had a slash and so is relative to its domain. */
  readonly anchored: boolean;
  readonly elements: readonly (ElementMatcher | 'empty' | 'any-depth' | 'never')[];
}

/** Whether a path (elements relative to the root) stays out of the artifact. */
export type Ignores = (path: readonly string[], isDirectory: boolean) => boolean;

/** The name of the files in a repository that hold patterns. */
export const IGNORE_FILE = '.sourceignore';

const VCS = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'];
const EXTENSIONS = ['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'];
const CI = [
  '.github/',
  '.circleci/',
  '.travis.yml',
  '.gitlab-ci.yml',
  'appveyor.yml',
  '.drone.yml',
  'cloudbuild.yaml',
  'codeship-services.yml',
  'codeship-steps.yml',
];
const EXTRA = ['**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml'];

// Go's bufio.Scanner stops at a line that does not fit its 64 KiB buffer with its newline.
const MAX_LINE_BYTES = 64 * 1024 - 1;
// Ours: every path is held against every pattern.
const MAX_PATTERNS = 4096;

/** The matcher over `patterns` in rising priority: version control's own files always, the default list only without any pattern. */
export function ignoring(patterns: readonly IgnorePattern[]): Ignores {
  const implied = patterns.length > 0 ? VCS : [...VCS, ...EXTENSIONS, ...CI, ...EXTRA];
  return ignoringOnly(patterns, implied);
}

/** The matcher over `patterns` in rising priority, and over nothing else. */
export function ignoringOnly(patterns: readonly IgnorePattern[], implied: readonly string[] = []): Ignores {
  if (patterns.length > MAX_PATTERNS)
    throw new Fault('too-large', `there are more than ${MAX_PATTERNS} ignore patterns`, {
      limit: MAX_PATTERNS,
    });
  const all = [...implied.map((line) => parsePattern(line, [])), ...patterns].reverse();
  return (path, isDirectory) => {
    for (const pattern of all) if (matchesPattern(pattern, path, isDirectory)) return !pattern.included;
    return false;
  };
}

/** The patterns of a file's text, or of `spec.ignore` (domain: the root). */
export function readPatterns(text: string, domain: readonly string[]): IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  for (const line of text.split('\n')) {
    if (Buffer.byteLength(line) > MAX_LINE_BYTES) break;
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (!bare.startsWith('#') && bare.trim() !== '') patterns.push(parsePattern(bare, domain));
  }
  return patterns;
}

function parsePattern(line: string, domain: readonly string[]): IgnorePattern {
  const included = line.startsWith('!');
  let rest = included ? line.slice(1) : line;
  if (!rest.endsWith('\\ ')) rest = trimSpaces(rest);
  const directoriesOnly = rest.endsWith('/');
  if (directoriesOnly) rest = rest.slice(0, -1);
  const anchored = rest.includes('/');
  const elements = anchored ? rest.split('/').map(anchoredElement) : [compileElement(rest)];
  return { domain, included, directoriesOnly, anchored, elements };
}

function trimSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text.slice(0, end);
}

function anchoredElement(element: string): IgnorePattern['elements'][number] {
  if (element === '') return 'empty';
  if (element === '**') return 'any-depth';
  // unlike git, `a**` is not a plain star: it never matches
  return element.includes('**') ? 'never' : compileElement(element);
}

function matchesPattern(pattern: IgnorePattern, path: readonly string[], isDirectory: boolean): boolean {
  const { domain } = pattern;
  if (path.length <= domain.length) return false;
  for (let index = 0; index < domain.length; index++) if (path[index] !== domain[index]) return false;
  return pattern.anchored
    ? matchesAnchored(pattern, path, isDirectory)
    : matchesAnyElement(pattern, path, isDirectory);
}

function matchesAnyElement(pattern: IgnorePattern, path: readonly string[], isDirectory: boolean): boolean {
  const matcher = pattern.elements[0] as ElementMatcher;
  for (let index = pattern.domain.length; index < path.length; index++) {
    if (!matcher(path[index] as string)) continue;
    // the first element that matches decides
    return !(pattern.directoriesOnly && !isDirectory && index === path.length - 1);
  }
  return false;
}

/** True also for everything below a match: the pattern need only be a prefix of the path. */
function matchesAnchored(pattern: IgnorePattern, path: readonly string[], isDirectory: boolean): boolean {
  let at = pattern.domain.length;
  let matched = false;
  let wandering = false;
  const last = pattern.elements.length - 1;
  for (const [index, element] of pattern.elements.entries()) {
    if (element === 'empty') wandering = false;
    else if (element === 'any-depth') {
      if (index === last) break;
      wandering = true;
    } else {
      if (element === 'never' || at >= path.length) return false;
      if (wandering) {
        while (at < path.length && !element(path[at] as string)) at++;
        matched = at < path.length;
      } else {
        if (!element(path[at] as string)) return false;
        matched = true;
      }
      wandering = false;
      at = Math.min(at + 1, path.length);
    }
  }
  return matched && !(pattern.directoriesOnly && !isDirectory && at === path.length);
}
