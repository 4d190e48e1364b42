import { inflateTar, malformed, tarEntries } from '../core/tar/tar-entries.ts';
import type { FileTree } from '../ports.ts';
import type { ArtifactLimits } from './limits.ts';

/**
 * The regular files of a tar.gz, as views into one buffer. Faults: `malformed` (not an archive; links, devices; names
 * that are absolute, leave the root or repeat a directory), `too-large` (a limit).
 */
export function readTarGz(bytes: Uint8Array, limits: ArtifactLimits): FileTree {
  const files = new Map<string, Uint8Array>();
  for (const { kind, path, body } of tarEntries(inflateTar(bytes, limits.inflatedBytes), limits)) {
    if (kind === 'directory') continue;
    if (kind !== 'file') throw malformed(`entry '${path}' is neither a file nor a directory`);
    if (path === '') throw malformed('a file has no name');
    files.set(path, body);
  }
  return files;
}
