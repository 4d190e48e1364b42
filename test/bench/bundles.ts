import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleAll } from '../../infra/build.ts';
import type { BenchRow } from './row.ts';

/** P6's targets: of `receive`, and of the others. */
const TARGET_MS = { receive: 90, others: 130 };
const RUNS = 7;
const IMPORT = `const [start, before] = [performance.now(), process.cpuUsage()];
await import(process.argv[1]);
const wall = performance.now() - start;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify([wall, (user + system) / 1000]));
process.exit();`;

/** What each built function costs before its first invocation, over bare Node: the least of several fresh processes. */
export async function run(): Promise<BenchRow[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bundles-'));
  try {
    const bundles = await bundleAll(directory);
    return bundles.map(({ name, file, bytes }) => {
      const [ours, cpu] = importTime(file);
      const peer = name === 'receive' ? TARGET_MS.receive : TARGET_MS.others;
      const note = `${(bytes / 1000).toFixed(0)} KB, ${cpu.toFixed(0)} ms of CPU; the peer is the target`;
      return { id: 'P6', what: `import of ${name}`, ours, peer, ratio: ours / peer, unit: 'ms', note };
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Wall and CPU time, each the least, in milliseconds. */
function importTime(file: string): readonly [number, number] {
  const args = ['--input-type=module', '--eval', IMPORT, pathToFileURL(file).href];
  const times = Array.from({ length: RUNS }, () => {
    const out = execFileSync(process.execPath, args, { encoding: 'utf8' });
    return JSON.parse(out) as readonly [number, number];
  });
  return [Math.min(...times.map(([wall]) => wall)), Math.min(...times.map(([, cpu]) => cpu))];
}
