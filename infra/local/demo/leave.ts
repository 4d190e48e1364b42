import { openDeployment } from '../../../shared/adapters/local/deployment.ts';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import type { Cluster, ObjectReference } from '../../../shared/ports.ts';
import { readClaim } from '../../cli/claim.ts';
import { command as remove } from '../../cli/cluster-remove.ts';
import { ourDefinitions } from '../../cli/definitions.ts';
import { removeClaim, removeIdentity } from '../../cli/leave.ts';
import { FLUX_NAMESPACE } from '../../cli/namespace.ts';
import { parseInput } from '../../cli/parse.ts';
import type { World } from '../../cli/world.ts';
import type { Ground } from './ground.ts';
import { APPS, CLUSTER, FLUX_OBJECTS } from './names.ts';
import type { Teller } from './teller.ts';

/** What cleaning up needs. */
export interface Leaving {
  readonly ground: Ground;
  readonly state: string;
  readonly world: World;
  readonly tell: Teller;
  /** Whether a runtime runs that prunes what was applied. */
  readonly prune: boolean;
}

/** How long the cluster may take to take a namespace or a definition away, milliseconds. */
const GONE_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 50;

/** Takes away all that the demo brought: what it applied, its registration, its namespaces, and definitions nobody uses that were not there before. */
export async function leave(leaving: Leaving): Promise<void> {
  const { ground, tell } = leaving;
  const { cluster, before } = ground;
  const older = before.olderDefinitions;
  const done = tell.waiting('everything to be taken away again');
  const start = performance.now();
  try {
    if (!(await unregister(leaving))) return;
    const namespaces = [FLUX_OBJECTS, APPS, ...(before.lacksNamespace ? [FLUX_NAMESPACE] : [])];
    await Promise.all(
      namespaces.map((name) => vanish(cluster, { apiVersion: 'v1', kind: 'Namespace', name })),
    );
    await Promise.all(before.lacksDefinitions.map((name) => vanishUnused(cluster, name)));
  } finally {
    done();
  }
  tell.mark(
    'left',
    performance.now() - start,
    older.length === 0
      ? 'the cluster is as it was before'
      : `the cluster is as it was before, but for upgraded definitions: ${older.join(', ')}`,
  );
}

/** Whether anything in the cluster was ours. */
async function unregister({ ground, state, world, prune }: Leaving): Promise<boolean> {
  const { cluster, flags } = ground;
  const { id } = await openDeployment(state);
  if ((await readClaim(cluster))?.deployment !== id) return false;
  try {
    const argv = [CLUSTER, prune ? '--prune' : '--keep', ...flags, '--state', state, '--yes'];
    await remove.run(parseInput('cluster remove', remove, argv), world);
  } catch (error) {
    // Registering broke off between the claim and the record.
    if (!isFault(error, 'not-found')) throw error;
    await removeClaim(cluster);
    await removeIdentity(cluster);
  }
  return true;
}

async function vanish(cluster: Cluster, reference: ObjectReference): Promise<void> {
  await cluster.delete(reference);
  const deadline = performance.now() + GONE_WITHIN_MS;
  while ((await cluster.get(reference)) !== undefined) {
    const name = `${reference.kind} ${reference.name}`;
    if (performance.now() > deadline)
      throw new Fault('timeout', `${name} is still there ${GONE_WITHIN_MS / 1000} s after it was deleted`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

/** Deleting a definition deletes all objects of its kind: only when there is none. */
async function vanishUnused(cluster: Cluster, name: string): Promise<void> {
  const definition = ourDefinitions().find(({ metadata }) => metadata.name === name);
  const version = definition?.spec.versions[0]?.name;
  if (definition === undefined || version === undefined) return;
  const { group, names } = definition.spec;
  try {
    const { items } = await cluster.listMetadata({ apiVersion: `${group}/${version}`, kind: names.kind });
    if (items.length > 0) return;
  } catch (error) {
    if (!isFault(error, 'no-such-kind')) throw error;
  }
  await vanish(cluster, { apiVersion: definition.apiVersion, kind: definition.kind, name });
}
