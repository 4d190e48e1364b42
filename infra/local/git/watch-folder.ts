import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, messageOf } from '../../../shared/core/failures.ts';
import type { Clock } from '../../../shared/ports.ts';
import type { Author } from './commits.ts';
import { watchFolders } from './folder-events.ts';
import { createFolderLook, type FolderCommit } from './folder-look.ts';
import { AUTHOR, createWorkTree } from './write.ts';

export type { FolderCommit } from './folder-look.ts';

export interface WatchOptions {
  readonly clock: Clock;
  /** Called once per commit, ours or a person's, in their order. */
  readonly committed: (commit: FolderCommit) => void;
  /** What stays uncommitted or unseen, and why; once per news. */
  readonly problem?: (message: string) => void;
  readonly author?: Author;
  /** Of a commit of ours, from the changed paths. */
  readonly message?: (paths: readonly string[]) => string;
  /** One watch for all folders; default: where the system has it. */
  readonly recursive?: boolean;
}

export interface FolderWatch {
  /** The commit of branch `main`, undefined while there is none. */
  head(): string | undefined;
  /** Looks now; resolves when what was saved before is committed. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** Editors write a file in several steps within this time. */
export const QUIET_MS = 200;
/** What is saved without a pause is committed all the same after this time. */
export const PATIENCE_MS = 2_000;
/** For file systems that tell nothing, such as network drives. */
export const POLL_MS = 3_000;

/**
 * Commits what a person saves in a folder (made, with a repository, when it is not there) on branch `main`, and tells of
 * each commit; resolves when what lay there is committed. While `HEAD` is elsewhere or Git is in the middle of something,
 * nothing is committed. Faults: `unsupported` when `.git` is not a directory.
 */
export async function watchFolder(directory: string, options: WatchOptions): Promise<FolderWatch> {
  const { committed, author = AUTHOR, clock } = options;
  mkdirSync(directory, { recursive: true });
  const gitdir = await createWorkTree(directory);
  if (!statSync(gitdir).isDirectory())
    throw new Fault('unsupported', `${join(directory, '.git')} leads to another folder`, { directory });
  const told = new Set<string>();
  const problem = (message: string): void => {
    if (!told.has(message)) options.problem?.(message);
    told.add(message);
  };
  const folder = createFolderLook({
    ...{ directory, gitdir, author, problem, committed, message: options.message ?? describe },
    now: () => clock.now().toISOString(),
  });

  let timer: NodeJS.Timeout | undefined;
  let firstEvent: number | undefined;
  let closed = false;
  let looking: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const look = (): Promise<void> => {
    firstEvent = undefined;
    clearTimeout(timer);
    timer = undefined;
    next ??= looking.then(async () => {
      next = undefined;
      if (closed) return;
      const again = await folder.look().then(
        ({ folders, unsettled }) => events.refresh(folders) || unsettled,
        (error: unknown) => problem(`${directory} cannot be committed: ${messageOf(error)}`),
      );
      if (again) soon();
    });
    looking = next;
    return looking;
  };
  const soon = (): void => {
    if (closed) return;
    const now = performance.now();
    firstEvent ??= now;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), Math.max(0, Math.min(QUIET_MS, firstEvent + PATIENCE_MS - now)));
  };
  const recursive = options.recursive ?? process.platform !== 'linux';
  const events = watchFolders(directory, recursive, soon, problem);
  await look();
  // Whoever is at work is let finish first.
  const poll = setInterval(() => timer ?? void look(), POLL_MS);
  return {
    head: folder.head,
    look,
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(poll);
      events.close();
      await looking;
    },
  };
}

function describe(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  return others.length === 0 ? `Save ${first}` : `Save ${first} and ${others.length} more`;
}
