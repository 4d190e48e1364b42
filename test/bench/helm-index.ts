import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { largeIndex } from '../features/helm/indexes.ts';
import type { BenchRow } from './row.ts';

const RUNS = 3;
const SHAPES = [
  { what: '200 charts of 100 versions', charts: 200, versions: 100 },
  { what: 'one chart of 20 000 versions', charts: 1, versions: 20_000 },
];

/** Reading, sorting and writing an index of 20 000 versions in a process of its own, and the most memory that this took. */
export async function run(): Promise<BenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'bench-index-'));
  try {
    const rows: BenchRow[] = [];
    for (const { what, charts, versions } of SHAPES) {
      const file = join(root, `${charts}.yaml`);
      const index = largeIndex(charts, versions);
      await writeFile(file, index);
      const runs = await measure(file);
      const size = `${(index.length / 1e6).toFixed(1)} MB`;
      const time = Math.min(...runs.map(([milliseconds]) => milliseconds));
      const memory = Math.max(...runs.map(([, mebibytes]) => mebibytes));
      rows.push({
        id: 'index',
        what: `${what}, time`,
        ours: time,
        unit: 'ms',
        note: `${size}; limit 2000 ms`,
      });
      rows.push({
        id: 'index',
        what: `${what}, peak memory`,
        ours: memory,
        unit: 'MiB',
        note: 'limit 256 MiB',
      });
    }
    return rows;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measure(file: string): Promise<readonly (readonly [number, number])[]> {
  const script = fileURLToPath(new URL('helm-index-once.ts', import.meta.url));
  const runs: (readonly [number, number])[] = [];
  for (let round = 0; round < RUNS; round++) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, file]);
    const [milliseconds = 0, mebibytes = 0] = stdout.trim().split(' ').map(Number);
    runs.push([milliseconds, mebibytes]);
  }
  return runs;
}
