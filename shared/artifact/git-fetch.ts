import { type FaultCode, isFault } from '../core/failures.ts';
import type { GitFetch, GitRemote } from '../ports.ts';
import type { Resolved } from './git-ref.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { binaryId, type GitObjects, hexId, type ObjectSource, readPack } from './pack.ts';
import { type Checkout, checkOutPart, type PackOptions, type Partly } from './pack-commit.ts';

/** A commit that was fetched before, and what is still known of it. */
export interface GitBase {
  readonly commit: string;
  /** Its directories, and those of its files that are at hand; undefined when there is nothing to build on. */
  load(): Promise<GitObjects | undefined>;
}

/** What decides over which files are needed. */
export interface PartOptions extends PackOptions {
  /** Whether ignored files are needed as well: what they are is known only when other trees have been put in. */
  readonly whole?: boolean;
  /** Whether nothing is known of the repository yet: a request more once is little beside what may be left out. */
  readonly isNew?: boolean;
}

/** Faults that speak of the way something was fetched and not of the remote, unless HTTP said so: another way may do. */
const MISFITS: readonly FaultCode[] = ['malformed', 'not-found', 'server-error', 'too-large', 'unsupported'];
/** The most files that are asked for by name, ours: 50 bytes each in a request. */
const MAX_NAMED = 20_000;
/** Ignore files first, then the files that they let through, then those of them that were too large for a first look. */
const ROUNDS = 3;
/** From so many on, and from this share, a server finds all files of a commit in half the time of those that are named; measured. */
const MANY_NAMED = 1000;
const MOST = 0.75;
/** What is large enough to be asked for only when it is wanted, ours: Flux's own manifests are smaller. */
const SMALL_FILES = 'blob:limit=1m';
/** What is hardly ever a picture, ours: of a new repository it comes at once, and with it all ignore files. */
const MANIFESTS = 'blob:limit=64k';
/** Patterns after which only what is included again is left. */
const CATCH_ALL = /^\s*(?:\/?\*|\/?\*\*|\/?\*\*\/\*|\/\*\/)\s*$/m;

/** What is new since `base`, in one request; undefined when that cannot be had, whatever the reason. */
export async function fetchSince(
  git: GitRemote,
  resolved: Resolved,
  base: GitBase,
  options: PartOptions,
): Promise<Checkout | undefined> {
  const loading = base.load();
  loading.catch(() => {});
  return unlessMisfit(options, async () => {
    const { commit } = base;
    // A tag may be new on a commit that is not.
    const known = commit === resolved.commit ? await loading : undefined;
    if (known?.has(binaryId(resolved.want))) return complete(git, resolved, heldIn(known), options);
    // git itself leaves out what a commit without history has in common with another only in thin packs
    const fetch = { want: [resolved.want], have: [commit], shallow: [commit], depth: 1, thin: true };
    return complete(git, resolved, await joined(git, fetch, loading, options), options);
  });
}

/**
 * The directories first, with small files where most are likely to be wanted, then what else is wanted; undefined when
 * that cannot be had, or is unlikely to be worth it.
 */
export async function fetchWanted(
  git: GitRemote,
  resolved: Resolved,
  options: PartOptions,
): Promise<Checkout | undefined> {
  if (options.whole || resolved.pinned) return undefined;
  if (!options.isNew && !dropsMuch(options)) return undefined;
  return unlessMisfit(options, async () => {
    const filter = dropsMuch(options) ? 'blob:none' : MANIFESTS;
    const fetch = { want: [resolved.want], depth: 1, filter };
    return complete(git, resolved, await more(git, fetch, NOTHING, options), options);
  });
}

function dropsMuch({ sparse = [], ignore = '' }: PartOptions): boolean {
  return sparse.length > 0 || CATCH_ALL.test(ignore);
}

/** Objects that are in memory, and their bytes. */
interface Held {
  readonly objects: ObjectSource;
  readonly bytes: number;
}

const NOTHING: Held = { objects: new Map(), bytes: 0 };

function heldIn(objects: GitObjects): Held {
  let bytes = 0;
  for (const { data } of objects.values()) bytes += data.length;
  return { objects, bytes };
}

/** What a fetch brings, above what was known. */
async function joined(
  git: GitRemote,
  fetch: GitFetch,
  loading: Promise<GitObjects | undefined>,
  options: PartOptions,
): Promise<Held | undefined> {
  const { limits = DEFAULT_LIMITS } = options;
  const [known, pack] = await Promise.all([loading, git.fetchPack(fetch, limits.packBytes)]);
  // Of a file that was left out before there may be what is new alone.
  return known && above(pack, heldIn(known), options, known);
}

async function more(git: GitRemote, fetch: GitFetch, held: Held, options: PartOptions): Promise<Held> {
  const { limits = DEFAULT_LIMITS } = options;
  return above(await git.fetchPack(fetch, limits.packBytes), held, options);
}

/** What one fetch may hold is for all its parts together. Faults: `readPack`'s. */
function above(
  pack: Uint8Array,
  held: Held,
  { limits = DEFAULT_LIMITS }: PartOptions,
  had?: ObjectSource,
): Held {
  const rest = { ...limits, inflatedBytes: limits.inflatedBytes - held.bytes };
  const fresh = heldIn(readPack(pack, rest, had));
  return { objects: both(fresh.objects, held.objects), bytes: held.bytes + fresh.bytes };
}

/** The checkout, after whatever files it lacks have been asked for by their ids. */
async function complete(
  git: GitRemote,
  resolved: Resolved,
  held: Held | undefined,
  options: PartOptions,
): Promise<Checkout | undefined> {
  if (held === undefined) return undefined;
  let present = held;
  for (let round = 0; round <= ROUNDS; round++) {
    const part: Partly = checkOutPart(present.objects, resolved, options);
    if ('checkout' in part) return part.checkout;
    if (round === ROUNDS || part.missing.size > MAX_NAMED) return undefined;
    const isMost = part.missing.size > Math.max(MANY_NAMED, MOST * part.files);
    const small = { want: [resolved.want], depth: 1, filter: SMALL_FILES };
    const named = { want: [...part.missing].map(hexId) };
    present = await more(git, isMost ? small : named, present, options);
  }
  return undefined;
}

function both(first: ObjectSource, second: ObjectSource): ObjectSource {
  return { get: (id) => first.get(id) ?? second.get(id) };
}

async function unlessMisfit<T>(
  { limits }: PartOptions,
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const isAnswer = isFault(error) && (error.data.about === 'sparse checkout' || 'status' in error.data);
    // Another way would take more.
    const isTooMuch = limits?.isTrial && isFault(error, 'too-large');
    if (isFault(error, ...MISFITS) && !isAnswer && !isTooMuch) return undefined;
    throw error;
  }
}
