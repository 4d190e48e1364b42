import type { FileTree } from '../../ports.ts';
import type { Repository } from './address.ts';

/** Fetches what kustomizations name outside of the source; every Fault's message may be shown. */
export interface Remotes {
  /** The bytes behind a URL. */
  file(url: string): Promise<Uint8Array>;
  /** The files of a commit, symlinks left out. */
  repository(repository: Repository): Promise<FileTree>;
}

/** What one build fetches at most; real ones stay below 20. */
export const MAX_REMOTES = 100;

/** Where what was fetched lies in the tree that kustomize sees. */
export const REMOTE_PREFIX = '.sluice-remote/';

/** The directory that a fetched file may not leave; undefined for the source's own. */
export function mountOf(directory: string): string | undefined {
  return directory.startsWith(REMOTE_PREFIX) ? directory.split('/', 2).join('/') : undefined;
}
