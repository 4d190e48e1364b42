import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { fetchArtifact, resolveRemote } from '../../shared/artifact/git-source.ts';
import type { GitRemote, Http } from '../../shared/ports.ts';
import { type Follower, follow } from '../features/git/incremental.ts';
import { commit, git } from '../servers/git-http.ts';
import { borrowRepositories, generateRepository, SHAPES } from './git-repositories.ts';
import { type BenchRow, best } from './row.ts';

const RUNS = 7;
const TIMEOUT_MS = 120_000;
// Any pattern switches the default exclusions off: both sides pack the same files.
const KEEP_ALL = '/no-such-directory/';
// What is excluded by default, to tar.
const EXCLUDED = ['jpg', 'jpeg', 'gif', 'png', 'wmv', 'flv', 'tar.gz', 'zip'].map((end) => `*.${end}`);
const RULE = { loopback: true, privateRanges: false };

/**
 * P4: fetching and packing beside native git on tmpfs: a new repository, with and without what is excluded by default,
 * a small commit, and nothing new. `GIT_REPOSITORIES` names a folder of bare repositories to take instead of generated
 * ones.
 */
export async function run(): Promise<BenchRow[]> {
  const root = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-git-'));
  const server = await serve(root);
  try {
    const rows: BenchRow[] = [];
    for (const name of await repositories(root)) rows.push(...(await compare(root, name, server.url)));
    return rows;
  } finally {
    server.process.kill();
    await rm(root, { recursive: true, force: true });
  }
}

async function repositories(root: string): Promise<readonly string[]> {
  const given = process.env.GIT_REPOSITORIES;
  if (given !== undefined) return borrowRepositories(root, given);
  for (const shape of SHAPES) await generateRepository(root, shape);
  return SHAPES.map(({ name }) => name);
}

/** One repository, and what is counted of the conversation with its server. */
interface Measured {
  readonly root: string;
  readonly name: string;
  readonly url: string;
  readonly files: number;
  readonly open: () => GitRemote;
  readonly counted: { requests: number; bytes: number };
}

async function compare(root: string, name: string, server: string): Promise<BenchRow[]> {
  const listed = await git(join(root, `${name}.git`), ['ls-tree', '-r', '--name-only', 'main']);
  const counted = { requests: 0, bytes: 0 };
  const http = createHttp(RULE);
  const counting: Http = {
    async request(request) {
      const answer = await http.request(request);
      counted.requests++;
      counted.bytes += answer.body.length;
      return answer;
    },
  };
  const client = createGit({ http: counting });
  const url = `${server}/${name}.git`;
  const open = () => client.open({ url, auth: {} }, AbortSignal.timeout(TIMEOUT_MS));
  const measured = { root, name, url, files: listed.split('\n').length, open, counted };
  const path = listed.split('\n').find((one) => /\.ya?ml$/.test(one)) ?? 'a.yaml';
  return [
    await cold(measured, 'everything', KEEP_ALL, []),
    await cold(measured, 'default rules', undefined, EXCLUDED),
    await changed(measured, path),
    await unchanged(measured),
  ];
}

async function cold(
  measured: Measured,
  what: string,
  ignore: string | undefined,
  excluded: readonly string[],
): Promise<BenchRow> {
  const { root, url, open, counted } = measured;
  const directory = join(root, 'clone');
  const times = await beside(
    async () => {
      Object.assign(counted, { requests: 0, bytes: 0 });
      const remote = open();
      const resolved = await resolveRemote(remote, { branch: 'main' });
      await fetchArtifact(remote, resolved, { isNew: true, ...(ignore && { ignore }) });
    },
    async () => {
      await git(root, ['clone', '--quiet', '--depth', '1', url, directory]);
      const flags = ['.git', ...excluded].map((pattern) => `--exclude='${pattern}'`).join(' ');
      await shell(`tar ${flags} -cf - . | gzip -6 > ../clone.tar.gz`, directory);
    },
    () => rm(directory, { recursive: true }),
  );
  return row(measured, `new, ${what}`, times);
}

/** A commit each round, against a shallow clone that is kept and `git archive`. */
async function changed(measured: Measured, path: string): Promise<BenchRow> {
  const { root, name, url, open, counted } = measured;
  const directory = join(root, 'kept');
  await git(root, ['clone', '--quiet', '--bare', '--depth', '1', url, directory]);
  const follower: Follower = follow(open);
  await follower.fetch({ ignore: KEEP_ALL });
  let step = 0;
  const change = () => commit(join(root, `${name}.git`), { [path]: `step: ${step++}\n` }, 'A small change');
  await change();
  const times = await beside(
    async () => {
      Object.assign(counted, { requests: 0, bytes: 0 });
      await follower.fetch({ ignore: KEEP_ALL });
    },
    async () => {
      await git(directory, ['fetch', '--quiet', '--depth', '1', 'origin', 'main']);
      await shell('git archive FETCH_HEAD | gzip -6 > ../kept.tar.gz', directory);
    },
    async () => void (await change()),
  );
  await rm(directory, { recursive: true });
  return row(measured, 'small commit', times);
}

async function unchanged(measured: Measured): Promise<BenchRow> {
  const { url, root, open, counted } = measured;
  const times = await beside(
    async () => {
      Object.assign(counted, { requests: 0, bytes: 0 });
      await resolveRemote(open(), { branch: 'main' });
    },
    () => git(root, ['ls-remote', url, 'refs/heads/main']),
    async () => {},
  );
  return row(measured, 'unchanged', times);
}

interface Times {
  readonly ours: number;
  readonly peer: number;
}

/** The best of several rounds in turns, so that both meet the same machine. */
async function beside(
  ours: () => Promise<unknown>,
  peer: () => Promise<unknown>,
  after: () => Promise<void>,
): Promise<Times> {
  const times = { ours: Number.POSITIVE_INFINITY, peer: Number.POSITIVE_INFINITY };
  for (let round = 0; round < RUNS; round++) {
    times.ours = Math.min(times.ours, await best(1, ours));
    times.peer = Math.min(times.peer, await best(1, peer));
    await after();
  }
  return times;
}

function row({ name, files, counted }: Measured, what: string, { ours, peer }: Times): BenchRow {
  const note = `${counted.requests} requests, ${(counted.bytes / 1024).toFixed(1)} KiB received`;
  const of = `${name} (${files} files), ${what}`;
  return { id: 'P4', what: of, ours, peer, ratio: ours / peer, unit: 'ms', note };
}

async function shell(command: string, cwd: string): Promise<void> {
  const running = spawn('sh', ['-c', command], { cwd });
  await new Promise((resolve) => running.on('close', resolve));
}

async function serve(root: string): Promise<{ url: string; process: ChildProcess }> {
  const script = fileURLToPath(new URL('./git-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', () => reject(new Error('the Git server did not start')));
  });
  return { url, process: child };
}
