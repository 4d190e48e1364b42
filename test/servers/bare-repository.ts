import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One file of a commit: its text or bytes, a symlink's target, or (null) its removal. */
export type CommitFile =
  | string
  | Uint8Array
  | null
  | { readonly text: string; readonly executable: true }
  | { readonly symlink: string };

/** Creates the bare repository `<root>/<name>.git` with branch `main`; returns its directory. */
export async function createRepository(root: string, name: string, format = 'sha1'): Promise<string> {
  const directory = join(root, `${name}.git`);
  await mkdir(root, { recursive: true });
  await git(root, [
    'init',
    '--quiet',
    '--bare',
    '--initial-branch=main',
    `--object-format=${format}`,
    directory,
  ]);
  await git(directory, ['config', 'uploadpack.allowFilter', 'true']);
  await git(directory, ['config', 'http.receivepack', 'true']);
  return directory;
}

/** Commits `files` on top of `branch` (created when new, from nothing); returns the commit's id. */
export async function commit(
  repository: string,
  files: Readonly<Record<string, CommitFile>>,
  message: string,
  branch = 'main',
  at = '2024-01-02T03:04:05Z',
): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'git-work-'));
  const env = { GIT_DIR: repository, GIT_WORK_TREE: work, GIT_INDEX_FILE: join(work, '.index') };
  try {
    const parent = await git(repository, ['rev-parse', '--quiet', '--verify', `refs/heads/${branch}`]).catch(
      () => '',
    );
    if (parent) await git(work, ['read-tree', parent], env);
    const present = Object.entries(files).filter(([, file]) => file !== null);
    for (const [path, file] of present) await place(join(work, path), file as Exclude<CommitFile, null>);
    const gone = Object.keys(files).filter((path) => files[path] === null);
    if (present.length > 0)
      await gitInput(
        work,
        ['update-index', '--add', '-z', '--stdin'],
        present.map(([path]) => path),
        env,
      );
    if (gone.length > 0) await gitInput(work, ['update-index', '--force-remove', '-z', '--stdin'], gone, env);
    const tree = await git(work, ['write-tree'], env);
    const dates = { ...env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
    const id = await git(
      work,
      ['commit-tree', tree, '-m', message, ...(parent ? ['-p', parent] : [])],
      dates,
    );
    await git(repository, ['update-ref', `refs/heads/${branch}`, id]);
    return id;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Tags `commit`; annotated when a message is given; returns the tag ref's own id. */
export async function tag(
  repository: string,
  name: string,
  target: string,
  message?: string,
): Promise<string> {
  const annotation = message === undefined ? [] : ['-a', '-m', message];
  await git(repository, ['tag', '-f', ...annotation, name, target]);
  return git(repository, ['rev-parse', `refs/tags/${name}`]);
}

/** Runs git in `directory` and returns its trimmed output. */
export async function git(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await run('git', args, { cwd: directory, env: environment(env), maxBuffer: 1 << 28 });
  return stdout.trim();
}

async function gitInput(
  directory: string,
  args: readonly string[],
  paths: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const pending = run('git', args, { cwd: directory, env: environment(env) });
  pending.child.stdin?.end(paths.map((path) => `${path}\0`).join(''));
  await pending;
}

function environment(extra: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    ...extra,
  };
}

async function place(path: string, file: Exclude<CommitFile, null>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (typeof file === 'string' || file instanceof Uint8Array) return writeFile(path, file);
  if ('symlink' in file) return symlink(file.symlink, path);
  await writeFile(path, file.text);
  await chmod(path, 0o755);
}
