import { keepBlob } from '../../artifact/blobs.ts';
import { fetchOnce, madeByOthers, type Packed } from '../../artifact/once.ts';
import { hmacHex } from '../../core/digests.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { release } from '../../core/release.ts';
import type { Scope } from '../reconciler.ts';
import { asLarge, asSmall, hasOutgrown, inRoom, noteOutgrown, type Size } from '../room.ts';
import type { Result, Trouble } from './seen.ts';

/** Everything that decides over what a fetch comes to, and over who may have it. Holds secrets. */
export interface Shared {
  readonly kind: string;
  readonly url: string;
  /** The credentials themselves or, of those that differ each time, whom their lender has let us become; CA, proxy and what else decides over whom the remote sees; not the names of Secrets. */
  readonly access: unknown;
  /** What is fetched, as the remote has just told the object itself: a commit, a digest, an etag. */
  readonly of: unknown;
  /** How it is packed. */
  readonly rules: unknown;
}

/** What is packed, with its bytes, of which nobody else may have a view: they are let go when they are stored. */
export type Fetched<Facts> = Packed<Facts> & { readonly body: Uint8Array };

/** Part of every key: changed with what the same inputs are packed to. */
const FORMAT = 2;

/** Stands for what is shared, and tells nobody of it. */
export function sharingKey(
  { kind, url, access, of, rules }: Shared,
  { ports, record }: Pick<Scope, 'ports' | 'record'>,
): string {
  // What one profile may reach another may not.
  const inputs = [FORMAT, kind, url, access, record.settings.profile, of, rules];
  return hmacHex(ports.deployment.key, JSON.stringify(inputs));
}

/** A fetch that holds no more than a size allows; Fault `too-large` of small work only means that it is large. */
export type Fetch<T> = (size: Size) => Promise<T>;

/**
 * Fetches and packs once for all objects of the fleet that ask for the same within minutes; alone when nothing says what
 * could be shared. The key holds the credentials, and the remote has answered them, just now or, for the charts of an
 * index, when the index was fetched: nobody gets by it what the remote would refuse. What `isLarge`, or turns out to be,
 * waits for its turn. Faults: those of `fetch`. Throws Postponed.
 */
export async function fetchShared<Facts>(
  shared: Shared | undefined,
  scope: Scope,
  fetch: Fetch<Fetched<Facts>>,
  isLarge = false,
): Promise<Packed<Facts>> {
  const { ports, signal } = scope;
  if (shared === undefined)
    return inRoom(scope, isLarge, async (size) => {
      const fetched = await fetch(size);
      return size === 'small' ? fetched : letGo(fetched, scope);
    });
  const options = { store: ports.store, clock: ports.clock, signal };
  const key = sharingKey(shared, scope);
  if (!isLarge) {
    try {
      return await fetchOnce(key, options, async () => {
        if (hasOutgrown(scope, key)) throw new Fault('too-large', 'it was too large before');
        return asSmall(scope, () => fetch('small'));
      });
    } catch (error) {
      if (!isFault(error, 'too-large')) throw error;
      noteOutgrown(scope, key);
    }
  }
  // Nobody who waits for others keeps those behind him from their turn.
  const made = await madeByOthers<Facts>(key, options);
  if (made !== undefined) return made;
  return asLarge(scope, async () => letGo(await fetchOnce(key, options, () => fetch('large')), scope));
}

/** Stores what is large before it is the next one's turn. Whoever keeps the artifact tells what is wrong with the store. */
async function letGo<Facts>({ body, ...packed }: Packed<Facts>, { ports }: Scope): Promise<Packed<Facts>> {
  if (body === undefined) return packed;
  try {
    await keepBlob(ports.store, packed.digest, body, ports.clock.now());
    release(body);
    return packed;
  } catch (error) {
    if (isFault(error)) return { ...packed, body };
    throw error;
  }
}

/** Leaves a fetch that others wait for. */
class Untold extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

/** The same for a fetch that may come to expected trouble, which is nobody else's. */
export function tryShared<Facts>(
  shared: Shared | undefined,
  scope: Scope,
  fetch: Fetch<Result<Fetched<Facts>>>,
  isLarge = false,
): Promise<Result<Packed<Facts>>> {
  return tried(async () => fetchShared(shared, scope, async (size) => foundIn(await fetch(size)), isLarge));
}

/** The same for whoever has room already. */
export function trySharedHere<Facts>(
  shared: Shared | undefined,
  { ports, record, signal }: Scope,
  make: () => Promise<Result<Fetched<Facts>>>,
): Promise<Result<Packed<Facts>>> {
  const fetch = async () => foundIn(await make());
  if (shared === undefined) return tried(fetch);
  const options = { store: ports.store, clock: ports.clock, signal };
  return tried(() => fetchOnce(sharingKey(shared, { ports, record }), options, fetch));
}

function foundIn<T>(fetched: Result<T>): T {
  if ('trouble' in fetched) throw new Untold(fetched.trouble);
  return fetched.found;
}

async function tried<T>(run: () => Promise<T>): Promise<Result<T>> {
  try {
    return { found: await run() };
  } catch (error) {
    if (error instanceof Untold) return { trouble: error.trouble };
    throw error;
  }
}
