import type { ArtifactOwner } from '../../artifact/store.ts';
import type { Scope } from '../reconciler.ts';
import type { SourceObject } from './seen.ts';

/** Whose artifacts these are in the store. */
export function ownerOf({ kind, metadata }: SourceObject, scope: Scope): ArtifactOwner {
  return { cluster: scope.record.id, kind, namespace: metadata.namespace, name: metadata.name };
}
