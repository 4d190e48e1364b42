import type { Artifact } from '../api/meta.ts';
import { sha256Hex } from '../core/digests.ts';
import { Fault } from '../core/failures.ts';
import type { FileTree, ObjectStore } from '../ports.ts';
import { blobKey, isDigest, keepBlob, loadBlob } from './blobs.ts';
import type { Directory } from './directory.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { unpack } from './pack-layer.ts';
import { readTarGz } from './read-tar-gz.ts';
import { garbageOf, type StoredArtifact } from './retention.ts';
import { type CachedTree, cachedTree, keepTree } from './tree-cache.ts';

/** The object an artifact belongs to. */
export interface ArtifactOwner {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What else of a Git commit is stored, for the next fetch from the same repository. */
export interface Frame {
  /** Which repository that is; tells nobody else. */
  readonly of: string;
  readonly commit: string;
  readonly digest: string;
}

/** What a source keeps with an artifact for its next run. */
export interface SourceNotes {
  /** By what it is known to have nothing newer; empty where it can tell nothing. */
  readonly origin?: string;
  readonly frame?: Frame;
}

/** What is stored: packed bytes and what they are called. */
export interface NewArtifact extends SourceNotes {
  /** Such as `<commit>.tar.gz`. */
  readonly file: string;
  readonly revision: string;
  /** Absent when they are stored already, `size` bytes. */
  readonly body?: Uint8Array;
  readonly size?: number;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The pointer that stands where Flux keeps the file itself. */
export interface ArtifactPointer extends SourceNotes {
  readonly revision: string;
  readonly digest: string;
  readonly size: number;
  /** RFC 3339. */
  readonly storedAt: string;
}

/** What is wrong with a stored artifact, if anything. */
export type StoredState = 'stored' | 'missing' | 'mismatch';

/** `<kind lower>/<namespace>/<name>/<file>`: `status.artifact.path`. */
export function artifactPath(owner: ArtifactOwner, file: string): string {
  return `${owner.kind.toLowerCase()}/${owner.namespace}/${owner.name}/${file}`;
}

/** Writes the blob, then the pointer to it; returns what `status.artifact` says, but for its URL. Fault `not-found` when bytes that are said to be stored are not. */
export async function storeArtifact(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: NewArtifact,
  now: Date,
): Promise<Omit<Artifact, 'url'>> {
  const { revision, digest, body, file, metadata, origin, frame, size = body?.length ?? 0 } = artifact;
  if (body) await keepBlob(store, digest, body, now);
  const path = artifactPath(owner, file);
  const notes = { ...(origin !== undefined && { origin }), ...(frame && { frame }) };
  const pointer = { revision, digest, size, storedAt: now.toISOString(), ...notes };
  await writePointer(store, pointerKey(owner, path), pointer);
  // From here on the sweep of the blobs sees that it is in use; up to here it may have deleted it.
  if ((await store.head(blobKey(digest))) === undefined) {
    if (!body) throw new Fault('not-found', `artifact ${digest} is not stored`, { digest });
    await keepBlob(store, digest, body, now);
  }
  return {
    path,
    revision,
    digest,
    lastUpdateTime: timestamp(now),
    size,
    ...(metadata ? { metadata } : {}),
  };
}

/**
 * The files of the artifact that `owner` advertises. Faults as `loadTree`; `not-found` also for one that was never stored
 * for this owner: who may write a status could otherwise ask for any tenant's bytes, of any cluster, by their digest;
 * `too-large` by what its pointer says, before anything is read.
 */
export async function loadArtifact(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<FileTree> {
  await refuseForeign(store, owner, artifact, limits);
  return loadTree(store, artifact.digest, limits);
}

/** The packed bytes of the same. Faults as `loadArtifact`, but those of reading an archive. */
export async function loadPacked(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<Uint8Array> {
  await refuseForeign(store, owner, artifact, limits);
  return (await loadBlob(store, artifact.digest)).body;
}

/** The same with its directories, and which files are programs. Faults as `loadArtifact`. */
export async function loadDirectory(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<Directory> {
  await refuseForeign(store, owner, artifact, limits);
  return unpack((await loadBlob(store, artifact.digest)).body, limits);
}

/**
 * The files of a stored artifact, unpacked once as long as the same blob is stored. Faults: `not-found` (no blob),
 * `malformed` (its digest differs, or it is no archive).
 */
export async function loadTree(
  store: ObjectStore,
  digest: string,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<FileTree> {
  const cached = cachedTree(store, digest);
  if (cached && (await store.head(blobKey(digest)))?.etag === cached.etag) return cached.tree;
  const sharing = limits.isTrial ? `${digest} on trial` : digest;
  return keepTree(store, digest, () => unpackTree(store, digest, limits), sharing);
}

async function unpackTree(store: ObjectStore, digest: string, limits: ArtifactLimits): Promise<CachedTree> {
  const { body, etag } = await loadBlob(store, digest);
  return { etag, tree: readTarGz(body, limits) };
}

async function refuseForeign(
  store: ObjectStore,
  owner: ArtifactOwner,
  { path, digest }: Pick<Artifact, 'path' | 'digest'>,
  { packBytes }: ArtifactLimits,
): Promise<void> {
  const pointer = isPathOf(owner, path) ? await readPointer(store, pointerKey(owner, path)) : undefined;
  if (pointer?.digest === digest && pointer.size <= packBytes) return;
  if (pointer?.digest === digest)
    throw new Fault('too-large', `the artifact is larger than ${packBytes} bytes`, { limit: packBytes });
  throw new Fault('not-found', `${owner.kind} ${owner.namespace}/${owner.name} has stored no ${digest}`, {
    digest,
  });
}

/**
 * Whether what `status.artifact` advertises is stored: pointer and blob are there and agree with it. `loadTree` holds
 * the bytes against the digest whenever they are used; of at most `deepBytes` that is done now.
 */
export async function verifyStored(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  deepBytes = 0,
): Promise<StoredState> {
  return (await readStored(store, owner, artifact, deepBytes)).state;
}

/** The same, with the origin that was stored with it. */
export async function readStored(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  deepBytes = 0,
): Promise<{ readonly state: StoredState; readonly origin?: string }> {
  // Whoever may write the status may write nonsense: it is not what we stored.
  if (!isDigest(artifact.digest) || !isPathOf(owner, artifact.path)) return { state: 'mismatch' };
  const pointer = await readPointer(store, pointerKey(owner, artifact.path));
  if (pointer === undefined) return { state: 'missing' };
  if (pointer.digest !== artifact.digest) return { state: 'mismatch' };
  const { origin, size } = pointer;
  return {
    state: await stateOfBlob(store, { digest: pointer.digest, size }, size <= deepBytes),
    ...(origin !== undefined && { origin }),
  };
}

async function stateOfBlob(
  store: ObjectStore,
  { digest, size }: Pick<ArtifactPointer, 'digest' | 'size'>,
  deep: boolean,
): Promise<StoredState> {
  if (deep) {
    const blob = await store.get(blobKey(digest));
    if (blob === undefined) return 'missing';
    return `sha256:${sha256Hex(blob.body)}` === digest ? 'stored' : 'mismatch';
  }
  const entry = await store.head(blobKey(digest));
  if (entry === undefined) return 'missing';
  return entry.size === size ? 'stored' : 'mismatch';
}

/** Notes by what the source of a stored artifact is known today. Faults: the store's. */
export async function noteOrigin(
  store: ObjectStore,
  owner: ArtifactOwner,
  path: string,
  origin: string,
): Promise<void> {
  const key = pointerKey(owner, path);
  const pointer = await readPointer(store, key);
  if (pointer !== undefined) await writePointer(store, key, { ...pointer, origin });
}

/** Removes previous artifacts of `owner` by Flux's retention rule, but not what stands at `kept`; returns the paths removed. */
export async function collectGarbage(
  store: ObjectStore,
  owner: ArtifactOwner,
  currentPath: string,
  now: Date,
  kept?: string,
): Promise<string[]> {
  const stored: StoredArtifact[] = [];
  for await (const { key, lastModified } of store.list(ownerPrefix(owner)))
    if (key !== `${clusterPrefix(owner)}${kept}`) stored.push({ key, storedAt: lastModified });
  const garbage = garbageOf(stored, pointerKey(owner, currentPath), now);
  for (const key of garbage) await store.delete(key);
  return garbage.map((key) => key.slice(clusterPrefix(owner).length));
}

/** Removes every artifact of an object that is being deleted; returns the paths removed. */
export async function removeArtifacts(store: ObjectStore, owner: ArtifactOwner): Promise<string[]> {
  const removed: string[] = [];
  for await (const { key } of store.list(ownerPrefix(owner))) removed.push(key);
  for (const key of removed) await store.delete(key);
  return removed.map((key) => key.slice(clusterPrefix(owner).length));
}

/** Writes what stands where Flux keeps the file itself. */
export async function writePointer(store: ObjectStore, key: string, pointer: ArtifactPointer): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(pointer)));
}

/** What stands there; a pointer that cannot be read names nothing. */
export async function readPointer(store: ObjectStore, key: string): Promise<ArtifactPointer | undefined> {
  const stored = await store.get(key);
  return stored && parsePointer(Buffer.from(stored.body).toString());
}

/** A pointer that somebody scribbled on points at nothing: whatever is advertised differs from it. */
function parsePointer(text: string): ArtifactPointer {
  const nothing = { revision: '', digest: '', size: 0, storedAt: '' };
  try {
    return { ...nothing, ...(JSON.parse(text) as Partial<ArtifactPointer>) };
  } catch {
    return nothing;
  }
}

/** Whether `path` is one of `owner`'s own artifacts: a status may say anything. */
export function isPathOf(owner: ArtifactOwner, path: string): boolean {
  return path.startsWith(artifactPath(owner, '')) && !path.split('/').includes('..');
}

/** Where the pointer of one of `owner`'s artifacts lies. Fault `invalid` for a path that is not its own. */
export function pointerKey(owner: ArtifactOwner, path: string): string {
  if (isPathOf(owner, path)) return `${clusterPrefix(owner)}${path}`;
  throw new Fault('invalid', `'${path}' is not an artifact path of ${owner.namespace}/${owner.name}`, {
    path,
  });
}

function ownerPrefix(owner: ArtifactOwner): string {
  return `${clusterPrefix(owner)}${artifactPath(owner, '')}`;
}

function clusterPrefix({ cluster }: ArtifactOwner): string {
  return `artifacts/${cluster}/`;
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
