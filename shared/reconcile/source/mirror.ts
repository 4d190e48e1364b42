import { FIELD_MANAGER, REASON } from '../../api/vocabulary.ts';
import { keepMirror, removeMirror } from '../../artifact/mirror.ts';
import { emit } from '../events.ts';
import type { Reconciled, Scope } from '../reconciler.ts';
import { ownerOf } from './owner.ts';
import type { SourceObject } from './seen.ts';

/** Ours: with the value `tree`, the artifact's files are kept where stock Buckets find them; with any other, they are taken away. */
export const MIRROR = 'sluice.dev/mirror';

/** Sees to it that the mirror of a source is what its annotation and its artifact say; without the annotation nothing is looked at. */
export async function followMirror(object: Reconciled & SourceObject, scope: Scope): Promise<void> {
  const wanted = object.metadata.annotations?.[MIRROR];
  if (wanted === undefined) return;
  const { store } = scope.ports;
  const owner = ownerOf(object, scope);
  if (wanted !== 'tree') {
    await removeMirror(store, owner);
    return;
  }
  const { artifact } = object.status ?? {};
  if (artifact === undefined) return;
  const refused = await keepMirror(store, owner, artifact, scope.signal);
  if (refused === undefined) return;
  const message = `the artifact is not mirrored: ${refused}`;
  await emit(
    object,
    FIELD_MANAGER.source,
    [{ type: 'Warning', reason: REASON.mirrorRefused, message }],
    scope,
  );
}
