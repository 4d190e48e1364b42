import type { ObjectStore, StoredObject } from '../ports.ts';
import { parentOf } from './shards.ts';
import type { Window } from './slots.ts';

/** How far back a sweep looks when it has no watermark, milliseconds; what is older is found by the next slot. */
const FIRST_WINDOW = 3_600_000;

/** Up to where a shard's clusters were swept, times in milliseconds. */
export interface Watermark {
  /** The last tick that was swept; undefined before the first. */
  readonly tick: number | undefined;
  /** Clusters that could not be swept then, and up to where they were. */
  readonly behind: ReadonlyMap<string, number>;
}

interface Stored {
  readonly tick?: string;
  readonly behind?: Readonly<Record<string, string>>;
}

const keyOf = (shard: string): string => `watermarks/${shard}.json`;

/** The watermark of a shard, before its first sweep of the one that its clusters were in; one that cannot be read counts as none. */
export async function readWatermark(store: ObjectStore, shard: string): Promise<Watermark> {
  let stored: StoredObject | undefined;
  for (let name: string | undefined = shard; name !== undefined && !stored; name = parentOf(name))
    stored = await store.get(keyOf(name));
  const { tick, behind = {} } = stored === undefined ? {} : parse(new TextDecoder().decode(stored.body));
  const times = Object.entries(behind).map(([id, time]) => [id, Date.parse(time)] as const);
  return {
    tick: timeOf(Date.parse(tick ?? '')),
    behind: new Map(times.filter(([, time]) => timeOf(time) !== undefined)),
  };
}

/** Replaces the watermark of a shard. */
export async function writeWatermark(store: ObjectStore, shard: string, mark: Watermark): Promise<void> {
  const stored: Stored = {
    ...(mark.tick !== undefined && { tick: new Date(mark.tick).toISOString() }),
    ...(mark.behind.size > 0 && {
      behind: Object.fromEntries([...mark.behind].map(([id, time]) => [id, new Date(time).toISOString()])),
    }),
  };
  await store.put(keyOf(shard), new TextEncoder().encode(JSON.stringify(stored)));
}

/** What a sweep at `tick` looks at on one cluster: from where it was left, however long it slept, to the tick. */
export function windowOf(mark: Watermark, cluster: string, tick: number): Window {
  return { from: mark.behind.get(cluster) ?? mark.tick ?? tick - FIRST_WINDOW, to: tick };
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
