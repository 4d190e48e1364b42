import { FIELD_MANAGER, REASON } from '../../api/vocabulary.ts';
import { areLarge, limitsFor } from '../../artifact/limits.ts';
import { keepMirror, removeMirror } from '../../artifact/mirror.ts';
import { emit } from '../events.ts';
import type { Reconciled, Scope } from '../reconciler.ts';
import { inRoom } from '../room.ts';
import { ownerOf } from './owner.ts';
import type { SourceObject } from './seen.ts';

/** Ours: with the value `tree`, the artifact's files are kept where stock Buckets find them; with any other, they are taken away. */
export const MIRROR = 'sluice.dev/mirror';

/** Sees to it that the mirror of a source is what its annotation and its artifact say; without the annotation nothing is looked at. Throws Postponed. */
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
  const refused = await keepMirror(store, owner, artifact, scope.signal, (act) =>
    inRoom(scope, areLarge([artifact]), (size) => act(limitsFor(size))),
  );
  if (refused === undefined) return;
  const message = `the artifact is not mirrored: ${refused}`;
  await emit(
    object,
    FIELD_MANAGER.source,
    [{ type: 'Warning', reason: REASON.mirrorRefused, message }],
    scope,
  );
}
