import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../shared/core/failures.ts';
import { isMissing } from './file-system.ts';

/** Tells that something happens below a folder. */
export interface FolderEvents {
  /** The folders that are there now; true when some were new, where something may have happened unseen. */
  refresh(folders: readonly string[]): boolean;
  close(): void;
}

/** What Git writes when a person commits, switches branches or ends a command; all else below `.git` is no news. */
const NEWS = /^(?:HEAD|packed-refs|index\.lock|MERGE_HEAD|refs[\\/]heads[\\/].*)$/;

/**
 * Watches `directory` and its `.git`. Linux knows no recursive watch: each folder is watched by itself, which spares
 * what is ignored. Elsewhere one watch is enough, and many would keep folders from being renamed (Windows).
 */
export function watchFolders(
  directory: string,
  recursive: boolean,
  onEvent: () => void,
  onProblem: (message: string) => void,
): FolderEvents {
  const watchers = new Map<string, FSWatcher>();
  const add = (folder: string, hears: (name: string) => boolean): void => {
    try {
      const watcher = watch(folder, { recursive, persistent: false }, (_event, name) => {
        if (name === null || hears(String(name))) onEvent();
      });
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
        onEvent();
      });
      watchers.set(folder, watcher);
    } catch (error) {
      if (!isMissing(error)) onProblem(`${folder} is looked at from time to time only: ${messageOf(error)}`);
    }
  };
  const isNews = (name: string): boolean => {
    const [first = '', ...below] = name.split(/[\\/]/);
    return first !== '.git' || NEWS.test(below.join('/'));
  };
  const gitdir = join(directory, '.git');
  add(directory, isNews);
  if (!recursive) {
    add(gitdir, (name) => NEWS.test(name));
    add(join(gitdir, 'refs', 'heads'), (name) => !name.endsWith('.lock'));
  }
  const fixed = new Set(watchers.keys());
  return {
    refresh(folders) {
      if (recursive) return false;
      const present = new Set(folders);
      for (const [folder, watcher] of watchers) {
        if (present.has(folder) || fixed.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      const added = folders.filter((folder) => !watchers.has(folder));
      for (const folder of added) add(folder, () => true);
      return added.some((folder) => watchers.has(folder));
    },
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
