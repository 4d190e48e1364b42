import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { keepLink, linkPath } from '../../artifact/links.ts';
import { removeMirror } from '../../artifact/mirror.ts';
import { DEFAULT_RETENTION } from '../../artifact/retention.ts';
import {
  collectGarbage,
  type NewArtifact,
  readStored,
  removeArtifacts,
  storeArtifact,
} from '../../artifact/store.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { EventDraft, Removal, Scope } from '../reconciler.ts';
import { lacksLink } from './addresses.ts';
import { ownerOf } from './owner.ts';
import type { SourceObject, Stored, Trouble } from './seen.ts';

/** Up to this size the stored bytes are held against their digest on every run; larger ones when they are used. */
const VERIFIED_BYTES = 8 * 1024 * 1024;

/** What came of storing an artifact. */
export type StoreReport =
  | { readonly kind: 'stored'; readonly artifact: Artifact; readonly events: readonly EventDraft[] }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

/** How it stands with what the status advertises. */
export async function storedState(object: SourceObject, scope: Scope): Promise<Stored> {
  return (await storedOrigin(object, scope)).stored;
}

/** The same, and the origin that was stored with it. */
export async function storedOrigin(
  object: SourceObject,
  scope: Scope,
): Promise<{ readonly stored: Stored; readonly origin?: string }> {
  const { artifact } = object.status ?? {};
  if (artifact === undefined) return { stored: 'none' };
  const owner = ownerOf(object, scope);
  const { state, ...rest } = await readStored(scope.ports.store, owner, artifact, VERIFIED_BYTES);
  return { stored: state === 'stored' ? 'there' : state === 'missing' ? 'gone' : 'corrupt', ...rest };
}

/** Stores an artifact and removes those that retention gives up; a store that refuses is trouble. */
export async function keepArtifact(
  object: SourceObject,
  artifact: NewArtifact,
  now: Date,
  scope: Scope,
): Promise<StoreReport> {
  try {
    const owner = ownerOf(object, scope);
    const stored = await storeArtifact(scope.ports.store, owner, artifact, now);
    await keepLink(scope.ports.store, owner, stored, now);
    const events = await sweepArtifacts(object, now, scope, stored.path);
    const url = scope.ports.artifactUrl(scope.record.id, stored.path);
    return { kind: 'stored', artifact: { ...stored, url }, events };
  } catch (error) {
    if (!isFault(error)) throw error;
    const message = `unable to archive artifact to storage: ${redact(error.message)}`;
    const reason = REASON.archiveOperationFailed;
    return { kind: 'failed', trouble: { condition: 'StorageOperationFailed', reason, message }, events: [] };
  }
}

/**
 * Sees to what is kept of an object whose artifact is current: links it where its status does not tell so, and removes
 * previous artifacts where they can be due, which outlive the TTL by one interval at most (COM-16).
 */
export async function tendArtifacts(
  object: SourceObject,
  now: Date,
  scope: Scope,
): Promise<readonly EventDraft[]> {
  const { artifact } = object.status ?? {};
  if (artifact !== undefined && lacksLink(object, scope))
    await keepLink(scope.ports.store, ownerOf(object, scope), artifact, now);
  const age = now.getTime() - Date.parse(object.status?.artifact?.lastUpdateTime ?? '');
  const { ttlMilliseconds } = DEFAULT_RETENTION;
  const isDue = age > ttlMilliseconds && age < ttlMilliseconds + 2 * parseDuration(object.spec.interval);
  return isDue ? sweepArtifacts(object, now, scope, object.status?.artifact?.path ?? '') : [];
}

async function sweepArtifacts(
  object: SourceObject,
  now: Date,
  scope: Scope,
  path: string,
): Promise<readonly EventDraft[]> {
  try {
    const owner = ownerOf(object, scope);
    const removed = await collectGarbage(scope.ports.store, owner, path, now, linkPath(owner));
    if (removed.length === 0) return [];
    const message = `garbage collected ${removed.length} artifacts`;
    return [{ type: 'Normal', reason: REASON.garbageCollectionSucceeded, message, trace: true }];
  } catch (error) {
    if (!isFault(error)) throw error;
    const message = `garbage collection of artifacts failed: ${messageOf(error)}`;
    return [{ type: 'Warning', reason: REASON.garbageCollectionFailed, message }];
  }
}

/** Told when the stored bytes are not what the status says (COM-15). */
export function mismatch({ status }: SourceObject): EventDraft {
  const message = `failed to verify integrity of artifact: computed digest doesn't match '${status?.artifact?.digest}'`;
  return { type: 'Warning', reason: REASON.artifactVerificationFailed, message };
}

/** Removes all that was kept for an object that is being deleted. */
export async function removeSource(object: SourceObject, scope: Scope): Promise<Removal> {
  const owner = ownerOf(object, scope);
  const removed = await removeArtifacts(scope.ports.store, owner);
  await removeMirror(scope.ports.store, owner);
  const message = 'garbage collected artifacts for deleted resource';
  const events: EventDraft[] =
    removed.length > 0
      ? [{ type: 'Normal', reason: REASON.garbageCollectionSucceeded, message, trace: true }]
      : [];
  return { finished: true, events, next: { after: 'nothing' } };
}
