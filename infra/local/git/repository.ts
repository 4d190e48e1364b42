import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getConfig } from 'isomorphic-git';
import { peel } from './commits.ts';
import { fileSystem, textIfThere } from './file-system.ts';
import { openHistory } from './history.ts';
import { type Objects, openObjects } from './objects.ts';
import { createRefReader, type Ref, type RefList, stampOf } from './refs.ts';
import type { Ground } from './selection.ts';

/** What a repository's configuration says of serving it. */
export interface Settings {
  /** `sha1`, or what nothing here can read. */
  readonly objectFormat: string;
  /** Why it cannot be served, if it cannot. */
  readonly unsupported: string | undefined;
  /** `uploadpack.allowFilter`, false as Git's default. */
  readonly allowFilter: boolean;
}

/** One repository that is served. */
export interface Repository {
  readonly gitdir: string;
  readonly objects: Objects;
  settings(): Promise<Settings>;
  refs(): RefList;
  /** What annotated tags lead to; undefined for everything else. */
  peeled(ref: Ref): Promise<string | undefined>;
  /** Commits whose parents this repository lacks, as it is a shallow clone. */
  grafts(): ReadonlySet<string>;
  /** For one request: the present grafts and references. */
  ground(): Ground;
}

/** Peeled ids that are remembered; forgetting them costs a read each. */
const MAX_PEELED = 100_000;

/** Opens the repository in a `.git` or bare directory. */
export function openRepository(gitdir: string): Repository {
  const objects = openObjects(gitdir);
  const refs = createRefReader(gitdir);
  const tagTargets = new Map<string, string | undefined>();
  let read: { readonly stamp: string; readonly settings: Promise<Settings> } | undefined;
  const peeled = async ({ id, peeled: told }: Ref): Promise<string | undefined> => {
    if (told !== undefined) return told ?? undefined;
    if (!tagTargets.has(id)) {
      if (tagTargets.size >= MAX_PEELED) tagTargets.clear();
      const target = await peel(objects, id);
      tagTargets.set(id, target && target.tags.length > 0 ? target.id : undefined);
    }
    return tagTargets.get(id);
  };
  const grafts = (): ReadonlySet<string> =>
    new Set(
      (textIfThere(join(gitdir, 'shallow')) ?? '').split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line)),
    );
  return {
    ...{ gitdir, objects, refs, peeled, grafts },
    settings() {
      const stamp = stampOf(join(gitdir, 'config'));
      if (read?.stamp !== stamp) read = { stamp, settings: readSettings(gitdir) };
      return read.settings;
    },
    ground: () => ({
      objects,
      history: openHistory(objects, grafts()),
      tagsOf: (commits) => tagsOf(objects, refs().refs, peeled, commits),
    }),
  };
}

async function tagsOf(
  objects: Objects,
  refs: readonly Ref[],
  peeled: Repository['peeled'],
  commits: ReadonlySet<string>,
): Promise<readonly string[]> {
  const tags: string[] = [];
  for (const ref of refs) {
    if (!ref.name.startsWith('refs/tags/')) continue;
    const target = await peeled(ref);
    if (target !== undefined && commits.has(target))
      tags.push(...((await peel(objects, ref.id))?.tags ?? []));
  }
  return tags;
}

async function readSettings(gitdir: string): Promise<Settings> {
  const settingOf = async (path: string): Promise<string | undefined> => {
    const value: unknown = await getConfig({ fs: fileSystem, gitdir, path });
    return value === undefined ? undefined : String(value);
  };
  const objectFormat = (await settingOf('extensions.objectformat')) ?? 'sha1';
  const storage = (await settingOf('extensions.refstorage')) ?? 'files';
  const filter = await settingOf('uploadpack.allowfilter');
  const unsupported =
    objectFormat !== 'sha1'
      ? `repositories with object format '${objectFormat}' are not supported`
      : storage !== 'files'
        ? `repositories with reference storage '${storage}' are not supported`
        : undefined;
  return { objectFormat, unsupported, allowFilter: filter === 'true' || filter === '1' || filter === 'yes' };
}

/** Whether a directory is a `.git` or bare directory. */
export function isGitDirectory(path: string): boolean {
  try {
    return (
      /^(?:ref: |[0-9a-f]{40})/.test(readFileSync(join(path, 'HEAD'), 'utf8')) &&
      stampOf(join(path, 'objects')) !== 'none'
    );
  } catch {
    return false;
  }
}
