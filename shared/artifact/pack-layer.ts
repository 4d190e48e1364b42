import { Fault } from '../core/failures.ts';
import { inflateTar, malformed, tarEntries } from '../core/tar/tar-entries.ts';
import { type TarGz, writeTarGz } from '../core/tar/write-tar-gz.ts';
import { bytesOf, type Directory, elementsOf, emptyDirectory, membersOf, textOf } from './directory.ts';
import type { ArtifactLimits } from './limits.ts';

/**
 * From a tar.gz of others to a normalised one: symlinks are dropped, ignore files and `ignore` obeyed (COM-17 to
 * COM-20). Faults: `malformed` (not a tar.gz; hard links, devices; names that leave the root), `too-large` (a limit).
 */
export async function packLayer(
  bytes: Uint8Array,
  ignore: string | undefined,
  limits: ArtifactLimits,
): Promise<TarGz> {
  return writeTarGz(membersOf(unpack(bytes, limits), ignore), limits.packBytes);
}

/** The regular files and directories of a tar.gz. Faults as `packLayer`'s. */
export function unpack(bytes: Uint8Array, limits: ArtifactLimits): Directory {
  const root = emptyDirectory();
  const made = { count: 0 };
  for (const { kind, path, isExecutable, body } of tarEntries(
    inflateTar(bytes, limits.inflatedBytes),
    limits,
  )) {
    if (kind === 'symlink') continue;
    if (kind === 'other')
      throw malformed(`entry '${path}' is a link or a device, which no artifact can have`);
    const names = elementsOf(bytesOf(path));
    const name = kind === 'file' ? names.pop() : undefined;
    if (kind === 'file' && name === undefined) throw malformed('a file has no name');
    const directory = directoryOf(root, names, made, limits);
    if (name === undefined) continue;
    if (directory.children.get(name)?.kind === 'directory')
      throw malformed(`'${path}' is a file and a directory`);
    directory.children.set(name, { kind: isExecutable ? 'executable' : 'file', data: body });
  }
  return root;
}

function directoryOf(
  root: Directory,
  names: readonly string[],
  made: { count: number },
  limits: ArtifactLimits,
): Directory {
  let directory = root;
  for (const name of names) {
    const child = directory.children.get(name) ?? emptyDirectory();
    if (child.kind !== 'directory') throw malformed(`'${textOf(names.join('/'))}' is below a file`);
    if (!directory.children.has(name)) {
      made.count++;
      // One entry can make as many directories as its path has parts.
      if (made.count > limits.entries) throw tooMany(limits.entries);
      directory.children.set(name, child);
    }
    directory = child;
  }
  return directory;
}

function tooMany(limit: number): Fault {
  return new Fault('too-large', `the archive has more than ${limit} files and directories`, { limit });
}
