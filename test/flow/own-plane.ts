import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { connect } from '../control-plane/api.ts';
import { applyCrds } from '../control-plane/crds.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../control-plane/start.ts';
import type { WorldOptions } from './world.ts';

const CRDS = join(import.meta.dirname, '../../infra/crds');

/** A control plane for one test file. */
export interface OwnPlane {
  readonly plane: ControlPlane;
  /** To be handed to `useWorld`. */
  readonly place: () => Promise<Partial<WorldOptions>>;
}

/** A control plane of the file's own with the product's CRDs, started by `place` and ended after the file's tests; register it before the world, so that it outlives it. */
export function useOwnPlane(options: Omit<ControlPlaneOptions, 'dir'> = {}): OwnPlane {
  const dir = mkdtempSync(join(tmpdir(), 'flow-plane-'));
  let plane: ControlPlane | undefined;
  afterAll(async () => {
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    get plane() {
      if (plane === undefined) throw new Error('the control plane starts with the world');
      return plane;
    },
    place: async () => {
      plane = await startControlPlane({ dir, kubelet: false, controllers: false, ...options });
      const { server, ca, token } = plane;
      const api = connect(plane);
      await applyCrds(api, CRDS);
      api.close();
      return { server, ca, token };
    },
  };
}
