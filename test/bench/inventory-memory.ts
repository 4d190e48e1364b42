import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect } from '../control-plane/api.ts';
import { applyCrds } from '../control-plane/crds.ts';
import { startControlPlane } from '../control-plane/start.ts';
import type { BenchRow } from './row.ts';

const OBJECTS = 5000;
const CRDS = join(import.meta.dirname, '../../infra/crds');

/** P8: the most memory of a process that applies a Kustomization of 5000 objects and then looks for drift. */
export async function run([count = OBJECTS]: readonly number[] = []): Promise<BenchRow[]> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'));
  const { server, ca, token, stop } = await startControlPlane({
    dir: join(dir, 'control-plane'),
    kubelet: false,
  });
  try {
    await applyCrds(connect({ server, ca, token }), CRDS);
    const script = fileURLToPath(new URL('inventory-once.ts', import.meta.url));
    const given = [script, join(dir, 'world'), server, ca, token, String(count)];
    const { stdout } = await promisify(execFile)(process.execPath, given);
    const { entries, held, said } = JSON.parse(stdout) as { entries: number; held: number; said: string };
    if (entries !== count) throw new Error(`${entries} of ${count} objects were applied: ${said}`);
    const note = `limit 512 MiB; ${said}`;
    return [{ id: 'P8', what: `peak memory, inventory of ${count} objects`, ours: held, unit: 'MiB', note }];
  } finally {
    await stop();
    await rm(dir, { recursive: true, force: true });
  }
}
