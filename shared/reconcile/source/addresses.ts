import { linkPath } from '../../artifact/links.ts';
import { isPathOf } from '../../artifact/store.ts';
import type { Scope } from '../reconciler.ts';
import { ownerOf } from './owner.ts';
import type { Addresses, SourceObject, SourceSeen, SourceStatus } from './seen.ts';

/** Where consumers find what the object advertises today, and its link (COM-14). */
export function addressesOf(object: SourceObject, scope: Scope): Addresses {
  const owner = ownerOf(object, scope);
  const { path } = object.status?.artifact ?? {};
  const link = linkPath(owner);
  const urlOf = (at: string): string => scope.ports.artifactUrl(owner.cluster, at);
  return {
    // An address opens what it names: never one of another object, whatever a status says.
    ...(path !== undefined && isPathOf(owner, path) && { artifact: { path, url: urlOf(path) } }),
    ...(link !== undefined && { link: urlOf(link) }),
  };
}

/** Whether the status tells another link than the object's own: the link may not be there yet. */
export function lacksLink(object: SourceObject, scope: Scope): boolean {
  const { link } = addressesOf(object, scope);
  return link !== undefined && object.status?.url !== link;
}

/** The status with today's addresses of its artifact, whose link is there. */
export function addressed<Status extends SourceStatus>(status: Status, seen: SourceSeen): Status {
  const { link } = seen.addresses ?? {};
  const moved = readdressed(status, seen);
  return moved.artifact === undefined || link === undefined ? moved : { ...moved, url: link };
}

/** The status with what it already tells at today's addresses. */
export function readdressed<Status extends SourceStatus>(status: Status, seen: SourceSeen): Status {
  const { artifact, link } = seen.addresses ?? {};
  const isMoved = artifact !== undefined && status.artifact?.path === artifact.path;
  const isLinkMoved = link !== undefined && isSamePlace(status.url, link);
  return {
    ...status,
    ...(status.artifact && isMoved && { artifact: { ...status.artifact, url: artifact.url } }),
    ...(isLinkMoved && { url: link }),
  };
}

/** Whether two addresses differ in nothing but the host that serves them. */
function isSamePlace(one: string | undefined, other: string): boolean {
  const [a, b] = [URL.parse(one ?? ''), URL.parse(other)];
  return a !== null && a.pathname === b?.pathname && a.search === b.search;
}
