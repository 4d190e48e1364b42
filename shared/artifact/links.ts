import type { ObjectStore } from '../ports.ts';
import { type ArtifactOwner, artifactPath, pointerKey, writePointer } from './store.ts';

/** What upstream calls the link to the current artifact, by kind; a GitRepository and an ExternalArtifact have none. */
const LINKS: Readonly<Record<string, string>> = {
  Bucket: 'latest.tar.gz',
  HelmChart: 'latest.tar.gz',
  HelmRepository: 'index.yaml',
  OCIRepository: 'latest.tar.gz',
};

/** The path that always leads to the current artifact of `owner`; undefined for kinds without `status.url`. */
export function linkPath(owner: ArtifactOwner): string | undefined {
  const file = Object.hasOwn(LINKS, owner.kind) ? LINKS[owner.kind] : undefined;
  return file === undefined ? undefined : artifactPath(owner, file);
}

/** Points the link of `owner`, where its kind has one, to an artifact that is stored. Faults: the store's. */
export async function keepLink(
  store: ObjectStore,
  owner: ArtifactOwner,
  { revision, digest, size = 0 }: { revision: string; digest: string; size?: number },
  now: Date,
): Promise<void> {
  const path = linkPath(owner);
  if (path === undefined) return;
  await writePointer(store, pointerKey(owner, path), { revision, digest, size, storedAt: now.toISOString() });
}
