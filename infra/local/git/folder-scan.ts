import { lstatSync, type Stats } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isIgnored } from 'isomorphic-git';
import { messageOf } from '../../../shared/core/failures.ts';
import { codeOf, fileSystem, isMissing } from './file-system.ts';
import type { Objects } from './objects.ts';
import { type Leaf, MODE, pathBytes } from './trees.ts';

/** A file as it lies in the folder, and what Git's index keeps of it. */
export interface ScannedFile extends Leaf {
  readonly stats: Stats | undefined;
}

/** What a folder holds. */
export interface Scan {
  /** By path (bytes, one a character). */
  readonly files: ReadonlyMap<string, ScannedFile>;
  /** Folders that were looked into, as absolute paths. */
  readonly folders: readonly string[];
  /** Something changed while it was read: look again. */
  readonly unsettled: boolean;
  /** What could not be read and stays as it was committed. */
  readonly problems: readonly string[];
}

/** Looks at a folder; files that look as before are not read again. */
export interface FolderScanner {
  /** `committed` stays in what cannot be read, and is never ignored. */
  scan(committed: ReadonlyMap<string, Leaf>): Promise<Scan>;
}

interface Known extends Leaf {
  readonly looks: string;
}

interface Scanning {
  readonly directory: string;
  readonly committed: ReadonlyMap<string, Leaf>;
  /** With committed files somewhere below, each ending in a slash. */
  readonly trackedFolders: ReadonlySet<string>;
  readonly folders: string[];
  readonly problems: string[];
  readonly files: Map<string, ScannedFile>;
  unsettled: boolean;
}

/** A file above this is not committed: the largest that a source may hold. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
/**
 * Names of editors' own files: vim (`4913`, `.x.swp`), emacs (`#x#`, `.#x`, `x~`), LibreOffice, JetBrains, GNOME, KDE,
 * sed, and what desktops leave.
 */
const TEMPORARY =
  /^(?:4913|.*~|\..*\.sw[a-z]|\.#.*|#.*#|\.~lock\..*#|.*___jb_(?:tmp|old)___|\.goutputstream-.*|.*\.kate-swp|sed[A-Za-z0-9]{6}|\.DS_Store|Thumbs\.db)$/;

/** Scans the work tree at `directory`, writing what is new there into `objects`. */
export function createFolderScanner(directory: string, objects: Objects): FolderScanner {
  let known = new Map<string, Known>();
  return {
    async scan(committed) {
      const next = new Map<string, Known>();
      const trackedFolders = foldersOf(committed.keys());
      const scanning: Scanning = {
        ...{ directory, committed, trackedFolders, folders: [], problems: [], files: new Map() },
        unsettled: false,
      };
      const file = async (path: string, stats: Stats): Promise<void> => {
        const looks = `${stats.mtimeMs} ${stats.ctimeMs} ${stats.size} ${stats.ino} ${stats.mode}`;
        const before = known.get(path);
        const leaf = before?.looks === looks ? before : await readLeaf(scanning, objects, path, stats);
        if (leaf === undefined) return keepCommitted(scanning, path);
        const { mode, id } = leaf;
        next.set(path, { mode, id, looks });
        scanning.files.set(path, { mode, id, stats });
      };
      await walk(scanning, '', file);
      known = next;
      return scanning;
    },
  };
}

async function walk(
  scanning: Scanning,
  folder: string,
  file: (path: string, stats: Stats) => Promise<void>,
): Promise<void> {
  const { directory, committed, folders, trackedFolders } = scanning;
  const absolute = join(directory, pathBytes.text(folder));
  folders.push(absolute);
  for (const name of await namesIn(scanning, absolute, folder)) {
    const path = folder + pathBytes.of(nameOf(name));
    const stats = lstatSync(join(absolute, name), { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      const below = `${path}/`;
      const foreign = committed.get(path)?.mode === MODE.submodule || isRepository(join(absolute, name));
      if (foreign) keepBelow(scanning, path);
      else if (trackedFolders.has(below) || !(await isLeftOut(directory, below)))
        await walk(scanning, below, file);
    } else if (stats?.isFile() || stats?.isSymbolicLink()) {
      const unwanted = TEMPORARY.test(name) || (!committed.has(path) && (await isLeftOut(directory, path)));
      if (!unwanted || committed.has(path)) await file(path, stats);
    }
  }
}

function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let end = path.lastIndexOf('/'); end !== -1; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end + 1));
  return folders;
}

/** The folder itself must be there; what goes away meanwhile is gone. */
async function namesIn(scanning: Scanning, absolute: string, folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(absolute)).filter((name) => name.toLowerCase() !== '.git');
  } catch (error) {
    if (folder === '') throw error;
    if (isMissing(error)) return [];
    scanning.problems.push(`${pathBytes.text(folder)} cannot be read: ${codeOf(error) ?? messageOf(error)}`);
    keepBelow(scanning, folder.slice(0, -1));
    return [];
  }
}

/** Names on macOS may come decomposed; Git composes them there. */
function nameOf(name: string): string {
  return process.platform === 'darwin' ? name.normalize('NFC') : name;
}

function isLeftOut(directory: string, path: string): Promise<boolean> {
  return isIgnored({ fs: fileSystem, dir: directory, filepath: pathBytes.text(path) });
}

/** Repositories inside of the folder are somebody else's. */
function isRepository(folder: string): boolean {
  return lstatSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined;
}

function keepBelow(scanning: Scanning, path: string): void {
  for (const known of scanning.committed.keys())
    if (known === path || known.startsWith(`${path}/`)) keepCommitted(scanning, known);
}

function keepCommitted({ files, committed }: Scanning, path: string): void {
  const leaf = committed.get(path);
  if (leaf) files.set(path, { ...leaf, stats: undefined });
}

/** Undefined for what cannot be committed now. */
async function readLeaf(
  scanning: Scanning,
  objects: Objects,
  path: string,
  stats: Stats,
): Promise<Leaf | undefined> {
  const shown = pathBytes.text(path);
  const absolute = join(scanning.directory, shown);
  if (stats.size > MAX_FILE_BYTES) {
    scanning.problems.push(`${shown} is larger than ${MAX_FILE_BYTES} bytes: not committed`);
    return undefined;
  }
  try {
    const link = stats.isSymbolicLink();
    const data = link ? await readlink(absolute, 'buffer') : await readFile(absolute);
    const after = lstatSync(absolute);
    const same = after.mtimeMs === stats.mtimeMs && after.size === stats.size && after.ino === stats.ino;
    if (same && (link || data.length === after.size)) {
      const mode = link ? MODE.symlink : modeOf(stats, scanning.committed.get(path));
      return { mode, id: await objects.write('blob', data) };
    }
    // It is being written: as it was committed, until it rests.
    scanning.unsettled = true;
  } catch (error) {
    if (isMissing(error)) scanning.unsettled = true;
    else scanning.problems.push(`${shown} cannot be read: ${codeOf(error) ?? messageOf(error)}`);
  }
  return undefined;
}

/** Windows knows no executable bit: there it stays as committed. */
function modeOf(stats: Stats, committed: Leaf | undefined): string {
  if (process.platform === 'win32') return committed?.mode === MODE.executable ? MODE.executable : MODE.file;
  return stats.mode & 0o100 ? MODE.executable : MODE.file;
}
