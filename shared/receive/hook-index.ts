import { Fault, isFault } from '../core/failures.ts';
import type { Chance, Clock, ObjectStore, StoredObject } from '../ports.ts';
import { type HookEntry, type HookOwner, ownerName, parseOwner } from './hook-entry.ts';
import { seal, unseal } from './sealing.ts';

/** What the index reaches. */
export interface HookPorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** The entries of one path; `unreadable` names the owners of those that cannot be opened. */
export interface Hooks {
  readonly entries: readonly HookEntry[];
  readonly unreadable: readonly string[];
}

/** What is stored for a path: a list, because copied tokens give Receivers of several clusters one path. */
interface StoredHook {
  readonly owner: string;
  /** Base64 of the sealed entry. */
  readonly sealed: string;
}

const PREFIX = 'hooks/';
/** Writers of one list that get in each other's way try so often, after growing pauses (milliseconds). */
const MAX_TRIES = 10;
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1000;

/** The entries of the path with that digest, undefined when there are none. An entry that is corrupt harms no other. */
export async function readHooks(
  store: ObjectStore,
  key: Uint8Array,
  digest: string,
): Promise<Hooks | undefined> {
  const stored = await store.get(PREFIX + digest);
  if (stored === undefined) return undefined;
  const list = parseList(stored);
  if (list === undefined) return { entries: [], unreadable: ['the whole list'] };
  const entries: HookEntry[] = [];
  const unreadable: string[] = [];
  for (const hook of list) {
    const entry = openEntry(key, digest, hook);
    if (entry === undefined) unreadable.push(hook.owner);
    else entries.push(entry);
  }
  return { entries, unreadable };
}

/** Puts an entry in the place of its owner's, others untouched; an equal one is not written again. */
export async function putHook(
  ports: HookPorts,
  key: Uint8Array,
  digest: string,
  entry: HookEntry,
): Promise<void> {
  const { owner: _owner, ...rest } = entry;
  const owner = ownerName(entry.owner);
  const sealed = seal(key, `${digest} ${owner}`, JSON.stringify(rest));
  const hook = { owner, sealed: Buffer.from(sealed).toString('base64') };
  await change(ports, digest, (list) => [...list.filter((one) => one.owner !== owner), hook]);
}

/** Takes an owner's entry away; needs no key. */
export async function removeHook(ports: HookPorts, digest: string, owner: HookOwner): Promise<void> {
  const name = ownerName(owner);
  await change(ports, digest, (list) => list.filter((one) => one.owner !== name));
}

/** Takes away every entry whose owner's name begins with `prefix`, such as `<cluster>/`. */
export async function removeHooksOf(ports: HookPorts, prefix: string): Promise<void> {
  for await (const { key } of ports.store.list(PREFIX)) {
    await change(ports, key.slice(PREFIX.length), (list) =>
      list.filter(({ owner }) => !owner.startsWith(prefix)),
    );
  }
}

/** The entries of all paths that can be opened, with the digests of the paths. */
export async function* listHooks(
  store: ObjectStore,
  key: Uint8Array,
): AsyncIterable<{ readonly digest: string; readonly entry: HookEntry }> {
  for await (const stored of store.list(PREFIX)) {
    const digest = stored.key.slice(PREFIX.length);
    for (const entry of (await readHooks(store, key, digest))?.entries ?? []) yield { digest, entry };
  }
}

async function change(
  { store, clock, chance }: HookPorts,
  digest: string,
  edit: (list: readonly StoredHook[]) => readonly StoredHook[],
): Promise<void> {
  const key = PREFIX + digest;
  for (let pause = FIRST_PAUSE, tries = 1; ; tries++, pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const stored = await store.get(key);
    // A list that cannot be read is begun anew: each Receiver puts its entry back on its next run.
    const before = stored && parseList(stored);
    const after = edit(before ?? []);
    if (JSON.stringify(after) === JSON.stringify(before ?? (stored ? undefined : []))) return;
    try {
      return await write(store, key, stored, after);
    } catch (error) {
      if (!isFault(error, 'precondition-failed')) throw error;
      if (tries === MAX_TRIES)
        throw new Fault('conflict', `${PREFIX} is written by too many at once`, {}, error);
      await clock.sleep(pause * (0.5 + chance.number()));
    }
  }
}

async function write(
  store: ObjectStore,
  key: string,
  stored: StoredObject | undefined,
  list: readonly StoredHook[],
): Promise<void> {
  if (list.length === 0) return store.delete(key, stored && { ifMatch: stored.etag });
  const body = new TextEncoder().encode(JSON.stringify(list));
  await store.put(key, body, stored ? { ifMatch: stored.etag } : { ifAbsent: true });
}

function parseList({ body }: StoredObject): readonly StoredHook[] | undefined {
  try {
    const list: unknown = JSON.parse(new TextDecoder().decode(body));
    return Array.isArray(list) ? list.filter(isStoredHook) : undefined;
  } catch {
    return undefined;
  }
}

function isStoredHook(value: unknown): value is StoredHook {
  const hook = value as Partial<StoredHook> | null;
  return typeof hook?.owner === 'string' && typeof hook.sealed === 'string';
}

function openEntry(key: Uint8Array, digest: string, { owner, sealed }: StoredHook): HookEntry | undefined {
  const whose = parseOwner(owner);
  try {
    const text = unseal(key, `${digest} ${owner}`, Buffer.from(sealed, 'base64'));
    return whose && { ...(JSON.parse(text) as Omit<HookEntry, 'owner'>), owner: whose };
  } catch (error) {
    if (!isFault(error, 'malformed')) throw error;
    return undefined;
  }
}
