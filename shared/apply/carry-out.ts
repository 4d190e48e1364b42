import { messageOf } from '../core/failures.ts';
import { displayName, type KubernetesObject } from '../core/kubernetes-object.ts';
import { type BaselineEntry, recordAnswer } from './baseline.ts';
import { concurrently } from './concurrently.ts';
import type { ApplyContext } from './context.ts';
import { type Decision, failure } from './decision.ts';
import type { SeenObject } from './drift.ts';
import { tryApply } from './dry-run.ts';
import { runsOfKinds } from './order.ts';
import type { Prepared } from './prepare.ts';
import { withoutSecrets } from './sanitise.ts';
import { isCreateOnly } from './switches.ts';

/** One object that is dealt with. */
export interface Done {
  readonly item: Prepared;
  readonly action: 'created' | 'configured' | 'unchanged' | 'skipped';
  /** What to keep of it; undefined when it must be looked at again. */
  readonly entry: BaselineEntry | undefined;
  /** As it was last answered or read. */
  readonly live?: KubernetesObject;
  /** What was seen of an object that the baseline proves unchanged. */
  readonly proven?: SeenObject;
}

type Failed = Extract<Decision, { todo: 'fail' }>;

/** Carries out a stage's decisions, or none if one of them is a failure. Kind after kind; objects of one kind at once. */
export async function carryOut(
  context: ApplyContext,
  decisions: readonly Decision[],
): Promise<{ readonly done: readonly Done[]; readonly failure?: { message: string; cause: unknown } }> {
  const refused = decisions.find((each): each is Failed => each.todo === 'fail');
  if (refused) return { done: [], failure: refused };
  const ready = await concurrently(decisions, context.concurrency, (each) =>
    each.todo === 'recreate' ? makeRoom(context, each.item, each.live) : Promise.resolve(each),
  );
  const stuck = ready.find((each): each is Failed => each.todo === 'fail');
  if (stuck) return { done: [], failure: stuck };

  const done: Done[] = [];
  const runs = runsOfKinds(ready.map((each) => ({ ...each.item.reference, decision: each })));
  for (const run of runs) {
    const results = await concurrently(run, context.concurrency, ({ decision }) => finish(context, decision));
    done.push(...results.flatMap((result) => ('entry' in result ? [result] : [])));
    const failed = results.find((result) => 'message' in result);
    if (failed) return { done, failure: failed };
  }
  return { done };
}

type Failure = { readonly message: string; readonly cause: unknown };

async function finish(context: ApplyContext, decision: Decision): Promise<Done | Failure> {
  const { item } = decision;
  if (decision.todo === 'nothing') {
    const { action, entry, live, proven } = decision;
    return { item, action, entry, ...(live ? { live } : {}), ...(proven ? { proven } : {}) };
  }
  if (decision.todo !== 'apply') return failure(item, new Error('not decided')) as Failed;
  const { fieldManager, cluster } = context;
  const name = displayName(item.object);
  if (decision.cleanup.length > 0) {
    try {
      await cluster.patch(item.reference, { json: decision.cleanup }, { fieldManager });
    } catch (cause) {
      return { message: `${name} metadata.managedFields cleanup failed: ${shown(item, cause)}`, cause };
    }
  }
  try {
    const live = await cluster.apply(item.object, { fieldManager, force: true });
    const skipped = isCreateOnly(item.object) ? ('present' as const) : undefined;
    return {
      item,
      action: decision.action,
      entry: recordAnswer(live, item.manifest, context, skipped),
      live,
    };
  } catch (cause) {
    return { message: `${name} apply failed: ${shown(item, cause)}`, cause };
  }
}

function shown(item: Prepared, cause: unknown): string {
  return withoutSecrets(messageOf(cause), item.object);
}

/** Flux waits as long as its run may take; a run of ours must leave time to report. */
const GONE_TIMEOUT_MS = 60_000;
const FIRST_POLL_MS = 25;
const SLOWEST_POLL_MS = 2_000;

/** Deletes an object whose immutable fields changed, waits for its finalizers, and tries again. */
async function makeRoom(context: ApplyContext, item: Prepared, live: KubernetesObject): Promise<Decision> {
  const { cluster, clock, signal } = context;
  const name = displayName(item.object);
  try {
    await cluster.delete(item.reference, { propagation: 'Background', ...uidOf(live) });
  } catch (cause) {
    const message = `${name} immutable field detected, failed to delete object: ${shown(item, cause)}`;
    return { item, todo: 'fail', message, cause };
  }
  try {
    const deadline = clock.now().getTime() + GONE_TIMEOUT_MS;
    for (
      let delay = FIRST_POLL_MS;
      await cluster.get(item.reference);
      delay = Math.min(2 * delay, SLOWEST_POLL_MS)
    ) {
      if (clock.now().getTime() >= deadline) throw new Error('context deadline exceeded');
      await clock.sleep(delay, signal);
    }
  } catch (cause) {
    const message = `${name} immutable field detected, failed to wait for object to be deleted: ${shown(item, cause)}`;
    return { item, todo: 'fail', message, cause };
  }
  const trial = await tryApply(context, item.object);
  if ('refused' in trial) return failure(item, trial.refused);
  const created = trial.answer.metadata.resourceVersion === undefined;
  const sent = { ...item, object: trial.sent };
  return { item: sent, todo: 'apply', action: created ? 'created' : 'configured', cleanup: [] };
}

function uidOf({ metadata }: KubernetesObject): { readonly uid?: string } {
  return metadata.uid === undefined ? {} : { uid: metadata.uid };
}
