import type { Cluster, KubernetesObject, ObjectReference } from '../../../shared/ports.ts';

/** A watch that is served shows a write sooner than that, milliseconds. */
const PROMPT = 500;
/** How often that is tried; an API server takes about two seconds for a kind that was just defined. */
const TRIES = 30;
const PROBE = { namespace: 'default', name: 'probe' };

/** Resolves when a watch shows at once what is written to every kind: one that was just defined is served seconds later. */
export async function served(cluster: Cluster, examples: readonly KubernetesObject[]): Promise<void> {
  for (const example of examples) await oneServed(cluster, { ...example, metadata: PROBE });
}

async function oneServed(cluster: Cluster, probe: KubernetesObject): Promise<void> {
  const { apiVersion, kind } = probe;
  for (let round = 1; round <= TRIES; round++)
    if (await isPrompt(cluster, probe, { apiVersion, kind, ...PROBE })) return;
  throw new Error(`a watch of ${kind} does not show what is written`);
}

async function isPrompt(
  cluster: Cluster,
  probe: KubernetesObject,
  reference: ObjectReference,
): Promise<boolean> {
  const { resourceVersion } = await cluster.list(reference);
  const late = AbortSignal.timeout(PROMPT);
  const shown = firstEvent(cluster, reference, resourceVersion, late);
  await cluster.create(probe, { fieldManager: 'person' });
  const isShown = await shown;
  await cluster.delete(reference, {});
  return isShown;
}

async function firstEvent(
  cluster: Cluster,
  { apiVersion, kind, namespace = '' }: ObjectReference,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<boolean> {
  const events = cluster.watch({ apiVersion, kind, namespace }, { resourceVersion, signal });
  try {
    for await (const { type } of events) if (type === 'ADDED') return true;
  } catch {
    // Too late, or the watch was ended: tried again.
  }
  return false;
}
