import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from './start.ts';

// A control plane to play with: node test/control-plane/main.ts, until Ctrl-C.

const dir = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
const started = performance.now();
const controlPlane = await startControlPlane({ dir });
const seconds = ((performance.now() - started) / 1_000).toFixed(1);
console.error(
  `control-plane: ready after ${seconds} s at ${controlPlane.server}, logs in ${dir}, Ctrl-C ends it`,
);
console.log(`export KUBECONFIG=${controlPlane.kubeconfigPath}`);

await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
});
await controlPlane.stop();
await rm(dir, { recursive: true, force: true });
