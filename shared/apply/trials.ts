import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { Baseline } from './baseline.ts';
import { concurrently } from './concurrently.ts';
import type { ApplyContext } from './context.ts';
import { collectionSizes, type Settled } from './drift.ts';
import { type Trial, tryApply } from './dry-run.ts';
import { hasDrifted } from './fingerprint.ts';
import { IGNORE_NOTHING } from './ignore/rules.ts';
import { lookAt, readIfAllowed } from './look.ts';
import { migrationOperations } from './managed-fields.ts';
import type { Prepared } from './prepare.ts';
import { isCreateOnly, isExcluded } from './switches.ts';

/** An object, the server's answer to its dry-run, and what is known of the live one. */
export interface Tried {
  readonly item: Prepared;
  readonly trial: Trial;
  readonly settled: Settled | undefined;
  /** Its managed fields were rewritten to the version that is applied. */
  readonly migrated: boolean;
  /** Undefined when it is not there, and when its metadata tells enough. */
  readonly live: KubernetesObject | undefined;
}

/** Dry-runs objects, then reads those that exist (or were refused) and are not known yet; by inventory id. */
export async function tryAll(
  context: ApplyContext,
  items: readonly Prepared[],
  known: ReadonlyMap<string, Settled>,
  baseline: Baseline | undefined,
): Promise<ReadonlyMap<string, Tried>> {
  const { concurrency } = context;
  const tried = await concurrently(items, concurrency, (item) => tryOne(context, item, known.get(item.id)));
  const lives = await lookAt(
    context,
    tried
      .filter((each) => needsRead(context, each))
      .map(({ item }) => ({ reference: item.reference, labelled: true })),
    collectionSizes(baseline?.entries ?? []),
  );
  const complete = await concurrently(tried, concurrency, (each) =>
    onOneState(context, { ...each, live: each.settled?.live ?? lives.get(each.item.id) }),
  );
  return new Map(complete.map((each) => [each.item.id, each]));
}

async function tryOne(
  context: ApplyContext,
  item: Prepared,
  settled: Settled | undefined,
): Promise<Omit<Tried, 'live'>> {
  if (item.refused !== undefined) return { item, trial: { refused: item.refused }, settled, migrated: false };
  const migrated = context.migrates ? await migrate(context, item, settled) : false;
  // What was known of its metadata is no longer so.
  if (migrated === true)
    return { item, trial: await tryApply(context, item.object), settled: undefined, migrated };
  const trial = migrated === false ? await tryApply(context, item.object) : migrated;
  return { item, trial, settled, migrated: false };
}

/** Rewrites managed fields of other versions; whether there were any, or why it was refused. */
async function migrate(
  context: ApplyContext,
  { object, reference }: Prepared,
  settled: Settled | undefined,
): Promise<boolean | { readonly refused: unknown }> {
  const { cluster, fieldManager } = context;
  const metadata = settled?.live?.metadata ?? settled?.sight.metadata;
  const live = metadata ? { metadata } : await readIfAllowed(cluster, reference);
  if (!live || isExcluded(live) || isCreateOnly(object)) return false;
  const json = migrationOperations(live, object.apiVersion);
  if (json.length === 0) return false;
  try {
    await cluster.patch(reference, { json }, { fieldManager });
    return true;
  } catch (refused) {
    return { refused };
  }
}

function needsRead(
  { ignore = IGNORE_NOTHING }: ApplyContext,
  { item, trial, settled }: Omit<Tried, 'live'>,
): boolean {
  if (item.refused !== undefined || settled?.looked) return false;
  if ('refused' in trial) return true;
  // What is ignored can be told from the whole object only.
  const isWhole = ignore(trial.answer).length > 0;
  return trial.answer.metadata.resourceVersion !== undefined && (isWhole || settled?.sight.state !== 'same');
}

/** Controllers write between two requests of ours now and then; whoever writes all the time is drift in Flux too. */
const MOST_ROUNDS = 3;

// A dry-run's answer carries the resourceVersion it started from. Compared with another one, somebody's write to
// fields that are none of ours would pass for drift.
async function onOneState(context: ApplyContext, tried: Tried): Promise<Tried> {
  let { trial, live } = tried;
  const { item, settled } = tried;
  let seen = live?.metadata ?? (settled?.sight.state === 'same' ? settled.sight.metadata : undefined);
  for (let round = 0; round < MOST_ROUNDS && seen && 'answer' in trial; round++) {
    const base = trial.answer.metadata.resourceVersion;
    if (base === undefined || base === seen.resourceVersion) break;
    if (live && !hasDrifted(live, trial.answer)) break;
    live = await context.cluster.get(item.reference);
    seen = live?.metadata;
    if (seen?.resourceVersion !== base) trial = await tryApply(context, item.object);
  }
  return { ...tried, trial, live };
}
