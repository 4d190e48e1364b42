import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../api-error.ts';
import { applyConfiguration } from '../merge/apply.ts';
import { entriesAfterScale, type ReplicasIn, scaleEntries } from '../merge/scale-owners.ts';
import { trackUpdate } from '../merge/track.ts';
import { isEqual } from '../merge/values.ts';
import type { Call, ResourceType, WriteQuery } from '../model.ts';
import { builtInType } from '../schema/built-in.ts';
import { apiVersionOf, typeIn } from './versions.ts';
import type { World } from './world.ts';

/** The version in which every Scale is served. */
export const SCALE_VERSION = 'autoscaling/v1';

const BUILT_IN = ['spec', 'replicas'];

/** The Scale of `parent` with who owns its replicas. */
export function withScaleOwners(
  world: World,
  type: ResourceType,
  scale: KubernetesObject,
  parent: KubernetesObject,
): KubernetesObject {
  const managedFields = scaleEntries(parent.metadata.managedFields, replicasIn(world, type));
  return { ...scale, metadata: { ...scale.metadata, managedFields } };
}

/** `after`, an update or a patch of the Scale `before`, with the managedFields that it leaves. */
export function trackedScale(
  world: World,
  query: Pick<WriteQuery, 'fieldManager'>,
  before: KubernetesObject,
  after: KubernetesObject,
): KubernetesObject {
  return trackUpdate({ ...common(world, query), before, after });
}

/** What a server-side apply makes of the Scale `live`. Throws ApiError. */
export function appliedScale(
  world: World,
  { type }: Call,
  query: Pick<WriteQuery, 'fieldManager' | 'force'>,
  live: KubernetesObject,
  sent: KubernetesObject,
): KubernetesObject {
  const force = query.force ?? false;
  const applied = applyConfiguration({ ...common(world, query), live, applied: sent, force });
  if (type.custom && !isEqual(applied.spec, live.spec)) {
    // A fault of the API server: of custom kinds it applies a Scale only that changes nothing.
    const { namespace = '', name } = sent.metadata;
    const why = `request to convert CR to an invalid group/version: ${SCALE_VERSION}`;
    throw new ApiError(
      500,
      '',
      `failed to convert new object (${namespace}/${name}; ${SCALE_VERSION}, Kind=Scale) to proper version: ${why}`,
    );
  }
  return applied;
}

/** `parent` with the managedFields that a write of its Scale left as in `scale`. */
export function withOwnersOfScale(
  world: World,
  type: ResourceType,
  parent: KubernetesObject,
  scale: KubernetesObject,
): KubernetesObject {
  const { managedFields: entries } = parent.metadata;
  const stored = world.catalog.stored(`${type.group}/${type.plural}`) ?? type;
  const apiVersion = apiVersionOf(type.custom ? type : stored);
  const left = entriesAfterScale(entries, scale.metadata.managedFields, replicasIn(world, type), apiVersion);
  const { managedFields: _, ...metadata } = parent.metadata;
  return { ...parent, metadata: { ...metadata, ...(left.length > 0 && { managedFields: left }) } };
}

function common(world: World, { fieldManager: manager }: Pick<WriteQuery, 'fieldManager'>) {
  const schema = builtInType('autoscaling.v1.Scale');
  const now = world.nature.now();
  return { apiVersion: SCALE_VERSION, schema, custom: false, manager, subresource: 'scale', now };
}

function replicasIn(world: World, type: ResourceType): ReplicasIn {
  return (apiVersion) => {
    const served = typeIn(world, type, apiVersion);
    if (!served?.custom) return served && BUILT_IN;
    return served.custom.scale?.specReplicas.split('.').filter((name) => name !== '') ?? null;
  };
}
