import { isRunning } from '../../shared/adapters/local/running.ts';
import { kindOf } from '../../shared/api/kinds.ts';
import { Fault, isFault } from '../../shared/core/failures.ts';
import { displayName, referenceOf } from '../../shared/core/kubernetes-object.ts';
import type { Cluster, ClusterSettings } from '../../shared/ports.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { fluxObjects } from './finalizers.ts';
import { MANAGED_BY, NAME } from './identity.ts';
import { count, step } from './say.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** Ours: how long pruning may take, in milliseconds. */
const PRUNED_WITHIN_MS = 5 * 60_000;
const ASK_EVERY_MS = 500;
/** Names printed of what is left. */
const NAMED = 5;

/** Fault `unsupported` when nobody would prune. */
export function checkPrunable(state: State, settings: ClusterSettings, name: string): void {
  if (settings.owns === 'none') {
    const text = `cluster ${name} is registered with owns: none, so there is nothing of ours to prune; use --hand-to-flux`;
    throw new Fault('unsupported', text);
  }
  // On AWS it always runs.
  if (state.directory === undefined || isRunning(state.directory)) return;
  const text = `pruning is done by the running service, and none runs on ${state.shown}; start it with "npm start", then run this again`;
  throw new Fault('unsupported', text);
}

/** Deletes every Kustomization that is ours and waits until the service has pruned what it applied. Fault `timeout` names what is left. */
export async function pruneKustomizations(
  cluster: Cluster,
  owns: ClusterSettings['owns'],
  world: World,
): Promise<void> {
  const kind = kindOf('Kustomization');
  const left = () => fluxObjects(cluster, owns, kind ? [kind] : []);
  const objects = await left();
  step(world, `deleting ${count(objects.length, 'Kustomization')} and what they applied`);
  for (const object of objects) await cluster.delete(referenceOf(object));
  const deadline = world.clock.now().getTime() + PRUNED_WITHIN_MS;
  for (;;) {
    const remaining = await left();
    if (remaining.length === 0) return;
    if (world.clock.now().getTime() > deadline) {
      const names = remaining.slice(0, NAMED).map(displayName).join(', ');
      const text = `${count(remaining.length, 'Kustomization')} not gone after ${PRUNED_WITHIN_MS / 60_000} minutes (${names}); nothing else was removed: look at "kubectl get kustomizations -A", then run this again`;
      throw new Fault('timeout', text);
    }
    await world.clock.sleep(ASK_EVERY_MS);
  }
}

/** Gives the claim up. */
export async function removeClaim(cluster: Cluster): Promise<void> {
  await cluster.delete(OWNER);
}

/** Deletes Sluice's identity, and with it, when it asks for that itself, the right to do anything more; whether there was one. */
export async function removeIdentity(cluster: Cluster): Promise<boolean> {
  const bindings = await Promise.all(
    [NAME.namespaced, NAME.everywhere].map((name) => managedBinding(cluster, name)),
  );
  const present = bindings.filter((binding) => binding !== undefined);
  for (const reference of present) await cluster.delete(reference, { propagation: 'Background' });
  return present.length > 0;
}

async function managedBinding(cluster: Cluster, name: string) {
  const reference = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name };
  try {
    const labels = (await cluster.get(reference))?.metadata.labels;
    return Object.entries(MANAGED_BY).every(([key, value]) => labels?.[key] === value)
      ? reference
      : undefined;
  } catch (error) {
    // An identity with few rights may look at its own binding only.
    if (isFault(error, 'forbidden')) return undefined;
    throw error;
  }
}

/** kubectl lines that do the same by hand. */
export function leaveLines(kubectl: string): readonly string[] {
  return [
    `${kubectl} -n ${OWNER.namespace} delete configmap ${OWNER.name} --ignore-not-found`,
    `${kubectl} delete clusterrolebinding ${NAME.everywhere} ${NAME.namespaced} --ignore-not-found`,
  ];
}
