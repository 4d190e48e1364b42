import { closeSync, fsync, mkdirSync, openSync, renameSync, write, writeSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, messageOf } from '../../core/failures.ts';

/** Only the owner may read what lies in the state directory. */
export const FILE_MODE = 0o600;
/** Only the owner may enter the state directory. */
export const DIRECTORY_MODE = 0o700;

/** A temporary file older than this belonged to a process that died, in ms. */
const ABANDONED_MS = 60 * 60_000;

/** Bytes that are copied into the system's cache in less time than it takes to ask another thread for it. */
const WRITTEN_AT_ONCE = 64 * 1024;

const flush = promisify(fsync);
const writeElsewhere = promisify(write);

/** Writes a whole file, flushed to disk, that nobody sees yet; for a small one only the flush waits for another thread. */
export async function writeTemporary(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file = openSync(path, 'wx', FILE_MODE);
  try {
    for (const chunk of chunks) await writeWhole(file, chunk);
    await flush(file);
  } finally {
    closeSync(file);
  }
}

/** A system may take less than it is given. */
async function writeWhole(file: number, chunk: Uint8Array): Promise<void> {
  const isSmall = chunk.byteLength <= WRITTEN_AT_ONCE;
  for (let at = 0; at < chunk.byteLength; ) {
    at += isSmall ? writeSync(file, chunk, at) : (await writeElsewhere(file, chunk, at)).bytesWritten;
  }
}

/**
 * Moves a temporary file to its place, in one step for everybody who looks; returns the topmost directory that had to
 * be created for it.
 */
export function moveIntoPlace(temporary: string, target: string): string | undefined {
  const created = mkdirSync(dirname(target), { recursive: true, mode: DIRECTORY_MODE });
  renameSync(temporary, target);
  return created;
}

/** Makes a change in `directory` survive a power cut, and its own creation from `created` (the topmost new one) on. */
export async function syncDirectories(directory: string, created: string | undefined): Promise<void> {
  await syncDirectory(directory);
  if (created === undefined) return;
  for (let path = directory; path.length >= created.length; ) {
    path = dirname(path);
    await syncDirectory(path);
  }
}

async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = openSync(path, 'r');
    await flush(directory).finally(() => closeSync(directory));
  } catch (error) {
    // Somebody removed it again, and so what was in it.
    if (!isAbsent(error)) throw error;
  }
}

/** Creates the directory for temporary files and clears what dead processes left there. */
export async function prepareTemporaries(path: string, now: number): Promise<void> {
  await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  for (const name of await readdir(path)) {
    const file = join(path, name);
    const age = await stat(file).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(file, { force: true });
  }
}

/** Whether the operating system said that there is no such file or directory. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** The text of a file; undefined when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Runs `work`; what the operating system refuses becomes Fault `server-error`. */
export async function asFaults<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('server-error', `${what}: ${messageOf(error)}`, {}, error);
  }
}
