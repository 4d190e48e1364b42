import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import { type Author, type CommitNode, parseCommit } from './commits.ts';
import { createFolderScanner, type ScannedFile } from './folder-scan.ts';
import { indexBytes } from './index-file.ts';
import { type Objects, openObjects } from './objects.ts';
import { createRefReader, lockFile, type RefList, stampOf } from './refs.ts';
import { isGitDirectory } from './repository.ts';
import { type Leaf, leavesOf, pathBytes } from './trees.ts';
import { commitEdits } from './write.ts';

/** A commit that branch `main` now stands at. */
export interface FolderCommit {
  readonly id: string;
  readonly message: string;
  /** Against what `main` was before, sorted. */
  readonly paths: readonly string[];
  /** Made of what was saved, or by the person with Git. */
  readonly by: 'save' | 'person';
}

export interface LookOptions {
  readonly directory: string;
  readonly gitdir: string;
  readonly author: Author;
  readonly message: (paths: readonly string[]) => string;
  /** ISO 8601. */
  readonly now: () => string;
  readonly committed: (commit: FolderCommit) => void;
  readonly problem: (message: string) => void;
}

/** One look after another at a folder and its branch. */
export interface FolderLook {
  head(): string | undefined;
  /** Commits what has changed; tells which folders there are, and whether to look again soon. */
  look(): Promise<{ readonly folders: readonly string[]; readonly unsettled: boolean }>;
}

interface Head {
  readonly id: string | undefined;
  readonly leaves: ReadonlyMap<string, Leaf>;
}

const BRANCH = 'main';
const REF = `refs/heads/${BRANCH}`;
/** Files and folders in `.git` while a merge, a rebase or another command waits for the person. */
const UNFINISHED = [
  ...['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'BISECT_LOG'],
  ...['rebase-merge', 'rebase-apply', 'sequencer'],
];
/** What whoever writes holds, ourselves too: it stays when a process is killed meanwhile, and then only a person can tell. */
const LOCKS = ['index.lock', `${REF}.lock`];
/** A command of Git that holds a lock for longer is one of few. */
const LEFT_MS = 10_000;

/** Looks at one work tree; the first look takes the present commit as known. */
export function createFolderLook(options: LookOptions): FolderLook {
  const { directory, gitdir, problem } = options;
  const objects = openObjects(gitdir);
  const refs = createRefReader(gitdir);
  const scanner = createFolderScanner(directory, objects);
  let head: Head | undefined;
  return {
    head: () => head?.id,
    async look() {
      if (!isGitDirectory(gitdir)) throw new Fault('not-found', 'its repository is gone', { gitdir });
      head = await follow(head, objects, refs().refs.find(({ name }) => name === REF)?.id, options);
      tellLeftLocks(options);
      if (isBusy(gitdir, refs())) return { folders: [directory], unsettled: false };
      const index = stampOf(join(gitdir, 'index'));
      const scan = await scanner.scan(head.leaves);
      for (const message of scan.problems) problem(message);
      if (changedPaths(head.leaves, scan.files).length === 0) return scan;
      const isStill = (): boolean => isOnBranch(refs()) && stampOf(join(gitdir, 'index')) === index;
      head = (await commitScan(head, scan.files, objects, isStill, options)) ?? head;
      return scan;
    },
  };
}

/** Whether Git, or a person with Git, is in the middle of something, or not on the branch. */
function isBusy(gitdir: string, list: RefList): boolean {
  return !isOnBranch(list) || [...LOCKS, ...UNFINISHED].some((name) => existsSync(join(gitdir, name)));
}

/** Nothing is committed as long as one is there: that must not go on unseen. */
function tellLeftLocks({ gitdir, now, problem }: LookOptions): void {
  for (const lock of LOCKS.map((name) => join(gitdir, name))) {
    const age = Date.parse(now()) - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN);
    if (age > LEFT_MS) problem(`${lock} is there: nothing is committed until Git is done, or it is deleted`);
  }
}

function isOnBranch({ head, unborn }: RefList): boolean {
  return (head?.target ?? unborn) === REF;
}

/** Takes note of where the branch is, and tells of it when it was moved. */
async function follow(
  known: Head | undefined,
  objects: Objects,
  id: string | undefined,
  { committed }: LookOptions,
): Promise<Head> {
  if (known && known.id === id) return known;
  const node: CommitNode | undefined =
    id === undefined ? undefined : parseCommit(await objects.read(id, 'commit'));
  const head = { id, leaves: node ? await leavesOf(objects, node.tree) : new Map<string, Leaf>() };
  if (known && node && id !== undefined) {
    const paths = changedPaths(known.leaves, head.leaves).map(pathBytes.text);
    committed({ id, message: node.message.trimEnd(), paths, by: 'person' });
  }
  return head;
}

/** Undefined when Git is at work, or was since the scan (not `isStill`): nothing is changed then, and its end is news. */
async function commitScan(
  head: Head,
  files: ReadonlyMap<string, ScannedFile>,
  objects: Objects,
  isStill: () => boolean,
  { gitdir, author, message, now, committed }: LookOptions,
): Promise<Head | undefined> {
  const changed = changedPaths(head.leaves, files);
  const paths = changed.map(pathBytes.text);
  try {
    // As git commit does: whoever holds this lock may move the branch, and leaves an index that fits.
    const release = lockFile(join(gitdir, 'index'));
    try {
      if (!isStill()) return undefined;
      const edits = new Map(changed.map((path) => [path, leafOf(files.get(path))]));
      const text = message(paths);
      const plan = { gitdir, objects, edits, message: text, branch: BRANCH, at: now(), author };
      const id = await commitEdits({ ...plan, parent: head.id });
      release(indexBytes(files));
      committed({ id, message: text, paths, by: 'save' });
      return { id, leaves: new Map([...files].map(([path, { mode, id }]) => [path, { mode, id }])) };
    } finally {
      release();
    }
  } catch (error) {
    if (isFault(error, 'conflict')) return undefined;
    throw error;
  }
}

function leafOf(file: ScannedFile | undefined): Leaf | null {
  return file ? { mode: file.mode, id: file.id } : null;
}

function changedPaths(
  before: ReadonlyMap<string, Leaf>,
  after: ReadonlyMap<string, Leaf>,
): readonly string[] {
  const differs = (path: string): boolean => {
    const [old, fresh] = [before.get(path), after.get(path)];
    return old?.id !== fresh?.id || old?.mode !== fresh?.mode;
  };
  return [...new Set([...before.keys(), ...after.keys()])].filter(differs).sort((a, b) => (a < b ? -1 : 1));
}
