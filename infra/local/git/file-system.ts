import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

type ReadOptions = Readonly<{ encoding?: BufferEncoding }> | BufferEncoding;

/**
 * The file system as isomorphic-git wants it. What is small is done at once, which is several times faster than a trip
 * through the thread pool; files appear whole, so that a reader or a crash never meets half an object.
 */
export const fileSystem = {
  promises: {
    readFile: async (path: string, options: ReadOptions = {}) => {
      if (isLarge(path)) return readFile(path, options);
      const encoding = typeof options === 'string' ? options : options.encoding;
      return encoding === undefined ? readFileSync(path) : readFileSync(path, encoding);
    },
    writeFile: async (path: string, data: string | Uint8Array) => writeWhole(path, data),
    stat: async (path: string) => statSync(path),
    lstat: async (path: string) => lstatSync(path),
    ...{ mkdir, rmdir, unlink, readdir, readlink, symlink },
  },
};

// Names of files that are not there yet, different for every process and write.
let written = 0;

/** Writes `path`, and the folders it needs, so that it appears at once with all it holds. */
export function writeWhole(path: string, data: string | Uint8Array): void {
  const fresh = `${path}.${process.pid}-${++written}.tmp`;
  try {
    writeThere(fresh, data);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function writeThere(path: string, data: string | Uint8Array): void {
  try {
    writeFileSync(path, data);
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
}

/** Whether an error of the file system says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The file system's code of an error, such as `EEXIST`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** A file's text, undefined when it is not there. */
export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || codeOf(error) === 'EISDIR') return undefined;
    throw error;
  }
}

function isLarge(path: string): boolean {
  return path.endsWith('.pack') || path.endsWith('.idx');
}
