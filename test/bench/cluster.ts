import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import type { RequestHook } from '../../shared/runtime/local.ts';
import { connect } from '../control-plane/api.ts';
import { applyCrds } from '../control-plane/crds.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { openWorld, type World } from '../flow/world.ts';

const CRDS = join(import.meta.dirname, '../../infra/crds');

/** Runs `use` on a real API server of its own with the pipeline ready, and cleans up. */
export async function withWorld<T>(use: (world: World) => Promise<T>, onRequest?: RequestHook): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'));
  const plane = await startControlPlane({ dir: join(dir, 'control-plane'), kubelet: false });
  const { server, ca, token } = plane;
  try {
    await applyCrds(connect({ server, ca, token }), CRDS);
    const world = await openWorld({
      dir,
      server,
      ca,
      token,
      log: createCollectingLog(),
      ...(onRequest && { onRequest }),
    });
    try {
      return await use(world);
    } finally {
      await world.stop();
    }
  } finally {
    await plane.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
