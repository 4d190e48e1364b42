import { Fault } from '../../core/failures.ts';
import { bytesOf, type Directory, elementsOf, emptyDirectory, findIn, type TreeFile } from '../directory.ts';
import type { Budget } from './budget.ts';

/** `path` without `.` elements and slashes too many; `..` takes its folder away, as far as there is one. Go's `path.Clean` for relative paths. */
export function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop();
    else names.push(name);
  }
  return (path.startsWith('/') ? '/' : '') + names.join('/') || '.';
}

/** The paths one below the other, cleaned; empty ones do not count. */
export function joinPaths(...paths: readonly string[]): string {
  return cleanPath(paths.filter((path) => path !== '').join('/') || '.');
}

/** The last name of a cleaned path. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The cleaned path. Fault `invalid` when it leads out of the tree. */
export function insideOf(path: string): string {
  const clean = cleanPath(path);
  if (!clean.startsWith('/') && clean !== '..' && !clean.startsWith('../')) return clean;
  throw new Fault('invalid', `statat ${path}: path escapes from parent`);
}

/** What is at a path. Fault `invalid` when it leads out of the tree. */
export function nodeAt(root: Directory, path: string): Directory | TreeFile | undefined {
  return findIn(root, bytesOf(insideOf(path)));
}

/** The folder at a path, made where there is none. Faults: `invalid` outside of the tree, `malformed` below a file, `too-large`. */
export function folderAt(root: Directory, path: string, budget: Budget): Directory {
  let folder = root;
  for (const name of elementsOf(bytesOf(insideOf(path)))) {
    budget.spend('steps', 1 + name.length);
    let child = folder.children.get(name);
    if (child === undefined) {
      spendEntries(budget, 1);
      child = emptyDirectory();
      folder.children.set(name, child);
    }
    if (child.kind !== 'directory')
      throw new Fault('malformed', `part of '${path}' is a file and a directory`);
    folder = child;
  }
  return folder;
}

/** Counts what is put into a tree, for the run and for the artifact. Fault `too-large`. */
export function spendEntries(budget: Budget, count: number): void {
  budget.spend('copies', count);
  budget.spend('entries', count);
}

/** Puts a file at a path, in place of another. Faults: `invalid` outside of the tree, `malformed` where a folder is, or below a file. */
export function putFile(root: Directory, path: string, file: TreeFile, budget: Budget): void {
  const clean = insideOf(path);
  const slash = clean.lastIndexOf('/');
  const folder = slash === -1 ? root : folderAt(root, clean.slice(0, slash), budget);
  const name = bytesOf(clean.slice(slash + 1));
  if (clean === '.' || folder.children.get(name)?.kind === 'directory')
    throw new Fault('malformed', `'${clean}' is a directory`);
  spendEntries(budget, 1);
  folder.children.set(name, file);
}

/** An artifact's files before they are packed. */
export function newStage(): Directory {
  return emptyDirectory();
}
