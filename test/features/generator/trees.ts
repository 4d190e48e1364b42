import { bytesOf, type Directory, directoryAt, emptyDirectory } from '../../../shared/artifact/directory.ts';
import type { TarMember } from '../../../shared/core/tar/tar-header.ts';
import { writeTarGz } from '../../../shared/core/tar/write-tar-gz.ts';

/** Files by path; `.sh` are programs. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const kindOf = (path: string) => (path.endsWith('.sh') ? ('executable' as const) : ('file' as const));

/** Files in memory, as a source has them. */
export function treeOf(files: Files): Directory {
  const root = emptyDirectory();
  for (const [path, text] of Object.entries(files)) {
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? root : directoryAt(root, bytesOf(path.slice(0, slash)));
    folder.children.set(bytesOf(path.slice(slash + 1)), { kind: kindOf(path), data: Buffer.from(text) });
  }
  return root;
}

/** Files as a tar.gz. */
export async function archiveOf(files: Files, ...more: readonly TarMember[]): Promise<Uint8Array> {
  const members = Object.entries(files).map(([path, text]): TarMember => {
    return { path: bytesOf(path), kind: kindOf(path), data: Buffer.from(text) };
  });
  return (await writeTarGz([...members, ...more], 1e9)).body;
}
