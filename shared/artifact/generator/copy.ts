import type { CopyOperation } from '../../api/artifact-generator.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { bytesOf, type Directory, type TreeFile } from '../directory.ts';
import type { Budget } from './budget.ts';
import { type Excludes, excluding } from './exclude.ts';
import { extractInto, isArchive } from './extract.ts';
import { globArchives } from './glob-archives.ts';
import { globFiles, namesIn } from './glob-files.ts';
import { mergeYaml } from './merge-yaml.ts';
import {
  baseOf,
  cleanPath,
  folderAt,
  insideOf,
  joinPaths,
  newStage,
  nodeAt,
  putFile,
  spendEntries,
} from './tree-paths.ts';

/** The files that sources bring, by alias. */
export type Sources = ReadonlyMap<string, Directory>;

interface Copying {
  readonly operation: CopyOperation;
  readonly source: Directory;
  /** The pattern behind the source's alias. */
  readonly pattern: string;
  readonly stage: Directory;
  /** The path behind `@artifact/`. */
  readonly to: string;
  readonly excludes: Excludes;
  readonly budget: Budget;
}

/** The files of an artifact: its operations one after the other, as `cp` would (AG-11). Faults tell which operation, and why. */
export function copyAll(operations: readonly CopyOperation[], sources: Sources, budget: Budget): Directory {
  const stage = newStage();
  budget.renew('entries');
  for (const operation of operations) {
    try {
      copyOne(operation, sources, stage, budget);
    } catch (error) {
      if (!isFault(error)) throw error;
      const where = `failed to apply copy operation from '${operation.from}' to '${operation.to}'`;
      throw new Fault(error.code, `failed to apply copy operations: ${where}: ${error.message}`, error.data);
    }
  }
  return stage;
}

function copyOne(operation: CopyOperation, sources: Sources, stage: Directory, budget: Budget): void {
  const { from, to, exclude = [] } = operation;
  const slash = from.indexOf('/');
  if (!from.startsWith('@') || slash === -1)
    throw new Fault('invalid', `invalid copy source '${from}': source format must be '@alias/pattern'`);
  if (!to.startsWith('@artifact/'))
    throw new Fault('invalid', `invalid copy destination '${to}': destination must start with '@artifact/'`);
  const alias = from.slice(1, slash);
  const source = sources.get(alias);
  if (source === undefined) throw new Fault('invalid', `source alias '${alias}' not found`);
  const pattern = from.slice(slash + 1);
  const excludes = excluding(exclude, budget);
  const copying = { operation, source, pattern, stage, to: to.slice('@artifact/'.length), excludes, budget };
  insideOf(copying.to);
  if (/[*?[\]]/.test(pattern)) copyMatches(copying, alias);
  else copyNamed(copying, cleanPath(pattern));
}

/** One file or folder by its name. */
function copyNamed(copying: Copying, path: string): void {
  const { operation, source, stage, to, excludes } = copying;
  const found = named(`failed to stat source '${path}'`, () => nodeAt(source, path));
  if (found === undefined) throw new Fault('not-found', `source '${path}' does not exist`);
  const isExtract = operation.strategy === 'Extract';
  if (found.kind === 'directory') {
    if (isExtract)
      throw new Fault('invalid', `extract strategy is not supported for directories, got '${path}'`);
    copyFolder(copying, found, path, joinPaths(to, baseOf(path)), path);
    return;
  }
  if (excludes(path, '.')) return;
  if (isExtract) {
    if (!isArchive(path))
      throw new Fault('invalid', `extract strategy requires tarball file (.tar.gz or .tgz), got '${path}'`);
    extract(copying, path, found);
    return;
  }
  const isFolder = to === '' || to.endsWith('/') || nodeAt(stage, to)?.kind === 'directory';
  copyFile(copying, found, isFolder ? joinPaths(to, baseOf(path)) : to);
}

/** Everything that a pattern matches. */
function copyMatches(copying: Copying, alias: string): void {
  const { operation, source, pattern, to, excludes, budget } = copying;
  const isExtract = operation.strategy === 'Extract';
  const matches = matching(isExtract, source, pattern, budget);
  if (matches.length === 0)
    throw new Fault('not-found', `no files match pattern '${pattern}' in source '${alias}'`);
  const base = literalPart(pattern);
  const wanted = matches.filter((path) => path !== '.' && path !== '..' && !excludes(path, base));
  if (wanted.length === 0)
    throw new Fault(
      'not-found',
      `all files matching pattern '${pattern}' in source '${alias}' were excluded`,
    );
  for (const path of wanted) {
    const found = nodeAt(source, path);
    if (isExtract) {
      if (found && found.kind !== 'directory' && isArchive(path)) extract(copying, path, found);
      continue;
    }
    const target = joinPaths(to, withoutFolder(pattern, path));
    if (found?.kind === 'directory') copyFolder(copying, found, path, target, base);
    else if (found)
      named(`failed to copy file '${path}' to '${target}'`, () => copyFile(copying, found, target));
  }
}

function matching(isExtract: boolean, source: Directory, pattern: string, budget: Budget): readonly string[] {
  return named(`invalid glob pattern '${pattern}'`, () =>
    isExtract ? globArchives(source, pattern, budget) : globFiles(source, pattern, budget),
  );
}

/** `dir/**` copies what is in `dir`, any other pattern the whole path. */
function withoutFolder(pattern: string, path: string): string {
  const folder = pattern.endsWith('/**') ? pattern.slice(0, -2) : undefined;
  return folder !== undefined && path.startsWith(folder) ? path.slice(folder.length) : path;
}

/** What of a pattern stands before its first element with a character of patterns. */
function literalPart(pattern: string): string {
  const names = cleanPath(pattern).split('/');
  const first = names.findIndex((name) => /[*?[\]]/.test(name));
  return names.slice(0, first === -1 ? names.length : first).join('/') || '.';
}

/** A folder and all that is below it; merging is for single files. */
function copyFolder(copying: Copying, folder: Directory, path: string, to: string, base: string): void {
  const { stage, excludes, budget } = copying;
  const target = folderAt(stage, to, budget);
  for (const name of namesIn(folder)) {
    const below = path === '.' ? name : `${path}/${name}`;
    budget.spend('steps', 1 + below.length);
    if (excludes(below, base)) continue;
    const child = folder.children.get(bytesOf(name));
    if (child?.kind === 'directory') copyFolder(copying, child, below, joinPaths(to, name), base);
    else if (child) put(target, bytesOf(name), child, joinPaths(to, name), budget);
  }
}

function put(folder: Directory, name: string, file: TreeFile, path: string, budget: Budget): void {
  if (folder.children.get(name)?.kind === 'directory')
    throw new Fault('malformed', `'${path}' is a directory`);
  spendEntries(budget, 1);
  folder.children.set(name, file);
}

function copyFile(copying: Copying, file: TreeFile, to: string): void {
  const { operation, stage, budget } = copying;
  const before = operation.strategy === 'Merge' ? nodeAt(stage, to) : undefined;
  if (before === undefined) {
    putFile(stage, to, file, budget);
    return;
  }
  if (before.kind === 'directory') throw new Fault('malformed', `'${to}' is a directory`);
  budget.spend('mergedBytes', before.data.length + file.data.length);
  putFile(stage, to, { kind: before.kind, data: mergeYaml(before.data, file.data) }, budget);
}

function extract({ stage, to, budget }: Copying, path: string, { data }: TreeFile): void {
  named(`failed to extract tarball '${path}' to '${to}'`, () => extractInto(stage, to, data, budget));
}

/** What `act` returns; its Fault says what was about to be done. */
function named<T>(title: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `${title}: ${error.message}`, error.data);
  }
}
