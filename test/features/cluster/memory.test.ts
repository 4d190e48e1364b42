import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../bench/cluster-process.ts');

/** What clusters take in a process of their own, in MB. */
async function measured(
  ...args: readonly string[]
): Promise<{ readonly rss: number; readonly heap: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SCRIPT, ...args]);
  return JSON.parse(stdout);
}

test('100 empty clusters take less than 100 MB, 1 MB each', async () => {
  const { rss, heap } = await measured('empty', '100');

  expect(rss).toBeLessThan(100);
  // Far less: what is shared is not made anew.
  expect(heap).toBeLessThan(20);
}, 60_000);

test('a cluster with 200 objects takes less than 5 MB', async () => {
  const { heap } = await measured('filled');

  expect(heap).toBeLessThan(5);
}, 60_000);
