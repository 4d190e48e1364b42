import type { Artifact } from '../api/meta.ts';
import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault } from '../core/failures.ts';
import type { FileTree, ObjectStore, StoredObject } from '../ports.ts';
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

/** What is stored: packed bytes and what they are called. */
export interface NewArtifact {
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
export interface ArtifactPointer {
  readonly revision: string;
  readonly digest: string;
  readonly size: number;
  /** RFC 3339. */
  readonly storedAt: string;
}

/** What is wrong with a stored artifact, if anything. */
export type StoredState = 'stored' | 'missing' | 'mismatch';

/** Stands in `url`, which the CRD requires, while artifacts are not served over HTTP. */
export const NO_BASE_URL = 'http://artifacts.sluice.invalid';

// Blobs unreferenced for 24 h are swept: one that is older than half of that is written again when it is used again.
const REFRESH_AFTER_MILLISECONDS = 12 * 3_600_000;

/** `<kind lower>/<namespace>/<name>/<file>`: `status.artifact.path`. */
export function artifactPath(owner: ArtifactOwner, file: string): string {
  return `${owner.kind.toLowerCase()}/${owner.namespace}/${owner.name}/${file}`;
}

/** The URL for a path under `base`, which may end in a slash. */
export function artifactUrl(path: string, base: string = NO_BASE_URL): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

/** Writes the blob, then the pointer to it; returns what `status.artifact` says. Fault `not-found` when bytes that are said to be stored are not. */
export async function storeArtifact(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: NewArtifact,
  now: Date,
  baseUrl: string = NO_BASE_URL,
): Promise<Artifact> {
  const { revision, digest, body, file, metadata, size = body?.length ?? 0 } = artifact;
  if (body) await keepBlob(store, digest, body, now);
  const path = artifactPath(owner, file);
  const pointer: ArtifactPointer = { revision, digest, size, storedAt: now.toISOString() };
  await store.put(pointerKey(owner, path), Buffer.from(JSON.stringify(pointer)));
  // From here on the sweep of the blobs sees that it is in use; up to here it may have deleted it.
  if ((await store.head(blobKey(digest))) === undefined) {
    if (!body) throw new Fault('not-found', `artifact ${digest} is not stored`, { digest });
    await keepBlob(store, digest, body, now);
  }
  return {
    path,
    url: artifactUrl(path, baseUrl),
    revision,
    digest,
    lastUpdateTime: timestamp(now),
    size,
    ...(metadata ? { metadata } : {}),
  };
}

/**
 * The files of the artifact that `owner` advertises. Faults as `loadTree`; `not-found` also for one that was never stored
 * for this owner: who may write a status could otherwise ask for any tenant's bytes, of any cluster, by their digest.
 */
export async function loadArtifact(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
): Promise<FileTree> {
  await refuseForeign(store, owner, artifact);
  return loadTree(store, artifact.digest);
}

/** The same with its directories, and which files are programs. Faults as `loadArtifact`. */
export async function loadDirectory(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest'>,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<Directory> {
  await refuseForeign(store, owner, artifact);
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
  return keepTree(store, digest, () => unpackTree(store, digest, limits));
}

async function unpackTree(store: ObjectStore, digest: string, limits: ArtifactLimits): Promise<CachedTree> {
  const { body, etag } = await loadBlob(store, digest);
  return { etag, tree: readTarGz(body, limits) };
}

async function refuseForeign(
  store: ObjectStore,
  owner: ArtifactOwner,
  { path, digest }: Pick<Artifact, 'path' | 'digest'>,
): Promise<void> {
  const pointer = isPathOf(owner, path) ? await readPointer(store, pointerKey(owner, path)) : undefined;
  if (pointer?.digest === digest) return;
  throw new Fault('not-found', `${owner.kind} ${owner.namespace}/${owner.name} has stored no ${digest}`, {
    digest,
  });
}

async function loadBlob(store: ObjectStore, digest: string): Promise<StoredObject> {
  const stored = await store.get(blobKey(digest));
  if (stored === undefined) throw new Fault('not-found', `artifact ${digest} is not stored`, { digest });
  if (`sha256:${sha256Hex(stored.body)}` !== digest)
    throw new Fault('malformed', `computed digest doesn't match '${digest}'`, { digest });
  return stored;
}

/**
 * Whether what `status.artifact` advertises is stored: pointer and blob are there and agree with it. `loadTree` holds
 * the bytes against the digest whenever they are used; `deep` does so now.
 */
export async function verifyStored(
  store: ObjectStore,
  owner: ArtifactOwner,
  artifact: Pick<Artifact, 'path' | 'digest' | 'size'>,
  deep = false,
): Promise<StoredState> {
  // Whoever may write the status may write nonsense: it is not what we stored.
  if (!isDigest(artifact.digest) || !isPathOf(owner, artifact.path)) return 'mismatch';
  const pointer = await readPointer(store, pointerKey(owner, artifact.path));
  if (pointer === undefined) return 'missing';
  if (pointer.digest !== artifact.digest) return 'mismatch';
  if (!deep) {
    const entry = await store.head(blobKey(artifact.digest));
    if (entry === undefined) return 'missing';
    return entry.size === pointer.size ? 'stored' : 'mismatch';
  }
  const blob = await store.get(blobKey(artifact.digest));
  if (blob === undefined) return 'missing';
  return `sha256:${sha256Hex(blob.body)}` === artifact.digest ? 'stored' : 'mismatch';
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

/** Writes the blob unless it is there, whole and young enough. */
export async function keepBlob(
  store: ObjectStore,
  digest: string,
  body: Uint8Array,
  now: Date,
): Promise<void> {
  const key = blobKey(digest);
  const present = await store.head(key);
  const fresh = present && now.getTime() - present.lastModified.getTime() < REFRESH_AFTER_MILLISECONDS;
  // Equal length is not enough: what is stored again may be the cure of bytes that went bad.
  if (fresh && present.size === body.length && (await isIntact(store, digest))) return;
  try {
    await store.put(key, body, present ? { ifMatch: present.etag } : { ifAbsent: true });
  } catch (error) {
    // somebody else stored the same bytes, or swept them, in between: either way they are put as they are
    if (!isFault(error, 'precondition-failed')) throw error;
    await store.put(key, body);
  }
}

/** Whether the blob is there, and young enough not to be swept before its pointer is written. */
export async function holdsBlob(
  store: ObjectStore,
  { digest, size }: { readonly digest: string; readonly size: number },
  now: Date,
): Promise<boolean> {
  const present = await store.head(blobKey(digest));
  const age = now.getTime() - (present?.lastModified.getTime() ?? 0);
  return present?.size === size && age < REFRESH_AFTER_MILLISECONDS;
}

async function isIntact(store: ObjectStore, digest: string): Promise<boolean> {
  const stored = await store.get(blobKey(digest));
  return stored !== undefined && `sha256:${sha256Hex(stored.body)}` === digest;
}

async function readPointer(store: ObjectStore, key: string): Promise<ArtifactPointer | undefined> {
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

/** Where the bytes of a digest lie; Fault `invalid` when it is not `sha256:<hex>`. */
export function blobKey(digest: string): string {
  if (!isDigest(digest)) throw new Fault('invalid', `'${digest}' is not a sha256 digest`, { digest });
  return `blobs/${digest.slice('sha256:'.length)}`;
}

function isDigest(digest: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(digest);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
function timestamp(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
