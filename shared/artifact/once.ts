import { isFault } from '../core/failures.ts';
import { parseJson } from '../core/json.ts';
import { release } from '../core/release.ts';
import type { Clock, ObjectStore } from '../ports.ts';
import { holdsBlob, keepBlob } from './blobs.ts';

/** A fetched and packed artifact, and what is told about it. */
export interface Packed<Facts> {
  readonly digest: string;
  readonly size: number;
  /** JSON. */
  readonly facts: Facts;
  /** Absent when it is stored already. */
  readonly body?: Uint8Array;
  /** It turned out to be something else than what was asked for: nobody else is told of it. */
  readonly alone?: true;
}

export interface OnceOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What stands under `leases/`: somebody fetches until then, or what came of it. */
type Entry<Facts> =
  | { readonly until: string }
  | { readonly at: string; readonly digest: string; readonly size: number; readonly facts: Facts };

/** For so long a fetch is left to the one who began it, ms (the design's table). */
const LEASE_MS = 30_000;
/** For so long what was fetched is handed to others, ms: they have looked at the remote themselves. */
const SHARED_MS = 600_000;
/** Ours: as many others have a try that comes to nothing before one stops waiting: what fails would fail one by one. */
const MAX_WAITED_FOR = 2;
/** Between looks at the one who fetches, ms; they grow. */
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 1000;

/**
 * Fetches what `key` stands for once, however many ask in the same minutes; `key` must be unguessable and cover
 * everything that decides over the bytes and over who may have them. Whoever cannot wait any longer fetches too.
 */
export async function fetchOnce<Facts>(
  key: string,
  options: OnceOptions,
  fetch: () => Promise<Packed<Facts> & { readonly body: Uint8Array }>,
): Promise<Packed<Facts>> {
  const at = `leases/${key}`;
  const waitedFor = new Set<string>();
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
    const turn = await turnOf<Facts>(at, options);
    if ('packed' in turn) return turn.packed;
    if (turn.mine === 'alone') return fetch();
    if (turn.mine !== undefined) return fetchAndTell(at, turn.mine, options, fetch);
    if (turn.lease !== undefined) waitedFor.add(turn.lease);
    if (waitedFor.size > MAX_WAITED_FOR) return fetch();
    await options.clock.sleep(pause, options.signal);
    options.signal.throwIfAborted();
  }
}

/** What others made of the same, or are at; undefined when it is one's own turn to fetch. */
export async function madeByOthers<Facts>(
  key: string,
  options: OnceOptions,
): Promise<Packed<Facts> | undefined> {
  const waitedFor = new Set<string>();
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
    const found = await read<Facts>(`leases/${key}`, options).catch(unlessFault);
    if (found?.state === 'done') return found.packed;
    if (found?.state !== 'taken') return undefined;
    waitedFor.add(found.lease);
    if (waitedFor.size > MAX_WAITED_FOR) return undefined;
    await options.clock.sleep(pause, options.signal);
    options.signal.throwIfAborted();
  }
}

/** Whoever keeps the artifact tells what is wrong with the store. */
function unlessFault(error: unknown): undefined {
  if (!isFault(error)) throw error;
}

/** What others made, the etag of a lease of one's own, or that of another's; alone when the store does not answer. */
async function turnOf<Facts>(
  at: string,
  options: OnceOptions,
): Promise<
  { readonly packed: Packed<Facts> } | { readonly mine: string | undefined; readonly lease?: string }
> {
  try {
    const found = await read<Facts>(at, options);
    if (found.state === 'done') return { packed: found.packed };
    if (found.state === 'taken') return { mine: undefined, lease: found.lease };
    return { mine: await take(at, found.etag, options) };
  } catch (error) {
    // Whoever keeps the artifact tells what is wrong with the store.
    if (isFault(error)) return { mine: 'alone' };
    throw error;
  }
}

type Found<Facts> =
  | { readonly state: 'free'; readonly etag: string | undefined }
  | { readonly state: 'taken'; readonly lease: string }
  | { readonly state: 'done'; readonly packed: Packed<Facts> };

async function read<Facts>(key: string, { store, clock }: OnceOptions): Promise<Found<Facts>> {
  const stored = await store.get(key);
  if (stored === undefined) return { state: 'free', etag: undefined };
  const free = { state: 'free', etag: stored.etag } as const;
  const entry = parse<Facts>(stored.body);
  const now = clock.now().getTime();
  if (entry === undefined) return free;
  if ('until' in entry) {
    const left = Date.parse(entry.until) - now;
    // One of a clock that was wrong would hold all others until their own time is over.
    return left > 0 && left <= 2 * LEASE_MS ? { state: 'taken', lease: stored.etag } : free;
  }
  const { at, digest, size, facts } = entry;
  const isYoung = now - Date.parse(at) < SHARED_MS;
  const isThere = isYoung && (await holdsBlob(store, { digest, size }, clock.now()));
  return isThere ? { state: 'done', packed: { digest, size, facts } } : free;
}

/** The etag of the lease, or undefined when somebody else was quicker. */
async function take(
  key: string,
  etag: string | undefined,
  options: OnceOptions,
): Promise<string | undefined> {
  const until = new Date(options.clock.now().getTime() + LEASE_MS).toISOString();
  const condition = etag === undefined ? { ifAbsent: true as const } : { ifMatch: etag };
  try {
    return (await options.store.put(key, bytesOf({ until }), condition)).etag;
  } catch (error) {
    if (isFault(error, 'precondition-failed')) return undefined;
    throw error;
  }
}

/** The blob is stored before anybody is told of it; others need not wait for what failed. */
async function fetchAndTell<Facts>(
  key: string,
  etag: string,
  options: OnceOptions,
  fetch: () => Promise<Packed<Facts> & { readonly body: Uint8Array }>,
): Promise<Packed<Facts>> {
  const { store } = options;
  const release = () => store.delete(key, { ifMatch: etag }).catch(() => {});
  try {
    const packed = await fetch();
    if (packed.alone) {
      await release();
      return packed;
    }
    return await tell(key, options, packed).catch(async (error: unknown) => {
      if (!isFault(error)) throw error;
      await release();
      return packed;
    });
  } catch (error) {
    await release();
    throw error;
  }
}

/** What is stored need neither be held any longer nor looked at again. */
async function tell<Facts>(
  key: string,
  { store, clock }: OnceOptions,
  { digest, size, facts, body }: Packed<Facts> & { readonly body: Uint8Array },
): Promise<Packed<Facts>> {
  await keepBlob(store, digest, body, clock.now());
  const entry: Entry<Facts> = { at: clock.now().toISOString(), digest, size, facts };
  // A lease that ran out may be another's by now, who will have the same: nobody need wait for that.
  await store.put(key, bytesOf(entry));
  release(body);
  return { digest, size, facts };
}

function parse<Facts>(body: Uint8Array): Entry<Facts> | undefined {
  try {
    const entry = parseJson(Buffer.from(body).toString()) as Partial<Entry<Facts>> & Record<string, unknown>;
    const isDone =
      typeof entry.at === 'string' && typeof entry.digest === 'string' && typeof entry.size === 'number';
    return isDone || typeof entry.until === 'string' ? (entry as Entry<Facts>) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(entry: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}
