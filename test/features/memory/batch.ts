import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openCluster } from '../../../infra/local/cluster/open.ts';
import { connect } from '../../control-plane/api.ts';
import { applyCrds } from '../../control-plane/crds.ts';
import { commit, createRepository, git } from '../../servers/git-http.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CHILD = join(import.meta.dirname, 'batch-once.ts');
const GIT_SERVER = join(ROOT, 'test/bench/git-server.ts');
const FILES = 2000;
const FILE_BYTES = 50_000;

/** What one worker took for one batch. */
export interface TakenBatch {
  /** MiB, since it began. */
  readonly held: number;
  /** Whose artifact was stored after whose. */
  readonly order: readonly string[];
  /** What failed. */
  readonly unready: readonly string[];
}

/** Repositories of 100 MB and of a few bytes, and a worker in a process of its own that takes all of them in one batch. */
export interface Batch {
  readonly large: readonly string[];
  readonly small: readonly string[];
  /** The worker's first batch, and then one for each call. */
  take(): Promise<TakenBatch>;
  /** Commits a small file to each. */
  change(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens it in `root`, an empty folder: ten messages, those of the large ones first. */
export async function openBatch(root: string, count = 3): Promise<Batch> {
  const large = Array.from({ length: count }, (_, index) => `large-${index}`);
  const small = Array.from({ length: 10 - count }, (_, index) => `small-${index}`);
  const names = [...large, ...small];
  const repositories = join(root, 'repositories');
  await createRepositories(repositories, large, small);
  const cluster = await openCluster();
  const { url: server, ca, token } = cluster;
  const api = connect({ server, ca, token });
  await applyCrds(api, join(ROOT, 'infra/crds'));
  api.close();
  const gitServer = start(GIT_SERVER, repositories);
  const url = (await linesOf(gitServer).next()).value ?? '';
  let worker: ChildProcess | undefined;
  let lines: AsyncIterator<string, undefined> | undefined;
  let step = 0;
  return {
    large,
    small,
    async take() {
      if (worker === undefined)
        worker = start(CHILD, join(root, 'world'), server, ca, token, url, names.join());
      else worker.stdin?.write('again\n');
      lines ??= linesOf(worker);
      const { value } = await lines.next();
      if (value === undefined) throw new Error('the worker is gone');
      return JSON.parse(value) as TakenBatch;
    },
    async change() {
      step += 1;
      for (const name of names)
        await commit(join(repositories, `${name}.git`), { 'step.yaml': `${name}: ${step}` }, 'Step');
    },
    async stop() {
      worker?.stdin?.end();
      if (worker?.exitCode === null) await new Promise((resolve) => worker?.once('exit', resolve));
      gitServer.kill();
      await cluster.close();
    },
  };
}

/** Each of the large ones has a commit of its own, so that no two artifacts are the same. */
async function createRepositories(
  root: string,
  large: readonly string[],
  small: readonly string[],
): Promise<void> {
  const files: Record<string, Uint8Array> = {};
  for (let file = 0; file < FILES; file++)
    files[`dir-${file % 50}/file-${file}.bin`] = randomBytes(FILE_BYTES);
  const first = await createRepository(root, 'first');
  await commit(first, files, 'Import everything');
  await git(first, ['gc', '--quiet']);
  for (const name of large) await cp(first, join(root, `${name}.git`), { recursive: true });
  for (const name of small) await createRepository(root, name);
  for (const name of [...large, ...small])
    await commit(join(root, `${name}.git`), { 'name.yaml': name }, 'Name it');
}

function start(script: string, ...given: readonly string[]): ChildProcess {
  return spawn(process.execPath, [script, ...given], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string, undefined> {
  if (stdout === null) throw new Error('nothing is heard of the process');
  return createInterface({ input: stdout })[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
}
