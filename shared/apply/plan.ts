import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { type Baseline, recordAnswer, recordSkipped, type SkipCause } from './baseline.ts';
import type { ApplyContext } from './context.ts';
import { type Decision, failure } from './decision.ts';
import { type Settled, seenOf, settleAll } from './drift.ts';
import { isImmutableRefusal } from './dry-run.ts';
import { contentHash, ownsAtLeast, ownsTheSame } from './fingerprint.ts';
import { hasDriftedBesides, ownsTheSameBesides, withIgnored } from './ignore/resolve.ts';
import { IGNORE_NOTHING } from './ignore/rules.ts';
import { cleanupOperations } from './managed-fields.ts';
import type { Prepared } from './prepare.ts';
import { applySole } from './sole.ts';
import { isCreateOnly, isExcluded, isForced } from './switches.ts';
import { type Tried, tryAll } from './trials.ts';

/** Decides a whole stage before anything of it is written: what metadata proves costs nothing, one alone is applied, more are dry-run. */
export async function planStage(
  context: ApplyContext,
  items: readonly Prepared[],
  baseline: Baseline | undefined,
  force: boolean,
): Promise<readonly Decision[]> {
  const known = await settleKnown(context, items, baseline);
  const first = items.map((item) => decideWithoutTrial(context, item, known.get(item.id)));
  const open = items.filter((_, index) => first[index] === undefined);
  const [sole] = open;
  const done = sole && open.length === 1 && (await applySole(context, sole, known.get(sole.id), force));
  if (done) return first.map((decided) => decided ?? done);
  const tried = await tryAll(context, open, known, baseline);
  return items.map((item, index) => {
    const decided = first[index];
    const each = tried.get(item.id);
    if (decided || !each) return decided ?? failure(item, new Error('not tried'));
    return decideTrial(context, each, force);
  });
}

async function settleKnown(
  context: ApplyContext,
  items: readonly Prepared[],
  baseline: Baseline | undefined,
): Promise<ReadonlyMap<string, Settled>> {
  if (!baseline) return new Map();
  const manifests = new Map(items.map((item) => [item.id, item]));
  const versions = (item: Prepared | undefined) => item?.object.apiVersion.split('/').at(-1);
  const entries = baseline.entries.filter(
    (entry) => manifests.has(entry.id) && versions(manifests.get(entry.id)) === entry.version,
  );
  const settled = await settleAll(context, baseline, entries, (entry, sight) =>
    manifests.get(entry.id)?.manifest === entry.manifest
      ? sight.state === 'candidate'
      : // A changed manifest needs the live object, unless the baseline holds a fingerprint of these very bytes.
        sight.state !== 'same' && sight.state !== 'left',
  );
  return new Map(settled.map((each) => [each.entry.id, each]));
}

function decideWithoutTrial(
  _context: ApplyContext,
  item: Prepared,
  settled: Settled | undefined,
): Decision | undefined {
  const { object, manifest } = item;
  if (isExcluded(object)) return skip(item, 'manifest');
  if (!settled) return undefined;
  const seen = settled.live ?? (settled.sight.metadata && { metadata: settled.sight.metadata });
  if (seen && isExcluded(seen)) return skip(item, 'live');
  if (seen && isCreateOnly(object)) return skip(item, 'present');
  if (settled.verdict !== 'clean' || settled.entry.manifest !== manifest) return undefined;
  const proven = seenOf(settled);
  return { item, todo: 'nothing', action: 'unchanged', entry: settled.entry, ...(proven ? { proven } : {}) };
}

function decideTrial(context: ApplyContext, tried: Tried, force: boolean): Decision {
  const { trial, settled, live } = tried;
  const item = 'answer' in trial ? { ...tried.item, object: trial.sent } : tried.item;
  const { object } = item;
  if (live && isExcluded(live)) return skip(item, 'live');
  if (live && isCreateOnly(object)) return skip(item, 'present');
  if ('refused' in trial) {
    const { refused } = trial;
    if (live && isImmutableRefusal(refused) && (force || isForced(object) || isForced(live))) {
      return { item, todo: 'recreate', live };
    }
    return failure(item, refused, live);
  }
  const { answer } = trial;
  if (answer.metadata.resourceVersion === undefined) {
    return { item, todo: 'apply', action: 'created', cleanup: [] };
  }
  const recorded = !live && settled?.sight.state === 'same' ? settled : undefined;
  const metadata = live?.metadata ?? recorded?.sight.metadata;
  // It appeared, or was replaced, between two requests: the apply settles it.
  if (!metadata) return { item, todo: 'apply', action: 'configured', cleanup: [] };
  return decideExisting(
    context,
    { item, answer, live, recorded, isNew: !settled, migrated: tried.migrated },
    { metadata },
  );
}

function decideExisting(
  context: ApplyContext,
  found: {
    readonly item: Prepared;
    readonly answer: KubernetesObject;
    readonly live: KubernetesObject | undefined;
    readonly recorded: Settled | undefined;
    /** Nothing is recorded of it: perhaps another has applied it until now. */
    readonly isNew: boolean;
    /** Its managed fields were rewritten, which counts as a change. */
    readonly migrated: boolean;
  },
  seen: { readonly metadata: KubernetesObject['metadata'] },
): Decision {
  const { item, answer, live, recorded, isNew, migrated } = found;
  const { fieldManager, taken, key, ignore = IGNORE_NOTHING } = context;
  const cleanup = cleanupOperations(seen, item.object, fieldManager, taken);
  const ignored = live ? ignore(answer) : [];
  const drifted = live
    ? hasDriftedBesides(live, answer, ignored)
    : contentHash(answer, key) !== recorded?.entry.content;
  const sent = live
    ? { ...item, object: withIgnored(item.object, live, answer, ignored, fieldManager) }
    : item;
  if (drifted || migrated || cleanup.length > 0)
    return { item: sent, todo: 'apply', action: 'configured', cleanup };
  // Equal values of which some are no longer ours: a real apply takes them back, and nobody calls it a change.
  // The in-cluster controller sends the empty structs of Go's types, too, and leaves out other empty fields: taking
  // over from it writes nothing for either.
  const owns = isNew ? ownsAtLeast : ownsTheSame;
  const isOurs =
    live && ignored.length > 0
      ? ownsTheSameBesides(live, answer, ignored, fieldManager)
      : owns(seen, answer, fieldManager);
  if (!isOurs) return { item: sent, todo: 'apply', action: 'unchanged', cleanup };
  const entry = live
    ? recordAnswer(live, item.manifest, context)
    : {
        ...(recorded?.entry ?? recordSkipped(item.reference, undefined, '', 'live')),
        manifest: item.manifest,
      };
  return { item, todo: 'nothing', action: 'unchanged', entry, ...(live ? { live } : {}) };
}

function skip(item: Prepared, cause: SkipCause): Decision {
  const entry = recordSkipped(item.reference, undefined, item.manifest, cause);
  return { item, todo: 'nothing', action: 'skipped', entry };
}
