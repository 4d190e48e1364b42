import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../../test/control-plane/start.ts';
import { readServer } from './read.ts';
import { tableOf, tableText } from './table-of.ts';

// Run by hand, when the control plane moves to another version of Kubernetes: it starts a real one.

const TABLE = join(import.meta.dirname, '../../shared/core/kubernetes-schema/table.json');

const dir = await mkdtemp(join(tmpdir(), 'sluice-kubernetes-schema-'));
const controlPlane = await startControlPlane({ dir, kubelet: false, controllers: false });
try {
  await writeFile(TABLE, tableText(tableOf(await readServer(controlPlane))));
} finally {
  await controlPlane.stop();
  await rm(dir, { recursive: true, force: true });
}
