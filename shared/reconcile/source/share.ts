import { fetchOnce, type Packed } from '../../artifact/once.ts';
import { hmacHex } from '../../core/digests.ts';
import type { Scope } from '../reconciler.ts';
import type { Result, Trouble } from './seen.ts';

/** Everything that decides over what a fetch comes to, and over who may have it. Holds secrets. */
export interface Shared {
  readonly kind: string;
  readonly url: string;
  /** The credentials themselves, CA, proxy and what else decides over whom the remote sees; not the names of Secrets. */
  readonly access: unknown;
  /** What is fetched, as the remote has just told the object itself: a commit, a digest, an etag. */
  readonly of: unknown;
  /** How it is packed. */
  readonly rules: unknown;
}

/** What is packed, with its bytes. */
export type Fetched<Facts> = Packed<Facts> & { readonly body: Uint8Array };

/** Part of every key: changed with what the same inputs are packed to. */
const FORMAT = 2;

/** Stands for what is shared, and tells nobody of it. */
export function sharingKey({ kind, url, access, of, rules }: Shared, { ports, record }: Scope): string {
  // What one profile may reach another may not.
  const inputs = [FORMAT, kind, url, access, record.settings.profile, of, rules];
  return hmacHex(ports.deployment.key, JSON.stringify(inputs));
}

/**
 * Fetches and packs once for all objects of the fleet that ask for the same within minutes; alone when nothing says what
 * could be shared. The key holds the credentials, and the remote has answered them, just now or, for the charts of an
 * index, when the index was fetched: nobody gets by it what the remote would refuse. Faults: those of `fetch`.
 */
export async function fetchShared<Facts>(
  shared: Shared | undefined,
  scope: Scope,
  fetch: () => Promise<Fetched<Facts>>,
): Promise<Packed<Facts>> {
  if (shared === undefined) return fetch();
  const { ports, signal } = scope;
  const options = { store: ports.store, clock: ports.clock, signal };
  return fetchOnce(sharingKey(shared, scope), options, fetch);
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
export async function tryShared<Facts>(
  shared: Shared | undefined,
  scope: Scope,
  fetch: () => Promise<Result<Fetched<Facts>>>,
): Promise<Result<Packed<Facts>>> {
  try {
    const found = await fetchShared(shared, scope, async () => {
      const fetched = await fetch();
      if ('trouble' in fetched) throw new Untold(fetched.trouble);
      return fetched.found;
    });
    return { found };
  } catch (error) {
    if (error instanceof Untold) return { trouble: error.trouble };
    throw error;
  }
}
