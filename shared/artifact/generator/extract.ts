import { Fault } from '../../core/failures.ts';
import { inflateTar, malformed, tarEntries } from '../../core/tar/tar-entries.ts';
import { bytesOf, type Directory, emptyDirectory } from '../directory.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { type Budget, type Cost, GENERATOR_LIMITS } from './budget.ts';
import { folderAt, spendEntries } from './tree-paths.ts';

/** Whether a file is one that can be extracted, by its name. */
export function isArchive(path: string): boolean {
  return /\.(tar\.gz|tgz)$/i.test(path);
}

/**
 * Unpacks a tar.gz into the folder at `path`, over what is there (AG-14). Faults: `malformed` (no archive, links, names
 * that leave the folder, a file where a folder is), `too-large`.
 */
export function extractInto(root: Directory, path: string, bytes: Uint8Array, budget: Budget): void {
  unpackInto(
    folderAt(root, path, budget),
    bytes,
    Math.min(GENERATOR_LIMITS.extractedBytes, budget.left('inflatedBytes')),
    budget,
  );
}

/** A source's files and folders. Faults as `extractInto`'s. */
export function unpackSource(bytes: Uint8Array, budget: Budget): Directory {
  const root = emptyDirectory();
  budget.renew('entries');
  unpackInto(root, bytes, budget.left('inflatedBytes'), budget);
  return root;
}

function unpackInto(root: Directory, bytes: Uint8Array, maxBytes: number, budget: Budget): void {
  const tar = inflateTar(bytes, maxBytes);
  budget.spend('inflatedBytes' satisfies Cost, tar.length);
  for (const { kind, path, isExecutable, body } of tarEntries(tar, DEFAULT_LIMITS)) {
    if (kind !== 'file' && kind !== 'directory') throw refused(path, kind);
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (kind === 'directory') {
      folderAt(root, path, budget);
      continue;
    }
    if (name === '') throw malformed('a file has no name');
    const folder = slash === -1 ? root : folderAt(root, path.slice(0, slash), budget);
    if (folder.children.get(bytesOf(name))?.kind === 'directory')
      throw malformed(`'${path}' is a file and a directory`);
    spendEntries(budget, 1);
    folder.children.set(bytesOf(name), { kind: isExecutable ? 'executable' : 'file', data: body });
  }
}

function refused(path: string, kind: 'symlink' | 'other'): Fault {
  return kind === 'symlink'
    ? new Fault('malformed', `tar file entry ${path} is a symlink, which is not allowed in this context`)
    : new Fault(
        'malformed',
        `tar file entry ${path} is a link or a device, which is not allowed in this context`,
      );
}
