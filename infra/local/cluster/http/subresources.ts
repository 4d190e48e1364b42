import type { ResourceType } from '../model.ts';
import { subresourceType } from '../schema/built-in-resources.ts';

/** A kind, as discovery and bodies name it. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Subresources of a real server that need containers, or a network to them. */
const OF_CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  '/pods': ['attach', 'exec', 'log', 'portforward', 'proxy'],
  '/services': ['proxy'],
  '/nodes': ['proxy'],
};

/** Whether a real server has this subresource and a cluster without containers cannot. */
export function needsContainers({ group, plural }: ResourceType, subresource: string): boolean {
  return OF_CONTAINERS[`${group}/${plural}`]?.includes(subresource) ?? false;
}

/** The kind of what is read and written at `type` or at its subresource. */
export function kindOf(type: ResourceType, subresource: string): Kind {
  return (subresource === '' ? undefined : subresourceType(type, subresource)) ?? type;
}

/** Whether a subresource has a kind of its own, so that it is no part of the stored object. */
export function isOtherKind(type: ResourceType, subresource: string): boolean {
  return kindOf(type, subresource).kind !== type.kind;
}
