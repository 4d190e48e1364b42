import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from './api.ts';
import { assets, HOW_TO_BUILD } from './assets.ts';
import { applyCrds } from './crds.ts';
import { startControlPlane } from './start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A self-contained kubeconfig of a cluster administrator, in YAML. */
    kubeconfig: string;
    server: string;
    /** The API server's CA as PEM. */
    ca: string;
    /** The administrator's bearer token. */
    token: string;
  }
}

const CRDS = join(import.meta.dirname, '../../infra/crds');

/** Starts one control plane with the product's CRDs for all test files of the project, and returns how to end it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Only CI gets here without: elsewhere vitest.config.ts leaves the project out.
  if (!assets()) throw new Error(HOW_TO_BUILD);
  const dir = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
  const controlPlane = await startControlPlane({ dir });
  const stop = async () => {
    await controlPlane.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const api = connect(controlPlane);
    await applyCrds(api, CRDS);
    api.close();
  } catch (error) {
    await stop();
    throw error;
  }
  for (const key of ['kubeconfig', 'server', 'ca', 'token'] as const) project.provide(key, controlPlane[key]);
  return stop;
}
