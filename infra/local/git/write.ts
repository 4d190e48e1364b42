import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { init } from 'isomorphic-git';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import { type Author, commitBytes, parseCommit, tagBytes } from './commits.ts';
import { fileSystem, writeWhole } from './file-system.ts';
import { type Objects, openObjects } from './objects.ts';
import { createRefReader, moveRef } from './refs.ts';
import { editTree, type Leaf, MODE, pathBytes, writeTree } from './trees.ts';

/** One file of a commit: its text or bytes, a symlink's target, or (null) its removal. */
export type CommitFile =
  | string
  | Uint8Array
  | null
  | { readonly text: string; readonly executable: true }
  | { readonly symlink: string };

/** Who commits when nobody is named. */
export const AUTHOR: Author = { name: 'Sluice', email: 'sluice@localhost' };

/** Another writer holds a lock for a few milliseconds; after a second something is wrong. */
const ATTEMPTS = 20;
const PAUSE_MS = 50;

/** Creates the bare repository `<root>/<name>.git` with branch `main`; returns its directory. Faults: `unsupported` (format). */
export async function createRepository(root: string, name: string, format = 'sha1'): Promise<string> {
  if (format !== 'sha1')
    throw new Fault('unsupported', `repositories with object format '${format}' are not supported`, {
      format,
    });
  const directory = join(root, `${name}.git`);
  await init({ fs: fileSystem, dir: directory, bare: true, defaultBranch: 'main' });
  writeWhole(join(directory, 'config'), configuration(true));
  return directory;
}

/** Makes `directory` a work tree with branch `main` unless it is one; returns its `.git`. */
export async function createWorkTree(directory: string): Promise<string> {
  const gitdir = join(directory, '.git');
  if (existsSync(gitdir)) return gitdir;
  await init({ fs: fileSystem, dir: directory, defaultBranch: 'main' });
  writeWhole(join(gitdir, 'config'), configuration(false));
  return gitdir;
}

/** As `git init` writes it on this system; what stands in a file is what is committed. */
function configuration(bare: boolean): string {
  const windows = process.platform === 'win32';
  return [
    '[core]',
    '\trepositoryformatversion = 0',
    `\tfilemode = ${!windows}`,
    `\tsymlinks = ${!windows}`,
    `\tignorecase = ${process.platform !== 'linux'}`,
    `\tbare = ${bare}`,
    '\tautocrlf = false',
    '[uploadpack]',
    '\tallowFilter = true',
    '',
  ].join('\n');
}

/**
 * Commits `files` (by path, `/`-separated) on top of `branch` (created when new, from nothing) of a bare repository or a
 * work tree's; `at` is an ISO 8601 time. Returns the commit's id. A work tree's files and index stay
 * as they are, which a watched folder would take for the person's wish: there, write the files instead.
 * Faults: `invalid` (a path, the time), `conflict` (another writer does not come to an end).
 */
export async function commit(
  directory: string,
  files: Readonly<Record<string, CommitFile>>,
  message: string,
  branch: string,
  at: string,
  author: Author = AUTHOR,
): Promise<string> {
  const gitdir = gitDirectoryOf(directory);
  const objects = openObjects(gitdir);
  const edits = new Map<string, Leaf | null>();
  for (const [path, file] of Object.entries(files))
    edits.set(pathBytes.of(safePath(path)), await leafOf(objects, file));
  for (let attempt = 1; ; attempt++) {
    try {
      const parent = idOf(gitdir, `refs/heads/${branch}`);
      return await commitEdits({ gitdir, objects, edits, message, branch, at, author, parent });
    } catch (error) {
      if (!isFault(error, 'conflict') || attempt >= ATTEMPTS) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

/** Everything of one commit; its files are written already. */
export interface CommitPlan {
  readonly gitdir: string;
  readonly objects: Objects;
  readonly edits: ReadonlyMap<string, Leaf | null>;
  readonly message: string;
  readonly branch: string;
  readonly at: string;
  readonly author: Author;
  /** Where the branch must be; undefined: nowhere yet. */
  readonly parent: string | undefined;
}

/** Writes trees and the commit, and moves the branch. Faults: `conflict` when it is elsewhere. */
export async function commitEdits(plan: CommitPlan): Promise<string> {
  const { gitdir, objects, edits, message, branch, at, author, parent } = plan;
  const base = parent && parseCommit(await objects.read(parent, 'commit')).tree;
  const tree = (await editTree(objects, base, edits)) ?? (await writeTree(objects, []));
  const id = await objects.write('commit', commitBytes(tree, parent ? [parent] : [], message, at, author));
  moveRef(gitdir, `refs/heads/${branch}`, id, parent);
  return id;
}

/** Tags what `target` (an id) names, annotated when there is an annotation; returns the id that the tag names. Faults: `not-found`. */
export async function tag(
  directory: string,
  name: string,
  target: string,
  annotation?: { readonly message: string; readonly at: string; readonly author?: Author },
): Promise<string> {
  const gitdir = gitDirectoryOf(directory);
  const objects = openObjects(gitdir);
  const object = await objects.find(target);
  if (object === undefined) throw new Fault('not-found', `there is no object ${target}`, { target });
  const id = annotation
    ? await objects.write(
        'tag',
        tagBytes(
          name,
          { id: target, type: object.type },
          annotation.message,
          annotation.at,
          annotation.author ?? AUTHOR,
        ),
      )
    : target;
  const ref = `refs/tags/${name}`;
  moveRef(gitdir, ref, id, idOf(gitdir, ref));
  return id;
}

function idOf(gitdir: string, ref: string): string | undefined {
  return createRefReader(gitdir)().refs.find(({ name }) => name === ref)?.id;
}

/** The `.git` of a work tree, or a bare directory itself. */
export function gitDirectoryOf(directory: string): string {
  const inside = join(directory, '.git');
  return existsSync(inside) ? inside : directory;
}

async function leafOf(objects: Objects, file: CommitFile): Promise<Leaf | null> {
  if (file === null) return null;
  if (typeof file === 'string')
    return { mode: MODE.file, id: await objects.write('blob', Buffer.from(file)) };
  if (file instanceof Uint8Array) return { mode: MODE.file, id: await objects.write('blob', file) };
  if ('symlink' in file)
    return { mode: MODE.symlink, id: await objects.write('blob', Buffer.from(file.symlink)) };
  return { mode: MODE.executable, id: await objects.write('blob', Buffer.from(file.text)) };
}

function safePath(path: string): string {
  const names = path.split('/');
  const odd = names.some(
    (name) => name === '' || name === '.' || name === '..' || name.toLowerCase() === '.git',
  );
  if (odd || path.includes('\0'))
    throw new Fault('invalid', `'${path}' cannot be a path in a commit`, { path });
  return path;
}
