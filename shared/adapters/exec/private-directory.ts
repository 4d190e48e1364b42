import { access, chmod, constants, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../core/failures.ts';
import type { FileTree } from '../../ports.ts';

const MEMORY = '/dev/shm';
const WRITES_AT_ONCE = 32;
const PREFIX = 'sluice-';
const OURS = /^sluice-[A-Za-z0-9]{6}$/;

/** Ours: five times what a build may take, ms: whoever made an older directory has died. */
const ABANDONED_MS = 5 * 60_000;

/** Makes a directory only we can enter (in memory where the system has that), hands it over, and removes it whatever happens. */
export async function withPrivateDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await makePrivate();
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makePrivate(): Promise<string> {
  const parent = await access(MEMORY, constants.W_OK).then(
    () => MEMORY,
    () => tmpdir(),
  );
  const directory = await mkdtemp(join(parent, PREFIX));
  await chmod(directory, 0o700);
  const { mtimeMs } = await lstat(directory);
  await removeAbandoned(parent, mtimeMs);
  return directory;
}

/** What a process left that was killed in the middle of a build may hold decrypted files. */
export async function removeAbandoned(parent: string, now: number): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((one) => OURS.test(one))) {
    const path = join(parent, name);
    const found = await lstat(path).catch(() => undefined);
    const isOurs = found?.isDirectory() === true && found.uid === process.getuid?.();
    if (!isOurs || now - found.mtimeMs < ABANDONED_MS) continue;
    // Another process may be about to remove it, too.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Writes plain files below `root`, nothing else. Fault `invalid` for a path that is not plainly inside it. */
export async function writeTree(root: string, tree: FileTree): Promise<void> {
  const paths = [...tree.keys()];
  for (const path of paths) assertInside(path);
  for (const directory of new Set(paths.map((path) => dirname(path)))) {
    await mkdir(join(root, directory), { recursive: true, mode: 0o700 });
  }
  for (let at = 0; at < paths.length; at += WRITES_AT_ONCE) {
    await Promise.all(
      paths
        .slice(at, at + WRITES_AT_ONCE)
        .map((path) =>
          writeFile(join(root, path), tree.get(path) as Uint8Array, { mode: 0o600, flag: 'wx' }),
        ),
    );
  }
}

function assertInside(path: string): void {
  const plain = path
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\0'));
  if (!plain) throw new Fault('invalid', `not a path inside the tree: ${JSON.stringify(path)}`, { path });
}
