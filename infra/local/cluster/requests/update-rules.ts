import type { ResourceId } from '../model.ts';

/** Kinds whose updates must name the resourceVersion that they replace; custom ones as well. */
const CONDITIONAL: ReadonlySet<ResourceId> = new Set([
  'apiextensions.k8s.io/customresourcedefinitions',
  'coordination.k8s.io/leases',
  'node.k8s.io/runtimeclasses',
  'policy/poddisruptionbudgets',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csistoragecapacities',
  'storage.k8s.io/volumeattachments',
]);

/** Kinds that an update of an absent object creates. */
const CREATED_BY_UPDATE: ReadonlySet<ResourceId> = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'events.k8s.io/events',
  'node.k8s.io/runtimeclasses',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
]);

/** Kinds whose dependents stay when nobody says what shall become of them. */
const ORPHANING: ReadonlySet<ResourceId> = new Set(['/replicationcontrollers', 'batch/jobs']);

/** Kinds that have no dependents. */
const CHILDLESS: ReadonlySet<ResourceId> = new Set(['/events', 'events.k8s.io/events']);

/** As `AllowUnconditionalUpdate` of the API server's strategies. */
export function needsRevision(id: ResourceId, isCustom: boolean): boolean {
  return isCustom || CONDITIONAL.has(id);
}

/** As `AllowCreateOnUpdate`. */
export function isCreatedByUpdate(id: ResourceId): boolean {
  return CREATED_BY_UPDATE.has(id);
}

/** As `DefaultGarbageCollectionPolicy`. */
export function dependentsPolicy(id: ResourceId): 'delete' | 'orphan' | 'none' {
  if (CHILDLESS.has(id)) return 'none';
  return ORPHANING.has(id) ? 'orphan' : 'delete';
}
