import { Fault, isFault } from '../core/failures.ts';
import { release } from '../core/release.ts';
import { inflateTar, tarEntries } from '../core/tar/tar-entries.ts';
import type { TarMember } from '../core/tar/tar-header.ts';
import { type TarGz, writeTarGz } from '../core/tar/write-tar-gz.ts';
import type { ObjectStore } from '../ports.ts';
import { blobKey, keepBlob, loadBlob } from './blobs.ts';
import type { GitBase } from './git-fetch.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { type BinaryId, type GitObject, type GitObjects, type GitObjectType, objectId } from './pack.ts';
import { type ArtifactOwner, isPathOf, pointerKey, readPointer } from './store.ts';

const TYPES: readonly GitObjectType[] = ['commit', 'tree', 'blob', 'tag'];

/**
 * What of a commit its artifact does not tell: with both at hand only what is new has to be fetched for the next one.
 * An archive of objects in folders by their type, as nobody knows them by name. Fault `too-large`.
 */
export function writeFrame(frame: readonly GitObject[], { packBytes }: ArtifactLimits): Promise<TarGz> {
  const members = frame.map(
    ({ type, data }, index): TarMember => ({ path: `${type}/${index}`, kind: 'file', data }),
  );
  return writeTarGz(members, packBytes);
}

/** Keeps a frame; its digest, or undefined when the store does not take it: then the next fetch is a whole one. */
export async function keepFrame(
  store: ObjectStore,
  { digest, body }: TarGz,
  now: Date,
): Promise<string | undefined> {
  return unlessFault(keepBlob(store, digest, body, now).then(() => digest));
}

/** What the next fetch from a repository can build on. */
export interface Known {
  readonly base?: GitBase;
  /** Nothing of it was fetched before. */
  readonly isNew: boolean;
}

/** What is known of the repository that `of` stands for by the artifact at `path`. A store that fails knows nothing; Fault `too-large` of a trial. */
export async function knownOf(
  store: ObjectStore,
  owner: ArtifactOwner,
  path: string | undefined,
  of: string,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<Known> {
  if (path === undefined || !isPathOf(owner, path)) return { isNew: true };
  const pointer = await unlessFault(readPointer(store, pointerKey(owner, path)));
  if (pointer === undefined) return { isNew: true };
  const { digest, frame, size } = pointer;
  // Small ones have none. One of another repository would let its owner ask for files by their ids.
  if (frame?.of !== of) return { isNew: frame !== undefined };
  if (limits.isTrial && size > limits.packBytes) throw tooLarge(limits.packBytes);
  const load = () => unlessFault(loadBase(store, frame.digest, digest, limits), limits);
  return { isNew: false, base: { commit: frame.commit, load } };
}

async function loadBase(
  store: ObjectStore,
  frame: string,
  artifact: string,
  limits: ArtifactLimits,
): Promise<GitObjects> {
  if (limits.isTrial && ((await store.head(blobKey(frame)))?.size ?? 0) > limits.packBytes)
    throw tooLarge(limits.packBytes);
  const [first, second] = await Promise.all([loadBlob(store, frame), loadBlob(store, artifact)]);
  const objects = readBase(first.body, second.body, limits);
  release(first.body);
  release(second.body);
  return objects;
}

function tooLarge(limit: number): Fault {
  return new Fault('too-large', `what was fetched before has more than ${limit} bytes`, { limit });
}

/** What a trial finds too large is tried with more. */
async function unlessFault<T>(
  work: Promise<T>,
  { isTrial }: Pick<ArtifactLimits, 'isTrial'> = {},
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isFault(error) || (isTrial && error.code === 'too-large')) throw error;
    return undefined;
  }
}

/**
 * The objects of a frame and of the artifact beside it, each by the id that its bytes have: what was altered is
 * another object, and nobody asks for it. Faults: `malformed`, `too-large`.
 */
export function readBase(frame: Uint8Array, artifact: Uint8Array, limits: ArtifactLimits): GitObjects {
  const objects = new Map<BinaryId, GitObject>();
  // A frame has a directory for each that is counted, and a few more objects.
  const roomy = { ...limits, entries: 2 * limits.entries };
  const folders = inflateTar(frame, limits.inflatedBytes);
  for (const { kind, path, body } of tarEntries(folders, roomy)) {
    const type = TYPES.find((one) => path.startsWith(`${one}/`));
    if (kind === 'file' && type) add(objects, { type, data: body });
  }
  const room = limits.inflatedBytes - folders.length;
  for (const { kind, body } of tarEntries(inflateTar(artifact, room), limits))
    if (kind === 'file') add(objects, { type: 'blob', data: body });
  return objects;
}

function add(objects: Map<BinaryId, GitObject>, object: GitObject): void {
  objects.set(objectId(object), object);
}
