import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchFolders } from '../../../infra/local/git/folder-events.ts';
import { createWorkTree } from '../../../infra/local/git/write.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';

test('a folder that is new to the watch is looked at again, as it may have been filled unseen', async () => {
  const { folder, events } = await watching();
  mkdirSync(join(folder, 'new'));

  const first = events.refresh([folder, join(folder, 'new')]);
  const second = events.refresh([folder, join(folder, 'new')]);

  expect([first, second]).toEqual([true, false]);
});

test.each([false, true])(
  'hears of files and of HEAD, not of objects (one watch for all: %s)',
  async (recursive) => {
    const { folder, heard } = await watching(recursive);
    const times = async (path: string): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = heard.length;
      writeFileSync(join(folder, path), 'x');
      await new Promise((resolve) => setTimeout(resolve, 150));
      return heard.length > before;
    };

    expect(await times('a')).toBe(true);
    expect(await times('.git/objects/pack/x')).toBe(false);
    expect(await times('.git/COMMIT_EDITMSG')).toBe(false);
    expect(await times('.git/packed-refs')).toBe(true);
    expect(await times('.git/refs/heads/main')).toBe(true);
  },
);

test('what cannot be watched is told', async () => {
  const problems: string[] = [];
  const folder = await scratchDirectory();
  const events = watchFolders(
    join(folder, '\0'),
    true,
    () => undefined,
    (message) => problems.push(message),
  );
  onTestFinished(() => events.close());

  expect(problems).toEqual([expect.stringContaining('is looked at from time to time only')]);
});

async function watching(recursive = false) {
  const folder = await scratchDirectory();
  await createWorkTree(folder);
  const heard: boolean[] = [];
  const events = watchFolders(
    folder,
    recursive,
    () => heard.push(true),
    (message) => expect.fail(message),
  );
  onTestFinished(() => events.close());
  return { folder, heard, events };
}
