import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openBatch, type TakenBatch } from '../features/memory/batch.ts';
import { commit, createRepository, git } from '../servers/git-http.ts';
import type { BenchRow } from './row.ts';

const FILES = 2000;
const FILE_BYTES = 50_000;
const COMMITS = 3;

/** P8: the most memory of a process that fetches and packs a repository of 100 MB, and then what is committed to it. */
export async function run(): Promise<BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'bench-memory-'));
  const files: Record<string, Uint8Array> = {};
  for (let file = 0; file < FILES; file++)
    files[`dir-${file % 50}/file-${file}.bin`] = randomBytes(FILE_BYTES);
  const directory = await createRepository(root, 'big');
  await commit(directory, files, 'Import everything');
  await git(directory, ['gc', '--quiet']);
  const server = start('git-server.ts', root);
  try {
    const url = (await linesOf(server).next()).value ?? '';
    const worker = start('fetch-once.ts', `${url}/big.git`);
    const seen = linesOf(worker);
    const first = measured((await seen.next()).value);
    let last = first;
    for (let step = 0; step < COMMITS; step++) {
      await commit(directory, { 'dir-1/small.yaml': `step: ${step}` }, 'A small change');
      worker.stdin?.write('again\n');
      last = measured((await seen.next()).value);
    }
    worker.stdin?.end();
    await new Promise((resolve) => worker.once('exit', resolve));
    const row = (what: string, { held, received }: Measured): BenchRow => {
      const note = `limit 512 MiB; ${(received / 1024).toFixed(1)} KiB of packs`;
      return { id: 'P8', what: `peak memory, 100 MB, ${what}`, ours: held, unit: 'MiB', note };
    };
    return [
      row('fetched and packed', first),
      row(`and ${COMMITS} small commits`, last),
      ...(await batchRows(join(root, 'batch'))),
    ];
  } finally {
    server.kill();
    await rm(root, { recursive: true, force: true });
  }
}

/** The same of a worker that takes three of them, and seven small ones, in one batch. */
async function batchRows(root: string): Promise<BenchRow[]> {
  const batch = await openBatch(root);
  try {
    const what = `${batch.large.length} repositories of 100 MB and ${batch.small.length} small ones in a batch`;
    const row = (more: string, { held, unready }: TakenBatch): BenchRow => {
      const note = `limit 512 MiB; one large one at a time${unready.length > 0 ? `; failed: ${unready}` : ''}`;
      return { id: 'P8', what: `peak memory, ${what}${more}`, ours: held, unit: 'MiB', note };
    };
    const first = row('', await batch.take());
    await batch.change();
    return [first, row(', and a small commit to each', await batch.take())];
  } finally {
    await batch.stop();
  }
}

interface Measured {
  /** MiB. */
  readonly held: number;
  /** Bytes of the last packs. */
  readonly received: number;
}

function measured(line: string | undefined): Measured {
  if (line === undefined) throw new Error('the process that fetches is gone');
  return JSON.parse(line) as Measured;
}

function start(script: string, argument: string): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [file, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string, undefined> {
  if (stdout === null) throw new Error('nothing is heard of the process');
  return createInterface({ input: stdout })[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
}
