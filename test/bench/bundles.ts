import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleAll } from '../../infra/build.ts';
import type { BenchRow } from './row.ts';

/** P6's targets: of `receive`, and of the others. */
const TARGET_MS = { receive: 90, others: 130 };
const ROUNDS = 9;
const IMPORT = `const [start, before] = [performance.now(), process.cpuUsage()];
await import(process.argv[1]);
const wall = performance.now() - start;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify([wall, (user + system) / 1000]));
process.exit();`;

/** What each built function costs before its first invocation, over bare Node: the least of several fresh processes, taken in turns, as others may use the machine. */
export async function run(): Promise<BenchRow[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bundles-'));
  try {
    const bundles = await bundleAll(directory);
    const least = new Map(
      bundles.map(({ name }) => [name, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]]),
    );
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, file } of bundles) {
        const now = importTime(file);
        least.set(
          name,
          (least.get(name) ?? []).map((time, index) => Math.min(time, now[index] ?? time)),
        );
      }
    return bundles.map(({ name, bytes }) => {
      const [ours = 0, cpu = 0] = least.get(name) ?? [];
      const peer = name === 'receive' ? TARGET_MS.receive : TARGET_MS.others;
      const note = `${(bytes / 1000).toFixed(0)} KB, ${cpu.toFixed(0)} ms of CPU; the peer is the target`;
      return { id: 'P6', what: `import of ${name}`, ours, peer, ratio: ours / peer, unit: 'ms', note };
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Wall and CPU time in milliseconds. */
function importTime(file: string): readonly number[] {
  const args = ['--input-type=module', '--eval', IMPORT, pathToFileURL(file).href];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as readonly number[];
}
