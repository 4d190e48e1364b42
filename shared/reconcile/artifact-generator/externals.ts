import type { ArtifactGenerator, ExternalArtifactReference } from '../../api/artifact-generator.ts';
import type { ExternalArtifact } from '../../api/external-artifact.ts';
import type { Artifact, Condition } from '../../api/meta.ts';
import { API_VERSION, CONDITION, FIELD_MANAGER, LABEL, REASON } from '../../api/vocabulary.ts';
import { type ArtifactOwner, removeArtifacts } from '../../artifact/store.ts';
import { conditionOf, toSeconds } from '../../core/conditions.ts';
import { canonicalJson } from '../../core/digests.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { inParallel } from '../../core/together.ts';
import type { KubernetesObject } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { getIfServed, listIfServed } from '../served.ts';

const EXTERNAL = { apiVersion: API_VERSION.source, kind: 'ExternalArtifact' } as const;
/** ExternalArtifacts that are removed at a time. */
const AT_ONCE = 8;
const READY_MESSAGE = 'Artifact is ready';

/** Whose artifacts in the store an ExternalArtifact's are. */
export function ownerOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { record }: Pick<Scope, 'record'>,
): ArtifactOwner {
  return { cluster: record.id, kind: EXTERNAL.kind, namespace, name };
}

/** The ExternalArtifacts that carry the generator's label. */
export async function listExternals(
  { metadata }: ArtifactGenerator,
  { cluster }: Scope,
): Promise<readonly ExternalArtifact[]> {
  const labelSelector = `${LABEL.generator}=${metadata.uid}`;
  const items = await listIfServed(
    cluster,
    { ...EXTERNAL, namespace: metadata.namespace },
    { labelSelector },
  );
  return items as readonly KubernetesObject[] as readonly ExternalArtifact[];
}

/** The object of an output, without its status (AG-07, EA-05). */
export function externalOf(
  { metadata, spec, apiVersion, kind }: ArtifactGenerator,
  name: string,
  captures: Readonly<Record<string, string>>,
): ExternalArtifact {
  const { labels, annotations } = spec.commonMetadata ?? {};
  const { namespace } = metadata;
  const own = { [LABEL.managedBy]: FIELD_MANAGER.sourceWatcher, [LABEL.generator]: metadata.uid ?? '' };
  return {
    ...EXTERNAL,
    metadata: {
      ...{ name, namespace },
      labels: { ...labels, ...captures, ...own },
      ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { sourceRef: { apiVersion, kind, name: metadata.name, namespace } },
  };
}

/** Whether an object is there as it is wanted, with labels and annotations that are no longer wanted gone, and says of the artifact what is to be said. */
export function isAsWanted(
  live: ExternalArtifact | undefined,
  wanted: ExternalArtifact,
  artifact: Omit<Artifact, 'lastUpdateTime'>,
): boolean {
  const { status, spec } = live ?? {};
  if (live === undefined || status?.artifact === undefined) return false;
  const ready = conditionOf(status.conditions, 'Ready');
  if (ready?.status !== 'True' || ready.observedGeneration !== live.metadata.generation) return false;
  const { lastUpdateTime: _time, ...told } = status.artifact;
  return (
    canonicalJson(told) === canonicalJson(artifact) &&
    canonicalJson(spec?.sourceRef) === canonicalJson(wanted.spec.sourceRef) &&
    isOwned(live, wanted, 'labels') &&
    isOwned(live, wanted, 'annotations')
  );
}

function isOwned(live: ExternalArtifact, wanted: ExternalArtifact, field: 'labels' | 'annotations'): boolean {
  const entries = Object.entries(wanted.metadata[field] ?? {});
  const applied = live.metadata.managedFields?.find(
    ({ manager, operation, subresource }) =>
      manager === FIELD_MANAGER.sourceWatcher && operation === 'Apply' && !subresource,
  );
  const fields = (applied?.fieldsV1 as { 'f:metadata'?: Record<string, object> } | undefined)?.['f:metadata'];
  const owned = Object.keys(fields?.[`f:${field}`] ?? {}).filter((key) => key.startsWith('f:'));
  return (
    owned.length === entries.length && entries.every(([key, value]) => live.metadata[field]?.[key] === value)
  );
}

/** Applies the object, without its status. Faults `invalid`, `forbidden` and the like say what failed. */
export function applyExternal(wanted: ExternalArtifact, { cluster }: Scope): Promise<KubernetesObject> {
  const fieldManager = FIELD_MANAGER.sourceWatcher;
  return named('failed to apply ExternalArtifact', () =>
    cluster.apply(wanted as KubernetesObject, { fieldManager }),
  );
}

/** Says in the status of an applied object what its artifact is. Faults as `applyExternal`. */
export async function tellArtifact(
  { metadata: { name, namespace, generation = 0 } }: KubernetesObject,
  artifact: Artifact,
  before: ExternalArtifact | undefined,
  { cluster, ports }: Scope,
): Promise<void> {
  const ready = conditionOf(before?.status?.conditions, 'Ready');
  const condition: Condition = {
    ...{ type: CONDITION.ready, status: 'True', reason: REASON.succeeded, message: READY_MESSAGE },
    observedGeneration: generation,
    lastTransitionTime: ready?.status === 'True' ? ready.lastTransitionTime : toSeconds(ports.clock.now()),
  };
  const status = { artifact, conditions: [condition] };
  const told = { ...EXTERNAL, metadata: { name, ...(namespace !== undefined && { namespace }) }, status };
  const options = { fieldManager: FIELD_MANAGER.sourceWatcher, subresource: 'status', force: false } as const;
  await named('failed to patchStatus ExternalArtifact status', () => cluster.apply(told, options));
}

async function named<T>(title: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `${title}: ${error.message}`, error.data, error);
  }
}

/**
 * Removes ExternalArtifacts and what is stored for them; those that another generator has taken over, and what lies in
 * other namespaces, whatever the inventory says, are left alone.
 */
export async function removeExternals(
  { metadata }: ArtifactGenerator,
  references: Iterable<Pick<ExternalArtifactReference, 'name' | 'namespace'>>,
  scope: Scope,
): Promise<void> {
  const names = new Set(
    [...references].filter(({ namespace }) => namespace === metadata.namespace).map(({ name }) => name),
  );
  await inParallel(names, AT_ONCE, async (name) => {
    const reference = { ...EXTERNAL, namespace: metadata.namespace, name };
    const live = await getIfServed(scope.cluster, reference);
    const owner = live?.metadata.labels?.[LABEL.generator];
    if (owner !== undefined && owner !== metadata.uid) return;
    await removeArtifacts(scope.ports.store, ownerOf(reference, scope));
    if (live !== undefined)
      await scope.cluster.delete(reference, live.metadata.uid ? { uid: live.metadata.uid } : {});
  });
}
