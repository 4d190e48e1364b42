import { isFault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { recordAnswer } from './baseline.ts';
import type { ApplyContext } from './context.ts';
import { type Decision, failure } from './decision.ts';
import type { Settled } from './drift.ts';
import { applyReduced, isImmutableRefusal } from './dry-run.ts';
import { contentHash, hasDrifted } from './fingerprint.ts';
import { IGNORE_NOTHING } from './ignore/rules.ts';
import { readIfAllowed } from './look.ts';
import { cleanupOperations } from './managed-fields.ts';
import type { Prepared } from './prepare.ts';
import { isCreateOnly, isExcluded, isForced } from './switches.ts';

/** What is known of the object that is there. */
type Before =
  | { readonly live: KubernetesObject }
  /** The recorded bytes. */
  | { readonly recorded: Settled }
  | 'nothing';

/**
 * Applies the one object of a stage that may have to be written: its apply is its own trial, as nothing else is written
 * when it is refused. Undefined when a dry-run has to tell more: what others own, ignore or excluded.
 */
export async function applySole(
  context: ApplyContext,
  item: Prepared,
  settled: Settled | undefined,
  force: boolean,
): Promise<Decision | undefined> {
  const { ignore = IGNORE_NOTHING, migrates = false, key } = context;
  const { object } = item;
  if (ignore !== IGNORE_NOTHING || migrates || item.refused !== undefined || isCreateOnly(object))
    return undefined;
  const before = await readBefore(context, item, settled);
  if (before === undefined || !isPlain(context, item, before)) return undefined;
  const trial = await applyReduced(context, object);
  if ('refused' in trial) return refusedBy(context, item, before, trial.refused, force);
  const { answer } = trial;
  const entry = recordAnswer(answer, item.manifest, context);
  const applied = { item: { ...item, object: trial.sent }, todo: 'nothing', entry, live: answer } as const;
  if (before === 'nothing') return { ...applied, action: 'created' };
  const isChanged =
    'live' in before
      ? hasDrifted(before.live, answer)
      : contentHash(answer, key) !== before.recorded.entry.content;
  return { ...applied, action: isChanged ? 'configured' : 'unchanged' };
}

/** Undefined when that cannot be told without a dry-run. */
async function readBefore(
  { cluster }: ApplyContext,
  { reference }: Prepared,
  settled: Settled | undefined,
): Promise<Before | undefined> {
  if (settled?.live) return { live: settled.live };
  if (settled?.sight.state === 'same') return { recorded: settled };
  if (settled) return settled.looked ? 'nothing' : undefined;
  try {
    // What is there and not recorded may be another's, from whom it is taken over with care.
    return (await cluster.get(reference)) === undefined ? 'nothing' : undefined;
  } catch (error) {
    if (isFault(error, 'forbidden', 'no-such-kind')) return undefined;
    throw error;
  }
}

/** Whether an apply is all that may have to be done. */
function isPlain({ fieldManager, taken }: ApplyContext, { object }: Prepared, before: Before): boolean {
  if (before === 'nothing') return true;
  const seen = 'live' in before ? before.live : { metadata: before.recorded.sight.metadata };
  const { metadata } = seen;
  if (metadata === undefined || isExcluded({ metadata })) return false;
  return cleanupOperations({ metadata }, object, fieldManager, taken).length === 0;
}

async function refusedBy(
  { cluster }: ApplyContext,
  item: Prepared,
  before: Before,
  refused: unknown,
  force: boolean,
): Promise<Decision> {
  const live =
    before !== 'nothing' && 'live' in before ? before.live : await readIfAllowed(cluster, item.reference);
  if (live && isImmutableRefusal(refused) && (force || isForced(item.object) || isForced(live)))
    return { item, todo: 'recreate', live };
  return failure(item, refused, live);
}
