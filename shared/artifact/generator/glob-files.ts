import { Fault } from '../../core/failures.ts';
import { compileElement } from '../../core/glob.ts';
import { bytesOf, type Directory, findIn, textOf } from '../directory.ts';
import type { Budget } from './budget.ts';
import { hasMeta, isBadPattern } from './element-pattern.ts';

/**
 * The paths in `root` that `pattern` matches by the rules of Go's `fs.Glob`, in its order: `**` means no more than `*`
 * (AG-11). Fault `invalid` for a malformed pattern.
 */
export function globFiles(root: Directory, pattern: string, budget: Budget): string[] {
  if (isBadPattern(pattern)) throw badPattern();
  if (!hasMeta(pattern)) return isRelative(pattern) && findIn(root, bytesOf(pattern)) ? [pattern] : [];
  const slash = pattern.lastIndexOf('/');
  const parent = slash === -1 ? '.' : pattern.slice(0, slash);
  const element = pattern.slice(slash + 1);
  if (!hasMeta(parent)) return globIn(root, parent, element, budget);
  return globFiles(root, parent, budget).flatMap((path) => globIn(root, path, element, budget));
}

function globIn(root: Directory, parent: string, element: string, budget: Budget): string[] {
  const found = isRelative(parent) ? findIn(root, bytesOf(parent)) : undefined;
  if (found?.kind !== 'directory') return [];
  const matches = compileElement(element);
  const isWild = (element.match(/\*/g)?.length ?? 0) > 1;
  return namesIn(found)
    .filter((name) => {
      // With one star each character is compared once, with more of them up to once a star.
      budget.spend('steps', isWild ? 1 + element.length * name.length : 1 + element.length + name.length);
      return matches(name);
    })
    .map((name) => (parent === '.' ? name : `${parent}/${name}`));
}

/** What is in a directory, by bytes. */
export function namesIn({ children }: Directory): string[] {
  return [...children.keys()].sort().map(textOf);
}

/** Whether Go's file systems take `path` for one of theirs. */
export function isRelative(path: string): boolean {
  return path === '.' || path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

/** Fault of a pattern that is malformed, in Go's words. */
export function badPattern(): Fault {
  return new Fault('invalid', 'syntax error in pattern');
}
