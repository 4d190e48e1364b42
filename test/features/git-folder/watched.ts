import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type FolderCommit, type FolderWatch, watchFolder } from '../../../infra/local/git/watch-folder.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';

/** A watched folder and what was told of it. */
export interface Watched {
  readonly folder: string;
  readonly commits: readonly FolderCommit[];
  readonly problems: readonly string[];
  readonly watch: FolderWatch;
  /** Waits, less long than until the next poll, for that many commits; returns the paths of the last. */
  told(count: number): Promise<readonly string[] | undefined>;
}

/** Watches a new folder, in which `prepare` has put something; ends with the test. */
export async function watched(
  prepare: (folder: string) => unknown = () => undefined,
  recursive = false,
): Promise<Watched> {
  const folder = join(await scratchDirectory(), 'gitops');
  mkdirSync(folder);
  await prepare(folder);
  const commits: FolderCommit[] = [];
  const problems: string[] = [];
  const watch = await watchFolder(folder, {
    clock: createManualClock(),
    committed: (commit) => commits.push(commit),
    problem: (message) => problems.push(message),
    recursive,
  });
  onTestFinished(() => watch.close());
  return {
    ...{ folder, commits, problems, watch },
    async told(count) {
      await expect.poll(() => commits.length, { timeout: 2000, interval: 10 }).toBeGreaterThanOrEqual(count);
      expect(commits.length).toBe(count);
      return commits.at(-1)?.paths;
    },
  };
}
