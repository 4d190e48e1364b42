import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commit, createRepository, git } from '../servers/git-http.ts';
import type { BenchRow } from './row.ts';

const FILES = 2000;
const FILE_BYTES = 50_000;
const TIMES = 3;

/** P8: the most memory that a process held which fetched and packed a repository of 100 MB, three times in a row. */
export async function run(): Promise<BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  const files: Record<string, Uint8Array> = {};
  for (let file = 0; file < FILES; file++)
    files[`dir-${file % 50}/file-${file}.bin`] = randomBytes(FILE_BYTES);
  const directory = await createRepository(root, 'big');
  await commit(directory, files, 'Import everything');
  await git(directory, ['gc', '--quiet']);
  const server = spawn(process.execPath, [scriptAt('git-server.ts'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await new Promise<string>((resolve) =>
      server.stdout.once('data', (line: Buffer) => resolve(line.toString().trim())),
    );
    const ours = await peak(`${url}/big.git`, TIMES);
    const note = `limit 512 MiB; ${await peak(`${url}/big.git`, 1)} MiB after one`;
    return [{ id: 'P8', what: 'fetch and pack 100 MB, peak memory', ours, unit: 'MiB', note }];
  } finally {
    server.kill();
    await rm(root, { recursive: true, force: true });
  }
}

async function peak(url: string, times: number): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    scriptAt('fetch-once.ts'),
    url,
    String(times),
  ]);
  return Number(stdout);
}

function scriptAt(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
