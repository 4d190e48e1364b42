import { Fault } from '../../core/failures.ts';
import { bytesOf, type Directory, findIn } from '../directory.ts';
import type { Budget } from './budget.ts';
import { alternativesOf, doubleStar, isDoubleStarPattern } from './double-star.ts';
import { badPattern, isRelative, namesIn } from './glob-files.ts';

/** Ours: patterns that one with alternatives may stand for. */
const MAX_ALTERNATIVES = 256;

/**
 * The paths in `root` that `pattern` matches by the rules of doublestar's `Glob`, in its order, each once (AG-11).
 * Faults: `invalid` for a malformed pattern, `too-large` for one with too many alternatives.
 */
export function globArchives(root: Directory, pattern: string, budget: Budget): string[] {
  if (!isDoubleStarPattern(pattern)) throw badPattern();
  // An element's own alternatives are matched with its names, those of several elements stand for patterns.
  const patterns = WIDE.test(pattern) ? alternativesOf(pattern, MAX_ALTERNATIVES) : [pattern];
  if (patterns === undefined)
    throw new Fault('too-large', `the pattern stands for more than ${MAX_ALTERNATIVES} patterns`);
  const found = patterns.flatMap((one) => globOne({ root, budget }, one, true));
  return patterns.length > 1 ? [...new Set(found)].sort(byBytes) : lastOfEach(found);
}

interface Place {
  readonly root: Directory;
  readonly budget: Budget;
}

const WIDE = /\{[^}]*(?:\/|\*\*|[{,],|,\})|\{\}/s;
const SLASH = /^((?:\\.|[^\\])*)\/(.*)$/s;
const META = /^(?:\\.|[^\\*?[{])*[*?[{]/s;

/** What a pattern without alternatives matches; all but its last element are folders. */
function globOne(place: Place, pattern: string, isLast: boolean): string[] {
  if (!META.test(pattern)) {
    const path = unescaped(pattern);
    return nodeAt(place.root, path.replace(/(?<=.)\/$/s, '')) === undefined ? [] : [path];
  }
  const [, folder = '.', element = pattern] = SLASH.exec(pattern) ?? [];
  const folders = META.test(folder) ? globOne(place, folder, false) : [unescaped(folder)];
  return folders.flatMap((path) => globIn(place, path, element, isLast));
}

function globIn(place: Place, path: string, element: string, isLast: boolean): string[] {
  const folder = nodeAt(place.root, path);
  place.budget.spend('steps', 1 + path.length);
  if (folder?.kind !== 'directory') return [];
  if (element === '') return [path];
  if (element === '**') return [path, ...below(place, folder, prefixOf(path), isLast)];
  const names = namesIn(folder);
  if (names.length > 0 && !isDoubleStarPattern(element)) throw badPattern();
  const matches = doubleStar(element, (steps) => place.budget.spend('steps', steps));
  return names
    .filter((name) => matches(name) && (isLast || folder.children.get(bytesOf(name))?.kind === 'directory'))
    .map((name) => prefixOf(path) + name);
}

/** Everything below a folder, each folder before what is in it. */
function below(place: Place, folder: Directory, prefix: string, withFiles: boolean): string[] {
  const names = namesIn(folder);
  place.budget.spend('steps', names.length * (1 + prefix.length));
  return names.flatMap((name) => {
    const child = folder.children.get(bytesOf(name));
    if (child?.kind !== 'directory') return withFiles ? [prefix + name] : [];
    return [prefix + name, ...below(place, child, `${prefix}${name}/`, withFiles)];
  });
}

function nodeAt(root: Directory, path: string) {
  return isRelative(path) ? findIn(root, bytesOf(path)) : undefined;
}

function prefixOf(path: string): string {
  return path === '.' ? '' : `${path}/`;
}

function unescaped(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1');
}

/** Of what is found twice, the last: it is what stays of extracting both. */
function lastOfEach(paths: readonly string[]): string[] {
  return [...new Set(paths.toReversed())].reverse();
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
