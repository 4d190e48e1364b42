import { isFault, Postponed } from '../core/failures.ts';
import type { Clock, ObjectStore } from '../ports.ts';

/** What a piece of work may hold: little, beside others, or as much as a source may have, when nobody else does. */
export type Size = 'small' | 'large';

/** Ours: small work at a time in one process, which is more than one batch has. Its limits make 512 MiB of it. */
const SMALL_AT_ONCE = 16;
/** Ours: how long work waits for its turn, ms: what is left of a worker's 120 s is enough for a large source. */
const LONGEST_WAIT_MS = 60_000;
/** Ours: sources that are remembered as large before they have an artifact that says so. */
const MAX_REMEMBERED = 1000;

/** Who asks for room. */
export interface Asker {
  readonly ports: { readonly store: ObjectStore; readonly clock: Clock };
  /** The worker's time. */
  readonly signal: AbortSignal;
}

interface Lane {
  free: number;
  readonly waiting: (() => void)[];
}

interface Room {
  readonly small: Lane;
  readonly large: Lane;
  readonly generators: Lane;
  readonly outgrown: Set<string>;
}

/** As long as its store lives: another world has another one. */
const rooms = new WeakMap<ObjectStore, Room>();

/**
 * Does work within the memory of this process: as small work beside others, unless it `isLarge`; and what is too large
 * for that (Fault `too-large`) again when it is its turn to be large. Whoever acts must not ask for room again. Throws
 * Postponed when there is none in time.
 */
export async function inRoom<T>(asker: Asker, isLarge: boolean, act: (size: Size) => Promise<T>): Promise<T> {
  if (!isLarge) {
    try {
      return await asSmall(asker, () => act('small'));
    } catch (error) {
      if (!isFault(error, 'too-large')) throw error;
    }
  }
  return asLarge(asker, () => act('large'));
}

/** Small work, beside others. Throws Postponed. */
export function asSmall<T>(asker: Asker, act: () => Promise<T>): Promise<T> {
  return inLane(roomOf(asker).small, asker, act);
}

/** Large work, one after the other. Throws Postponed. */
export function asLarge<T>(asker: Asker, act: () => Promise<T>): Promise<T> {
  return inLane(roomOf(asker).large, asker, act);
}

/** Generators one after the other, as each holds all its sources; a large one asks for its turn as such before. Throws Postponed. */
export function asGenerator<T>(asker: Asker, act: () => Promise<T>): Promise<T> {
  return inLane(roomOf(asker).generators, asker, act);
}

/** Whether what `key` stands for was too large here. */
export function hasOutgrown(asker: Asker, key: string): boolean {
  return roomOf(asker).outgrown.has(key);
}

/** Remembers that it was. */
export function noteOutgrown(asker: Asker, key: string): void {
  const { outgrown } = roomOf(asker);
  if (outgrown.size >= MAX_REMEMBERED) outgrown.clear();
  outgrown.add(key);
}

async function inLane<T>(lane: Lane, asker: Asker, act: () => Promise<T>): Promise<T> {
  await enter(lane, asker);
  try {
    return await act();
  } finally {
    const next = lane.waiting.shift();
    if (next === undefined) lane.free += 1;
    else next();
  }
}

async function enter(lane: Lane, { ports, signal }: Asker): Promise<void> {
  if (signal.aborted) throw postponed();
  if (lane.free > 0) {
    lane.free -= 1;
    return;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = AbortSignal.any([signal, ports.clock.timeout(LONGEST_WAIT_MS)]);
  const leave = (): void => {
    const at = lane.waiting.indexOf(resolve);
    if (at === -1) return;
    lane.waiting.splice(at, 1);
    reject(postponed());
  };
  late.addEventListener('abort', leave, { once: true });
  lane.waiting.push(resolve);
  await promise.finally(() => late.removeEventListener('abort', leave));
}

function postponed(): Postponed {
  return new Postponed('large sources and artifacts of others take the memory of this worker');
}

function roomOf({ ports: { store } }: Asker): Room {
  const found = rooms.get(store);
  if (found) return found;
  const made: Room = {
    small: { free: SMALL_AT_ONCE, waiting: [] },
    large: { free: 1, waiting: [] },
    generators: { free: 1, waiting: [] },
    outgrown: new Set(),
  };
  rooms.set(store, made);
  return made;
}
