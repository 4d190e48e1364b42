import { posix } from 'node:path';
import type { FileTree } from '../ports.ts';

/** The names under which kustomize finds a kustomization, in its order (KS-21). */
export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** `path` inside the root, whatever it says: `..` stops at the root and a leading `/` is the root (KS-20). The root itself is the empty string. */
export function secureJoin(path: string): string {
  return posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '');
}

/** `path` from `directory`, cleaned; undefined when it leaves the root. */
export function joinInside(directory: string, path: string): string | undefined {
  const joined = posix.normalize(posix.join(directory === '' ? '.' : directory, path)).replace(/\/+$/, '');
  if (joined === '..' || joined.startsWith('../')) return undefined;
  return joined === '.' ? '' : joined;
}

/** A name below a directory, which is empty for the root. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

// Upstream's list (pkg/kustomize, IsLocalRelativePath), in which the prefix must be shorter than the path.
const REMOTE_PREFIXES = [
  'git::',
  'gh:',
  'ssh://',
  'https://',
  'http://',
  'git@',
  'github.com:',
  'github.com/',
];

/** Whether a component's path is one that Flux accepts: no remote prefix, not absolute even behind `file://` (KS-28). */
export function isLocalRelativePath(path: string): boolean {
  const lower = path.toLowerCase();
  if (REMOTE_PREFIXES.some((prefix) => lower.length > prefix.length && lower.startsWith(prefix)))
    return false;
  return !path.startsWith('/') && !lower.replace(/^file:\/\//, '').startsWith('/');
}

/** The directories of a tree, the root (empty string) among them: a tree holds files only, so an empty directory is not there. */
export function directoriesOf(tree: FileTree): ReadonlySet<string> {
  const directories = new Set<string>(['']);
  for (const file of tree.keys()) {
    for (let at = file.lastIndexOf('/'); at > 0; at = file.lastIndexOf('/', at - 1)) {
      const directory = file.slice(0, at);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  return directories;
}
