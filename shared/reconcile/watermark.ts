import type { ObjectStore, StoredObject } from '../ports.ts';
import { parentOf } from './shards.ts';
import type { Window } from './slots.ts';

/** How far back a sweep looks when it has no watermark, milliseconds; what is older is found by the next slot. */
const FIRST_WINDOW = 3_600_000;

/** How far the clocks that set ticks and watermarks may differ, milliseconds. */
export const AHEAD = 300_000;
/** The longest time that a cluster which cannot be swept is left alone, milliseconds: one that is back is found within it. */
const LONGEST_REST = 300_000;
/** The first, doubled each time: the next tick. */
const FIRST_REST = 60_000;

/** Up to where a shard's clusters were swept, times in milliseconds. */
export interface Watermark {
  /** The last tick that was swept; undefined before the first. */
  readonly tick: number | undefined;
  /** Clusters that could not be swept then. */
  readonly behind: ReadonlyMap<string, Behind>;
}

/** A cluster that could not be swept, times in milliseconds. */
export interface Behind {
  /** Up to where it was swept. */
  readonly from: number;
  /** The first tick at which it is looked at again. */
  readonly until: number;
  /** How often in a row it could not be. */
  readonly tries: number;
}

interface Stored {
  readonly tick?: string;
  readonly behind?: Readonly<Record<string, StoredBehind>>;
}

interface StoredBehind {
  readonly from: string;
  readonly until: string;
  readonly tries: number;
}

const keyOf = (shard: string): string => `watermarks/${shard}.json`;

/**
 * The watermark of a shard, before its first sweep of the one that its clusters were in. One that cannot be read counts as
 * none, as does one of a time to come: it is of a clock that was wrong, and would end all sweeps until then.
 */
export async function readWatermark(store: ObjectStore, shard: string, now: number): Promise<Watermark> {
  let stored: StoredObject | undefined;
  for (let name: string | undefined = shard; name !== undefined && !stored; name = parentOf(name))
    stored = await store.get(keyOf(name));
  const { tick = '', behind } = stored === undefined ? {} : parse(new TextDecoder().decode(stored.body));
  const swept = timeOf(Date.parse(tick));
  if (swept !== undefined && swept > now + AHEAD) return { tick: undefined, behind: new Map() };
  return { tick: swept, behind: new Map(Object.entries(behind ?? {}).flatMap(behindOf)) };
}

/** Replaces the watermark of a shard. */
export async function writeWatermark(store: ObjectStore, shard: string, mark: Watermark): Promise<void> {
  const stored: Stored = {
    ...(mark.tick !== undefined && { tick: new Date(mark.tick).toISOString() }),
    ...(mark.behind.size > 0 && {
      behind: Object.fromEntries(
        [...mark.behind].map(([id, { from, until, tries }]) => [
          id,
          { from: new Date(from).toISOString(), until: new Date(until).toISOString(), tries },
        ]),
      ),
    }),
  };
  await store.put(keyOf(shard), new TextEncoder().encode(JSON.stringify(stored)));
}

/** What a sweep at `tick` looks at on one cluster: from where it was left, however long it slept, to the tick. */
export function windowOf(mark: Watermark, cluster: string, tick: number): Window {
  return { from: mark.behind.get(cluster)?.from ?? mark.tick ?? tick - FIRST_WINDOW, to: tick };
}

/** Whether a cluster that could not be swept is left alone at `tick`: one that is down costs its whole time at every look. */
export function isDown(mark: Watermark, cluster: string, tick: number): boolean {
  const until = mark.behind.get(cluster)?.until;
  return until !== undefined && tick < until;
}

/** A cluster that could not be swept at `tick`: from where it goes on, and when it is tried again. */
export function fallBehind(mark: Watermark, cluster: string, tick: number): Behind {
  const tries = (mark.behind.get(cluster)?.tries ?? 0) + 1;
  const rest = Math.min(FIRST_REST * 2 ** Math.min(tries - 1, 10), LONGEST_REST);
  return { from: windowOf(mark, cluster, tick).from, until: tick + rest, tries };
}

function behindOf([id, stored]: readonly [string, Partial<StoredBehind> | null]): readonly (readonly [
  string,
  Behind,
])[] {
  const from = timeOf(Date.parse(stored?.from ?? ''));
  if (from === undefined) return [];
  const tries = Math.max(1, Number(stored?.tries) || 1);
  return [[id, { from, until: timeOf(Date.parse(stored?.until ?? '')) ?? from, tries }]];
}

function parse(text: string): Stored {
  try {
    return (JSON.parse(text) as Stored | null) ?? {};
  } catch {
    return {};
  }
}

function timeOf(time: number): number | undefined {
  return Number.isNaN(time) ? undefined : time;
}
