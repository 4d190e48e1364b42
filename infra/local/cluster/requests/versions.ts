import { groupOf, versionOf } from '../../../../shared/core/kubernetes-object.ts';
import type { ResourceType } from '../model.ts';
import type { World } from './world.ts';

/** `apps/v1`, or `v1` of the core group. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The type of the same kind in another version; undefined when it is not served. */
export function typeIn(world: Pick<World, 'catalog'>, type: ResourceType, apiVersion: string) {
  if (apiVersion === apiVersionOf(type)) return type;
  return world.catalog.kind(groupOf(apiVersion), versionOf(apiVersion), type.kind);
}
