import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCluster } from '../../infra/local/cluster/open.ts';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import type { RequestHook } from '../../shared/runtime/local.ts';
import { type ApiAccess, connect } from '../control-plane/api.ts';
import { applyCrds } from '../control-plane/crds.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { openWorld, type World } from '../flow/world.ts';

const CRDS = join(import.meta.dirname, '../../infra/crds');

/** Where a bench runs: a real API server, or the embedded cluster. */
export type Ground = 'real' | 'embedded';

/** Runs `use` on a cluster of its own with the pipeline ready, and cleans up. */
export async function withWorld<T>(
  use: (world: World) => Promise<T>,
  options: { readonly ground?: Ground; readonly onRequest?: RequestHook } = {},
): Promise<T> {
  const { ground = 'real', onRequest } = options;
  const dir = await mkdtemp(join(tmpdir(), 'bench-'));
  const { server, ca, token, stop } = await (ground === 'real' ? openReal(dir) : openEmbedded());
  try {
    await applyCrds(connect({ server, ca, token }), CRDS);
    const log = createCollectingLog();
    const world = await openWorld({ dir, server, ca, token, log, ...(onRequest && { onRequest }) });
    try {
      return await use(world);
    } finally {
      await world.stop();
    }
  } finally {
    await stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Opened extends ApiAccess {
  readonly stop: () => Promise<void>;
}

async function openReal(dir: string): Promise<Opened> {
  return startControlPlane({ dir: join(dir, 'control-plane'), kubelet: false });
}

async function openEmbedded(): Promise<Opened> {
  const { url, ca, token, close } = await openCluster();
  return { server: url, ca, token, stop: close };
}
