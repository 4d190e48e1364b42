import type { GitRepository, GitRepositorySpec, GitRepositoryStatus } from '../../api/git-repository.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER, REASON } from '../../api/vocabulary.ts';
import { shortSubject } from '../../artifact/git-objects.ts';
import { fetchArtifact } from '../../artifact/git-source.ts';
import type { PackedArtifact } from '../../artifact/pack-commit.ts';
import { DEFAULT_RETENTION } from '../../artifact/retention.ts';
import { collectGarbage, removeArtifacts, storeArtifact } from '../../artifact/store.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import { wakeConsumers } from '../fan-out.ts';
import type { EventDraft, Progress, Reconciled, Reconciler, Removal, Scope } from '../reconciler.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { gitTrouble, observe, ownerOf, type SeenAll } from './observe.ts';
import { progressing } from './status.ts';

type Object = Reconciled<GitRepositorySpec, GitRepositoryStatus> & GitRepository;

/** GitRepository: a Git reference becomes an artifact. */
export const gitRepository: Reconciler<GitRepositorySpec, GitRepositoryStatus, SeenAll, Plan, Report> = {
  apiVersion: API_VERSION.source,
  kind: 'GitRepository',
  manager: { status: FIELD_MANAGER.source, component: FIELD_MANAGER.source },
  finalizer: FINALIZER,
  intervalOf: (spec) => parseDuration(spec.interval),
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: (object, plan, seen, scope, progress) => act(object as Object, plan, seen, scope, progress),
  conclude: (object, plan, seen, report, hops) => conclude(object as Object, plan, seen, report, hops),
  remove: (object, scope) => remove(object as Object, scope),
  fanOut: (object, _before, scope) => wakeConsumers(object, object.status?.artifact, scope),
};

async function act(
  object: GitRepository,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<GitRepositoryStatus>,
): Promise<Report> {
  if (plan.do === 'keep') {
    return {
      kind: 'nothing',
      events: isGarbageDue(object, seen.now) ? await sweepArtifacts(object, seen.now, scope) : [],
    };
  }
  if (plan.do === 'fail' || seen.git === undefined || seen.resolved === undefined)
    return { kind: 'nothing', events: [] };
  await progress(() => progressing(object, plan, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  const { ignore } = object.spec;
  let packed: PackedArtifact;
  try {
    packed = await fetchArtifact(seen.git, seen.resolved, ignore === undefined ? {} : { ignore });
  } catch (error) {
    return { kind: 'failed', trouble: gitTrouble(error), events };
  }
  return store(object, packed, plan.remote.revision, seen.now, scope, events);
}

async function store(
  object: GitRepository,
  { body, digest, commit }: PackedArtifact,
  revision: string,
  now: Date,
  scope: Scope,
  events: readonly EventDraft[],
): Promise<Report> {
  const artifact = { file: `${commit.id}.tar.gz`, revision, body, digest };
  try {
    const stored = await storeArtifact(scope.ports.store, ownerOf(object, scope), artifact, now);
    const more = await sweepArtifacts(object, now, scope, stored.path);
    const url = scope.ports.artifactUrl(scope.record.id, stored.path);
    const subject = shortSubject(commit.subject);
    return { kind: 'stored', artifact: { ...stored, url }, subject, events: [...events, ...more] };
  } catch (error) {
    if (!isFault(error)) throw error;
    const message = `unable to archive artifact to storage: ${redact(error.message)}`;
    const reason = REASON.archiveOperationFailed;
    return { kind: 'failed', trouble: { condition: 'StorageOperationFailed', reason, message }, events };
  }
}

/** Previous artifacts outlive the TTL by one interval at most: later runs need not look (COM-16). */
function isGarbageDue(object: GitRepository, now: Date): boolean {
  const age = now.getTime() - Date.parse(object.status?.artifact?.lastUpdateTime ?? '');
  const { ttlMilliseconds } = DEFAULT_RETENTION;
  return age > ttlMilliseconds && age < ttlMilliseconds + 2 * parseDuration(object.spec.interval);
}

async function sweepArtifacts(
  object: GitRepository,
  now: Date,
  scope: Scope,
  path = object.status?.artifact?.path ?? '',
): Promise<readonly EventDraft[]> {
  try {
    const removed = await collectGarbage(scope.ports.store, ownerOf(object, scope), path, now);
    if (removed.length === 0) return [];
    const message = `garbage collected ${removed.length} artifacts`;
    return [{ type: 'Normal', reason: REASON.garbageCollectionSucceeded, message, trace: true }];
  } catch (error) {
    if (!isFault(error)) throw error;
    const message = `garbage collection of artifacts failed: ${messageOf(error)}`;
    return [{ type: 'Warning', reason: REASON.garbageCollectionFailed, message }];
  }
}

function mismatch(object: GitRepository): EventDraft {
  const message = `failed to verify integrity of artifact: computed digest doesn't match '${object.status?.artifact?.digest}'`;
  return { type: 'Warning', reason: REASON.artifactVerificationFailed, message };
}

async function remove(object: GitRepository, scope: Scope): Promise<Removal> {
  const removed = await removeArtifacts(scope.ports.store, ownerOf(object, scope));
  const message = 'garbage collected artifacts for deleted resource';
  const events: EventDraft[] =
    removed.length > 0
      ? [{ type: 'Normal', reason: REASON.garbageCollectionSucceeded, message, trace: true }]
      : [];
  return { finished: true, events, next: { after: 'nothing' } };
}
