import type { Condition } from '../../../shared/api/meta.ts';
import type { KubernetesObject, ObjectReference } from '../../../shared/ports.ts';
import { OBJECT } from './names.ts';
import type { Change, Commit } from './repository.ts';
import type { Scene } from './scene.ts';
import type { Answer } from './sight.ts';

/** How long anything may take unless said otherwise, milliseconds. */
export const WITHIN_MS = 30_000;

/** Something to be seen: under which mark it is told, how, and when it is there. */
export interface Expectation<T> {
  readonly mark: string;
  /** What is waited for. */
  readonly what: string;
  readonly question: () => T | undefined;
  readonly tells: (value: T) => string;
  readonly withinMs?: number;
}

/** Waits for it and tells it with the milliseconds since `since`. */
export async function see<T>(
  { sight, tell }: Scene,
  since: number,
  expectation: Expectation<T>,
): Promise<Answer<T>> {
  const { mark, what, question, tells, withinMs = WITHIN_MS } = expectation;
  const done = tell.waiting(what);
  try {
    const answer = await sight.until(what, question, withinMs);
    tell.mark(mark, answer.at - since, tells(answer.value));
    return answer;
  } finally {
    done();
  }
}

/** Pushes a commit and announces it; times count from the push. */
export async function push({ repository, announce, tell }: Scene, message: string, change: Change) {
  const commit = await repository.push(message, change);
  await announce(commit, message);
  tell.note(
    `commit ${commit.id.slice(0, 7)} "${message}" is pushed, and announced by a signed webhook as GitHub's`,
  );
  return commit;
}

/** The commit as an artifact: when its pack was fetched, and when its revision was in the source's status. */
export async function seeStored(scene: Scene, { revision, at: since }: Commit) {
  const { sight, repository, tell } = scene;
  const done = tell.waiting('the artifact');
  const stored = await sight
    .until(
      `artifact ${revision}`,
      () => artifactOf(sight.object(OBJECT.repository))?.revision === revision || undefined,
      WITHIN_MS,
    )
    .finally(done);
  const fetched = repository.fetches().findLast((at) => at >= since && at <= stored.at) ?? stored.at;
  tell.mark('fetched', fetched - since, 'over smart HTTP');
  tell.mark('stored', stored.at - since, `artifact ${revision}`);
  return { fetched: fetched - since, stored: stored.at - since };
}

function artifactOf(object: KubernetesObject | undefined): { readonly revision: string } | undefined {
  return (object?.status as { artifact?: { revision: string } } | undefined)?.artifact;
}

/** The Ready condition of an object, or another one. */
export function conditionOf(object: KubernetesObject | undefined, type = 'Ready'): Condition | undefined {
  const conditions = (object?.status as { conditions?: readonly Condition[] } | undefined)?.conditions;
  return conditions?.find((condition) => condition.type === type);
}

/** The message of Ready when the Kustomization is ready with that revision. */
export function readyWith(scene: Scene, reference: ObjectReference, revision: string): string | undefined {
  const object = scene.sight.object(reference);
  const ready = conditionOf(object);
  const applied = (object?.status as { lastAppliedRevision?: string } | undefined)?.lastAppliedRevision;
  return ready?.status === 'True' && applied === revision ? ready.message : undefined;
}

/** The Ready condition when it is False for that reason. */
export function notReady(scene: Scene, reference: ObjectReference, reason: string) {
  const ready = conditionOf(scene.sight.object(reference));
  return ready?.status === 'False' && ready.reason === reason ? ready : undefined;
}

/** What counts of a Deployment. */
export interface Workload {
  readonly uid: string;
  readonly generation: number;
  readonly image: string;
  readonly replicas: number;
  readonly updated: number;
  readonly available: number;
}

/** A Deployment in numbers. */
export function workloadOf(object: KubernetesObject | undefined): Workload | undefined {
  if (object === undefined) return undefined;
  const { spec, status, metadata } = object as unknown as Deployment;
  return {
    uid: metadata.uid,
    generation: metadata.generation,
    image: spec.template.spec.containers[0]?.image ?? '',
    replicas: spec.replicas,
    updated: status?.updatedReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
  };
}

interface Deployment {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: { readonly updatedReplicas?: number; readonly availableReplicas?: number };
}

/** An Event of the Kustomization `apps`. */
export interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The first Event of `apps` after the first `skip` seen that fits. */
export function eventOf(
  { sight }: Scene,
  skip: number,
  fits: (event: SeenEvent) => boolean,
): SeenEvent | undefined {
  const events = sight.events().slice(skip) as unknown as readonly (SeenEvent & {
    readonly involvedObject: ObjectReference;
  })[];
  const found = events.find(
    (event) =>
      event.involvedObject.kind === OBJECT.apps.kind &&
      event.involvedObject.name === OBJECT.apps.name &&
      fits(event),
  );
  return found && { type: found.type, reason: found.reason, message: found.message };
}
