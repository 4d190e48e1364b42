import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault } from '../core/failures.ts';
import { MAX_KEY_BYTES } from '../core/object-keys.ts';
import { inParallel } from '../core/together.ts';
import type { FileTree, ObjectStore } from '../ports.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { type ArtifactOwner, artifactPath, loadArtifact } from './store.ts';

/** The artifact whose files are mirrored. */
export interface Mirrored {
  readonly path: string;
  readonly revision: string;
  readonly digest: string;
}

/** Does what holds no more than the limits that it gives. */
type Within = <T>(act: (limits: ArtifactLimits) => Promise<T>) => Promise<T>;

/** The marker beside the files, written last: until then the files may be of two revisions. */
interface Marker {
  readonly revision: string;
  readonly digest: string;
  /** Digest of the content and etag of the object, by path. */
  readonly files: Readonly<Record<string, readonly [digest: string, etag: string]>>;
  /** Why there are no files. */
  readonly refused?: string;
}

const MARKER = '.sluice-mirror.json';
/** Ours: files of one mirror; as many are written in a minute. */
const MAX_FILES = 20_000;
/** Ours: requests at a time. */
const AT_ONCE = 16;

/**
 * Keeps the files of an artifact under `tree/<cluster>/<kind>/<namespace>/<name>/`: changed files, then deletions, then
 * the marker; one read when it is done already. What holds the files is done `within` the room for it. Returns why it
 * cannot be done, once. Faults: those of the store, `too-large`.
 */
export async function keepMirror(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Mirrored,
  signal: AbortSignal,
  within: Within = (act) => act(DEFAULT_LIMITS),
): Promise<string | undefined> {
  const prefix = prefixOf(owner);
  const marker = await readMarker(store, prefix);
  const { revision, digest } = artifact;
  if (marker.digest === digest && marker.revision === revision) return undefined;
  const { files, refused } = await within(async (limits) => {
    const tree = await loadArtifact(store, owner, artifact, limits);
    const refused = refusalOf(prefix, tree);
    if (refused !== undefined) return { files: marker.files, refused };
    return { files: await writeFiles(store, prefix, tree, marker, signal), refused };
  });
  const after: Marker = { revision, digest, files, ...(refused !== undefined && { refused }) };
  await store.put(prefix + MARKER, Buffer.from(JSON.stringify(after)));
  return refused;
}

/** Takes an object's mirror away, the marker first; returns how many files there were. */
export async function removeMirror(store: ObjectStore, owner: ArtifactOwner): Promise<number> {
  const prefix = prefixOf(owner);
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  if (keys.includes(prefix + MARKER)) await store.delete(prefix + MARKER);
  const files = keys.filter((key) => key !== prefix + MARKER);
  await inParallel(files, AT_ONCE, (key) => store.delete(key));
  return keys.length;
}

async function writeFiles(
  store: ObjectStore,
  prefix: string,
  tree: FileTree,
  marker: Marker,
  signal: AbortSignal,
): Promise<Marker['files']> {
  const there = new Map<string, string>();
  for await (const { key, etag } of store.list(prefix)) there.set(key.slice(prefix.length), etag);
  const files: Record<string, readonly [string, string]> = {};
  await inParallel(tree, AT_ONCE, async ([path, content]) => {
    if (signal.aborted) throw new Fault('timeout', 'there was no time to mirror all files');
    const digest = sha256Hex(content);
    const before = Object.hasOwn(marker.files, path) ? marker.files[path] : undefined;
    // The marker tells what was written, the listing whether it still is what lies there.
    const isSame = before?.[0] === digest && before[1] === there.get(path);
    const etag = isSame ? before[1] : (await store.put(prefix + path, content)).etag;
    Object.defineProperty(files, path, { value: [digest, etag], enumerable: true });
  });
  const gone = [...there.keys()].filter((path) => path !== MARKER && !tree.has(path));
  await inParallel(gone, AT_ONCE, (path) => store.delete(prefix + path));
  return files;
}

function refusalOf(prefix: string, tree: FileTree): string | undefined {
  if (tree.size > MAX_FILES) return `it has more than ${MAX_FILES} files`;
  if (tree.has(MARKER)) return `its file ${MARKER} stands where the marker belongs`;
  const room = MAX_KEY_BYTES - Buffer.byteLength(prefix);
  const long = [...tree.keys()].find((path) => Buffer.byteLength(path) > room);
  return long === undefined
    ? undefined
    : `the path of a file has more than ${room} bytes: ${long.slice(0, 80)}...`;
}

function prefixOf(owner: ArtifactOwner): string {
  return `tree/${owner.cluster}/${artifactPath(owner, '')}`;
}

async function readMarker(store: ObjectStore, prefix: string): Promise<Marker> {
  const nothing: Marker = { revision: '', digest: '', files: {} };
  const stored = await store.get(prefix + MARKER).catch((error: unknown) => {
    if (isFault(error, 'malformed')) return undefined;
    throw error;
  });
  try {
    const found = JSON.parse(Buffer.from(stored?.body ?? []).toString()) as Partial<Marker>;
    return typeof found.files === 'object' && found.files !== null ? { ...nothing, ...found } : nothing;
  } catch {
    return nothing;
  }
}
