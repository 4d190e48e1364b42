import { expect } from 'vitest';
import { ANNOTATION } from '../../shared/api/vocabulary.ts';
import type { KubernetesObject, ObjectReference } from '../../shared/ports.ts';
import { condition, edit, type Reconciled, read } from './drive.ts';
import { applierAt, type Setting } from './setting.ts';
import type { World } from './world.ts';

/** Within what time the other side does something, where nothing tells. */
export const SOON = { timeout: 60_000, interval: 100 };

/** What is told of objects that nobody may touch: uid, resourceVersion and who owns which fields. */
export async function imprint(
  world: World,
  references: readonly ObjectReference[],
): Promise<Readonly<Record<string, unknown>>> {
  const entries = references.map(async (reference) => {
    const { metadata } = (await world.cluster.get(reference)) as KubernetesObject;
    const { uid, resourceVersion, generation, labels, annotations, managedFields } = metadata;
    const told = { uid, resourceVersion, generation, labels, annotations, managedFields };
    return [`${reference.kind}/${reference.name}`, told] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What a Kustomization's status carries on from one to the other. */
export async function carried(setting: Setting, name: string): Promise<unknown> {
  const { metadata, status } = await read(setting.world, applierAt(setting, name));
  const { inventory, lastAppliedRevision, lastAttemptedRevision, observedGeneration, history } = status;
  const conditions = status.conditions.map(({ type, status: state, reason }) => `${type} ${state} ${reason}`);
  const digests = history?.map(({ digest }) => digest);
  return {
    ...{ inventory, lastAppliedRevision, lastAttemptedRevision, observedGeneration },
    ...{ conditions, digests, finalizers: metadata.finalizers },
  };
}

/** Asks Flux's own controllers for a run of each in turn, as `flux reconcile` does, and waits until they have answered. */
export async function askFlux(world: World, references: readonly ObjectReference[]): Promise<void> {
  for (const reference of references) {
    const token = new Date().toISOString();
    await edit(world, reference, { metadata: { annotations: { [ANNOTATION.requestedAt]: token } } });
    await expect
      .poll(async () => (await read(world, reference)).status.lastHandledReconcileAt, SOON)
      .toBe(token);
    await expect.poll(async () => isReady(await read(world, reference)), SOON).toBe(true);
  }
}

/** Whether it is done with what its spec says now. */
export function isReady(object: Reconciled): boolean {
  return (
    condition(object, 'Ready')?.status === 'True' &&
    object.status.observedGeneration === object.metadata.generation
  );
}

/** Our real writes to anything but Flux's own objects and events. */
export function writesOf({ requests }: Setting): readonly string[] {
  return requests
    .filter(({ method, path }) => method !== 'GET' && !path.includes('dryRun'))
    .map(({ method, path }) => `${method} ${path.split('?')[0]}`)
    .filter((line) => !/\.fluxcd\.io\/|\/events$/.test(line));
}
