import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import type { GitReference } from '../../../shared/api/git-repository.ts';
import { keepBlob } from '../../../shared/artifact/blobs.ts';
import { keepFrame, knownOf } from '../../../shared/artifact/git-base.ts';
import {
  type FetchedArtifact,
  type FetchOptions,
  fetchArtifact,
  resolveRemote,
} from '../../../shared/artifact/git-source.ts';
import {
  type ArtifactOwner,
  type ArtifactPointer,
  artifactPath,
  pointerKey,
  readPointer,
  storeArtifact,
  writePointer,
} from '../../../shared/artifact/store.ts';
import type { GitFetch, GitRemote, ObjectStore } from '../../../shared/ports.ts';

export const OWNER: ArtifactOwner = { cluster: 'c', kind: 'GitRepository', namespace: 'n', name: 'app' };
export const PATH = artifactPath(OWNER, 'artifact.tar.gz');
const NOW = new Date('2024-01-02T03:04:05Z');

/** What one object has fetched so far, and at what cost; as the reconciler does it. */
export interface Follower {
  readonly store: ObjectStore;
  /** Every pack that the last fetch asked for, and how many bytes came. */
  readonly fetches: (GitFetch & { readonly bytes: number })[];
  /** Fetches what `main` is now, or another reference, and stores it. */
  fetch(options?: FetchOptions, ref?: GitReference): Promise<FetchedArtifact>;
}

/** Somebody who follows `main` of a repository, opened anew each time. */
export function follow(
  open: () => GitRemote,
  store: ObjectStore = createMemoryStore(createManualClock(NOW)),
): Follower {
  const of = 'repository';
  const fetches: Follower['fetches'] = [];
  return {
    store,
    fetches,
    async fetch(options = {}, ref = { branch: 'main' }) {
      fetches.length = 0;
      const remote = open();
      const counted: GitRemote = {
        lsRefs: (prefixes) => remote.lsRefs(prefixes),
        async fetchPack(fetch, maxBytes) {
          const entry = { ...fetch, bytes: 0 };
          fetches.push(entry);
          const pack = await remote.fetchPack(fetch, maxBytes);
          entry.bytes = pack.length;
          return pack;
        },
      };
      const resolved = await resolveRemote(counted, ref);
      const known = await knownOf(store, OWNER, PATH, of);
      const fetched = await fetchArtifact(counted, resolved, { ...options, ...known });
      const { frame, body, digest } = fetched;
      await keepBlob(store, digest, body, NOW);
      const kept = frame && (await keepFrame(store, frame, NOW));
      const note = kept ? { frame: { of, commit: resolved.commit, digest: kept } } : {};
      const revision = resolved.revision;
      await storeArtifact(
        store,
        OWNER,
        { file: 'artifact.tar.gz', revision, digest, size: body.length, ...note },
        NOW,
      );
      return fetched;
    },
  };
}

/** The same commit fetched by somebody who has nothing. */
export async function fetchWhole(remote: GitRemote, options: FetchOptions = {}): Promise<string> {
  return (await fetchArtifact(remote, await resolveRemote(remote, { branch: 'main' }), options)).digest;
}

/** Bytes of packs that its last fetch cost. */
export function bytesOf({ fetches }: Follower): number {
  return fetches.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What it stored last; throws when there is no frame. */
export async function pointerOf({ store }: Follower): Promise<ArtifactPointer> {
  const pointer = await readPointer(store, pointerKey(OWNER, PATH));
  if (pointer?.frame === undefined) throw new Error('nothing was kept');
  return pointer;
}

/** Forgets what its next fetch would build on. */
export async function loseFrame(follower: Follower): Promise<void> {
  const { frame: _frame, ...pointer } = await pointerOf(follower);
  await writePointer(follower.store, pointerKey(OWNER, PATH), pointer);
}
