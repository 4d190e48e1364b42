import { Fault } from '../../core/failures.ts';
import type { Budget } from './budget.ts';
import { doubleStar, isDoubleStarPattern } from './double-star.ts';
import { baseOf } from './tree-paths.ts';

/** Whether a path stays out; `base` is the folder that the operation copies from. */
export type Excludes = (path: string, base: string) => boolean;

/** The patterns of an operation as a predicate: each is held against the path, the path below `base`, and, without a slash, the name (AG-12). Fault `invalid`. */
export function excluding(patterns: readonly string[], budget: Budget): Excludes {
  budget.spend('steps', patterns.join('').length);
  const bad = patterns.find((pattern) => !isDoubleStarPattern(pattern));
  if (bad !== undefined) throw new Fault('invalid', `invalid exclude pattern '${bad}'`);
  const count = (steps: number): void => budget.spend('steps', steps);
  const all = patterns.map((pattern) => ({
    matches: doubleStar(pattern, count),
    isName: !pattern.includes('/'),
  }));
  const matchesAny = (path: string): boolean =>
    all.some(({ matches, isName }) => matches(path) || (isName && matches(baseOf(path))));
  return (path, base) => {
    if (all.length === 0) return false;
    if (matchesAny(path)) return true;
    const below = base !== '.' && path.startsWith(`${base}/`) ? path.slice(base.length + 1) : undefined;
    return below !== undefined && matchesAny(below);
  };
}
