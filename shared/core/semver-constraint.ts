import { Fault } from './failures.ts';
import { comparePrereleases, compareVersions, parseLooseVersion, type Version } from './semver.ts';

/** Whether a version lies in a range. */
export type Constraint = (version: Version) => boolean;

interface Comparison {
  readonly check: (version: Version, wanted: Wanted) => boolean;
  readonly wanted: Wanted;
}

/** The right side of a comparison: `1.2` and `1.x` leave parts open. */
interface Wanted {
  readonly version: Version;
  readonly open: boolean;
  /** `1.x`: any minor. */
  readonly minorOpen: boolean;
  /** `1.2.x`: any patch. */
  readonly patchOpen: boolean;
}

// Masterminds/semver 3.5, which Flux uses.
const MAX_LENGTH = 512;
const MAX_GROUPS = 32;
const SPACE = String.raw`[\t\n\f\r ]`;
const PART = '[0-9|xX*]+';
const VERSION =
  String.raw`v?(${PART})(\.${PART})?(\.${PART})?` +
  String.raw`(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?`;
const UNCAPTURED = VERSION.replaceAll(/\((?!\?)/g, '(?:');
const HYPHEN_RANGE = new RegExp(`${SPACE}*(${UNCAPTURED})${SPACE}+-${SPACE}+(${UNCAPTURED})${SPACE}*`, 'g');
const COMPARISON = new RegExp(`(!=|>=|=>|<=|=<|~>|=|>|<|~|\\^)?${SPACE}*${VERSION}`, 'y');
const GAP = new RegExp(`${SPACE}*`, 'y');

const OPERATORS: Readonly<Record<string, Comparison['check']>> = {
  '': tildeOrEqual,
  '=': tildeOrEqual,
  '!=': notEqual,
  '>': greater,
  '<': (version, wanted) => compareVersions(version, wanted.version) < 0,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': tilde,
  '~>': tilde,
  '^': caret,
};

/**
 * Compiles a range such as `>=1.2 <2 || ^3.1.0-0`: groups by `||`, comparisons by space or comma. Prereleases match
 * only in a group that names one. Fault `invalid`, with the texts that Flux shows.
 */
export function parseConstraint(text: string): Constraint {
  if (Buffer.byteLength(text) > MAX_LENGTH)
    throw invalid(`constraint string is too long (max ${MAX_LENGTH} bytes)`);
  const groups = rewriteHyphens(text).split('||');
  if (groups.length > MAX_GROUPS) throw invalid(`too many constraint groups (max ${MAX_GROUPS})`);
  const compiled = groups.map(parseGroup);
  return (version) => compiled.some((group) => accepts(group, version));
}

function accepts(group: readonly Comparison[], version: Version): boolean {
  const prereleases = group.some(({ wanted }) => wanted.version.prerelease !== '');
  if (version.prerelease !== '' && !prereleases) return false;
  return group.every(({ check, wanted }) => check(version, wanted));
}

function rewriteHyphens(text: string): string {
  let rewritten = text;
  for (const [whole, from, to] of text.matchAll(HYPHEN_RANGE))
    rewritten = rewritten.replace(whole, () => `>= ${from}, <= ${to} `);
  return rewritten;
}

function parseGroup(group: string): readonly Comparison[] {
  const comparisons: RegExpExecArray[] = [];
  let at = skipSpace(group, 0);
  for (;;) {
    COMPARISON.lastIndex = at;
    const found = COMPARISON.exec(group);
    if (found === null) throw invalid(`improper constraint: ${JSON.stringify(group)}`);
    comparisons.push(found);
    const end = COMPARISON.lastIndex;
    at = skipSpace(group, end);
    if (at === group.length) return comparisons.map(toComparison);
    if (group[at] === ',') at = skipSpace(group, at + 1);
    else if (at === end) throw invalid(`improper constraint: ${JSON.stringify(group)}`);
  }
}

function skipSpace(text: string, from: number): number {
  GAP.lastIndex = from;
  GAP.exec(text);
  return GAP.lastIndex;
}

function toComparison([
  ,
  operator = '',
  major = '',
  minor,
  patch,
  prerelease = '',
]: RegExpExecArray): Comparison {
  const anything = isOpen(major);
  const minorOpen = !anything && isOpen(minor);
  const patchOpen = !anything && !minorOpen && isOpen(patch);
  const numbers = anything
    ? '0.0.0'
    : minorOpen
      ? `${major}.0.0`
      : `${major}${minor}${patchOpen ? '.0' : patch}`;
  const version = parseLooseVersion(numbers + prerelease);
  const check = OPERATORS[operator];
  if (version === undefined || check === undefined) throw invalid('constraint parser error');
  return { check, wanted: { version, open: anything || minorOpen || patchOpen, minorOpen, patchOpen } };
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || /^\.?[xX*]$/.test(part);
}

function tildeOrEqual(version: Version, wanted: Wanted): boolean {
  return wanted.open ? tilde(version, wanted) : compareVersions(version, wanted.version) === 0;
}

function notEqual(version: Version, { version: wanted, open, minorOpen, patchOpen }: Wanted): boolean {
  if (!open) return compareVersions(version, wanted) !== 0;
  if (version.major !== wanted.major) return true;
  if (minorOpen) return false;
  if (version.minor !== wanted.minor) return true;
  // `!=*` leaves everything open, which counts as 0.0.0
  if (!patchOpen) return compareVersions(version, wanted) !== 0;
  return comparePrereleases(version.prerelease, wanted.prerelease) !== 0;
}

function greater(version: Version, { version: wanted, minorOpen, patchOpen }: Wanted): boolean {
  if (minorOpen) return version.major > wanted.major;
  if (patchOpen && version.major === wanted.major) return version.minor > wanted.minor;
  return compareVersions(version, wanted) > 0;
}

function atLeast(version: Version, { version: wanted }: Wanted): boolean {
  return compareVersions(version, wanted) >= 0;
}

function atMost(version: Version, { version: wanted, open, minorOpen }: Wanted): boolean {
  if (!open) return compareVersions(version, wanted) <= 0;
  if (version.major !== wanted.major) return version.major < wanted.major;
  return minorOpen || version.minor <= wanted.minor;
}

/** `~1.2.3`: this minor, from there on; `~1`: this major; `~*` and `~0.0.0`: anything. */
function tilde(version: Version, { version: wanted, minorOpen, patchOpen }: Wanted): boolean {
  if (compareVersions(version, wanted) < 0) return false;
  const zero = wanted.major === 0n && wanted.minor === 0n && wanted.patch === 0n;
  if (zero && !minorOpen && !patchOpen) return true;
  return version.major === wanted.major && (minorOpen || version.minor === wanted.minor);
}

/** Up to the next change of the leftmost number that is not zero. */
function caret(version: Version, { version: wanted, minorOpen, patchOpen }: Wanted): boolean {
  if (compareVersions(version, wanted) < 0 || version.major !== wanted.major) return false;
  if (wanted.major > 0n || minorOpen) return true;
  if (version.minor !== wanted.minor) return false;
  return wanted.minor > 0n || patchOpen || version.patch === wanted.patch;
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'semver' });
}
