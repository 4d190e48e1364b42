import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { fetchArtifact, resolveRemote } from '../../shared/artifact/git-source.ts';
import type { Http } from '../../shared/ports.ts';
import { git } from '../servers/git-http.ts';
import { generateRepository, SHAPES } from './git-repositories.ts';
import { type BenchRow, best } from './row.ts';

const RUNS = 10;
// Any pattern switches the default exclusions off: both sides pack the same files.
const KEEP_ALL = '/no-such-directory/';
const RULE = { loopback: true, privateRanges: false };

/** P4: fetching and packing beside `git clone --depth 1` and `tar | gzip -6` on tmpfs; requests for an unchanged source. */
export async function run(shapes = SHAPES): Promise<BenchRow[]> {
  const root = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-git-'));
  const server = await serve(root);
  try {
    const rows: BenchRow[] = [];
    for (const shape of shapes) {
      await generateRepository(root, shape);
      rows.push(await compare(`${server.url}/${shape.name}.git`, `${shape.files} files`, root));
    }
    rows.push(await countUnchanged(`${server.url}/${shapes[0]?.name}.git`));
    return rows;
  } finally {
    server.process.kill();
    await rm(root, { recursive: true, force: true });
  }
}

async function compare(url: string, what: string, root: string): Promise<BenchRow> {
  const client = createGit({ http: createHttp(RULE) });
  let ours = Number.POSITIVE_INFINITY;
  let peer = Number.POSITIVE_INFINITY;
  let size = 0;
  for (let round = 0; round < RUNS; round++) {
    ours = Math.min(
      ours,
      await best(1, async () => {
        const remote = client.open({ url, auth: {} }, AbortSignal.timeout(60_000));
        const resolved = await resolveRemote(remote, { branch: 'main' });
        size = (await fetchArtifact(remote, resolved, { ignore: KEEP_ALL })).size;
      }),
    );
    peer = Math.min(peer, await best(1, () => cloneAndPack(url, root)));
    await rm(join(root, 'clone'), { recursive: true });
  }
  const note = `artifact of ${Math.round(size / 1024)} KiB, best of ${RUNS}`;
  return { id: 'P4', what: `fetch and pack, ${what}`, ours, peer, ratio: ours / peer, unit: 'ms', note };
}

async function cloneAndPack(url: string, root: string): Promise<void> {
  const directory = join(root, 'clone');
  await git(root, ['clone', '--quiet', '--depth', '1', url, directory]);
  const packing = spawn('sh', ['-c', 'tar --exclude=.git -cf - . | gzip -6 > ../clone.tar.gz'], {
    cwd: directory,
  });
  await new Promise((resolve) => packing.on('close', resolve));
}

async function countUnchanged(url: string): Promise<BenchRow> {
  let requests = 0;
  const http = createHttp(RULE);
  const counting: Http = {
    request(request) {
      requests++;
      return http.request(request);
    },
  };
  const client = createGit({ http: counting });
  const look = () =>
    resolveRemote(client.open({ url, auth: {} }, AbortSignal.timeout(10_000)), { branch: 'main' });
  await look();
  const perLook = requests;
  const time = await best(RUNS, look);
  return {
    id: 'P4',
    what: 'unchanged source',
    ours: perLook,
    unit: 'requests',
    note: `${time.toFixed(1)} ms on loopback`,
  };
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
