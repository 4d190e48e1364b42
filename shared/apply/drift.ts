import { canonicalJson } from '../core/digests.ts';
import type { KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import {
  type Baseline,
  type BaselineEntry,
  recordAnswer,
  recordSkipped,
  referenceOfBaseline,
} from './baseline.ts';
import type { ApplyContext } from './context.ts';
import { collectionKey, lookAt, type Wanted } from './look.ts';
import { type Sight, settle, sightAll } from './sighting.ts';

/** The verdict on what a baseline recorded. */
export interface DriftReport {
  /** What must be applied again; empty means a no-op run. */
  readonly drifted: readonly ObjectReference[];
  readonly skipped: readonly ObjectReference[];
  /** The baseline with the looks' answers recorded: worth writing when `recorded`, worth passing to applyAll when drifted. */
  readonly baseline: Baseline;
  readonly recorded: boolean;
  /** What was seen of the objects on the way: those of kinds that were asked for in full are `whole`, others hold metadata alone. */
  readonly seen: readonly SeenObject[];
}

/** An object as a LIST or a look showed it. */
export interface SeenObject {
  readonly reference: ObjectReference;
  readonly object: KubernetesObject;
  readonly whole: boolean;
}

/** One object after its sighting and, where needed, its look. */
export interface Settled {
  readonly verdict: 'clean' | 'left' | 'drifted';
  /** What to keep of it from now on. */
  readonly entry: BaselineEntry;
  readonly sight: Sight;
  /** The full object, where it was read. */
  readonly live?: KubernetesObject;
  readonly looked: boolean;
}

/** Checks everything a baseline names, without the manifests: one metadata LIST per kind and namespace, and a look at what that does not prove clean; an audit looks at everything, for what nobody thought of. */
export async function checkDrift(
  context: ApplyContext,
  baseline: Baseline,
  { audit = false }: { readonly audit?: boolean } = {},
): Promise<DriftReport> {
  const settled = audit
    ? await settleAll(context, baseline, baseline.entries, (entry) => entry.skipped !== 'manifest', true)
    : await settleAll(context, baseline, baseline.entries);
  const references = (verdict: Settled['verdict']) =>
    settled.flatMap(({ entry, verdict: found }) => {
      const reference = found === verdict ? referenceOfBaseline(entry) : undefined;
      return reference ? [reference] : [];
    });
  const { uid: cluster, version: serverVersion } = context.state;
  // Under the header of today a drifted object must never be proven by the record of yesterday.
  const entries = settled.map(({ entry, verdict }) => (verdict === 'drifted' ? voided(entry) : entry));
  const definitions = currentDefinitions(context, baseline);
  const header = { ...baseline.header, cluster, serverVersion, definitions };
  return {
    drifted: references('drifted'),
    skipped: references('left'),
    baseline: { header, entries },
    recorded:
      canonicalJson(header) !== canonicalJson(baseline.header) ||
      entries.some((entry, index) => entry !== baseline.entries[index]),
    seen: settled.flatMap((each) => seenOf(each) ?? []),
  };
}

/** What settling an entry showed of its object; undefined when that is nothing. */
export function seenOf({ entry, live, sight }: Settled): SeenObject | undefined {
  const reference = referenceOfBaseline(entry);
  if (!reference || (!live && !sight.metadata)) return undefined;
  if (live) return { reference, object: live, whole: true };
  const { apiVersion, kind } = reference;
  return {
    reference,
    object: { apiVersion, kind, metadata: sight.metadata ?? { name: reference.name } },
    whole: false,
  };
}

function voided(entry: BaselineEntry): BaselineEntry {
  return { ...entry, resourceVersion: '', entry: '' };
}

/** Settles entries by what metadata proves and, where `needsLive` says so, by a look; `blind` trusts no metadata. */
export async function settleAll(
  context: ApplyContext,
  baseline: Baseline,
  entries: readonly BaselineEntry[],
  needsLive: (entry: BaselineEntry, sight: Sight) => boolean = (_, sight) => sight.state === 'candidate',
  blind = false,
): Promise<readonly Settled[]> {
  const sights = blind ? new Map<string, Sight>() : await sightAll(context, baseline.header, entries);
  const sightOf = (entry: BaselineEntry): Sight =>
    sights.get(entry.id) ?? { state: entry.skipped === 'manifest' ? 'left' : 'candidate' };
  const wanted = entries.flatMap((entry): Wanted[] => {
    const sight = sightOf(entry);
    const reference = referenceOfBaseline(entry);
    if (!reference || sight.live || !needsLive(entry, sight)) return [];
    return [{ reference, labelled: blind || sight.metadata !== undefined }];
  });
  const lives = await lookAt(context, wanted, collectionSizes(entries));
  return entries.map((entry) => settleOne(context, entry, sightOf(entry), lives));
}

function settleOne(
  context: ApplyContext,
  entry: BaselineEntry,
  sight: Sight,
  lives: ReadonlyMap<string, KubernetesObject | undefined>,
): Settled {
  const live = sight.live ?? lives.get(entry.id);
  const looked = sight.live !== undefined || lives.has(entry.id);
  const seen = { sight, looked, ...(live ? { live } : {}) };
  if (sight.state === 'same' || sight.state === 'owned') return { verdict: 'clean', entry, ...seen };
  const verdict = sight.state === 'left' ? 'left' : settle(context, entry, live);
  if (verdict === 'clean' && live) {
    const answer = recordAnswer(live, entry.manifest, context);
    return { verdict, entry: canonicalJson(answer) === canonicalJson(entry) ? entry : answer, ...seen };
  }
  if (verdict === 'left' && !entry.skipped) {
    const reference = referenceOfBaseline(entry);
    const metadata = live?.metadata ?? sight.metadata;
    if (reference) {
      return { verdict, entry: recordSkipped(reference, metadata, entry.manifest, 'live'), ...seen };
    }
  }
  return { verdict, entry, ...seen };
}

/** How many objects of each collection a baseline names. */
export function collectionSizes(entries: readonly BaselineEntry[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    const reference = referenceOfBaseline(entry);
    if (!reference) continue;
    const key = collectionKey(reference);
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  return sizes;
}

function currentDefinitions({ state }: ApplyContext, { header }: Baseline): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(header.definitions).flatMap((name) => {
      const now = state.definitions?.get(name);
      return now ? [[name, now]] : [];
    }),
  );
}
