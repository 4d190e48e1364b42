import { closeSync, openSync, rmdirSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { checkKey, checkPrecondition, checkPutCondition, compareKeys } from '../../core/object-keys.ts';
import type { Chance, Clock, ObjectStore, PutCondition, StoredEntry } from '../../ports.ts';
import {
  asFaults,
  FILE_MODE,
  isAbsent,
  moveIntoPlace,
  prepareTemporaries,
  syncDirectories,
  writeTemporary,
} from './files.ts';
import { directoryOfPrefix, keyOfPath, pathOfKey } from './key-paths.ts';
import { headerOf, parseStored, readHeader, readHeaderNow } from './stored-file.ts';

/** How long a writer waits for another process's writer, in ms. */
const LOCK_TIMEOUT_MS = 10_000;

export interface DirectoryStoreOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly chance: Chance;
}

interface State extends DirectoryStoreOptions {
  readonly objects: string;
  readonly temporaries: string;
  readonly lock: Lock;
}

interface Lock {
  readonly take: StatementSync;
  readonly letGo: StatementSync;
  readonly close: () => void;
}

/** An object store whose files several processes may share; `close` lets go of its lock file. */
export interface DirectoryStore extends ObjectStore {
  close(): void;
}

/**
 * Objects as files under `<directory>/objects`. A put writes and flushes a temporary file, then takes the writers' lock,
 * looks at the condition and renames, so a reader sees the old or the new object, never a part. The lock is SQLite's on
 * an empty database: the operating system lets go of it when its holder dies, so there are no stale locks to break.
 */
export async function openDirectoryStore(options: DirectoryStoreOptions): Promise<DirectoryStore> {
  const temporaries = join(options.directory, 'temporary');
  await asFaults('object store', () => prepareTemporaries(temporaries, options.clock.now().getTime()));
  const state: State = {
    ...options,
    objects: join(options.directory, 'objects'),
    temporaries,
    lock: openLock(join(options.directory, 'writers.lock')),
  };
  return {
    get: async (key) => {
      checkKey(key);
      return asFaults(`get ${key}`, async () => {
        const file = await unlessAbsent(readFile(fileOf(state, key)));
        return file && parseStored(key, file);
      });
    },
    head: async (key) => {
      checkKey(key);
      return asFaults(`head ${key}`, () => entryAt(state, key));
    },
    put: async (key, body, condition) => {
      checkKey(key);
      checkPutCondition(condition);
      return asFaults(`put ${key}`, () => put(state, key, body, condition));
    },
    delete: async (key, condition) => {
      checkKey(key);
      await asFaults(`delete ${key}`, () => remove(state, key, condition));
    },
    list: (prefix) => list(state, prefix),
    close: () => state.lock.close(),
  };
}

function openLock(path: string): Lock {
  closeSync(openSync(path, 'a', FILE_MODE));
  const database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
  const [take, letGo] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('ROLLBACK')];
  return { take, letGo, close: () => database.close() };
}

function fileOf(state: State, key: string): string {
  return join(state.objects, pathOfKey(key));
}

async function put(state: State, key: string, body: Uint8Array, condition: PutCondition | undefined) {
  const header = headerOf(body, state.clock.now());
  const temporary = join(state.temporaries, state.chance.uuid());
  const target = fileOf(state, key);
  await writeTemporary(temporary, [header.bytes, body]);
  try {
    const created = locked(state, () => {
      if (condition !== undefined) checkPrecondition(key, readHeaderNow(target)?.etag, condition);
      return moveIntoPlace(temporary, target);
    });
    await syncDirectories(dirname(target), created);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return { etag: header.etag };
}

async function remove(
  state: State,
  key: string,
  condition: { readonly ifMatch?: string } | undefined,
): Promise<void> {
  const target = fileOf(state, key);
  locked(state, () => {
    const stored = readHeaderNow(target);
    if (stored === undefined) return;
    checkPrecondition(key, stored.etag, condition);
    rmSync(target);
    removeEmptyParents(state.objects, dirname(target));
  });
  await syncDirectories(dirname(target), undefined);
}

/** Everything inside is synchronous: nobody else in this process runs, and other processes wait. */
function locked<T>(state: State, work: () => T): T {
  state.lock.take.run();
  try {
    return work();
  } finally {
    state.lock.letGo.run();
  }
}

function removeEmptyParents(root: string, directory: string): void {
  for (let empty = directory; empty !== root; empty = dirname(empty)) {
    try {
      rmdirSync(empty);
    } catch {
      // Not empty: it and all above it stay.
      return;
    }
  }
}

async function entryAt(state: State, key: string): Promise<StoredEntry | undefined> {
  const header = await unlessAbsent(readHeader(fileOf(state, key)));
  return header && { key, size: header.size, etag: header.etag, lastModified: header.lastModified };
}

async function* list(state: State, prefix: string): AsyncIterable<StoredEntry> {
  const start = join(state.objects, directoryOfPrefix(prefix));
  const keys = await asFaults(`list ${prefix}`, () => keysUnder(state.objects, start));
  for (const key of keys.filter((key) => key.startsWith(prefix)).toSorted(compareKeys)) {
    const entry = await asFaults(`list ${prefix}`, () => entryAt(state, key));
    if (entry !== undefined) yield entry;
  }
}

async function keysUnder(root: string, directory: string): Promise<string[]> {
  const found = (await unlessAbsent(readdir(directory, { withFileTypes: true }))) ?? [];
  const keys: string[] = [];
  for (const item of found) {
    const path = join(directory, item.name);
    if (item.isDirectory()) keys.push(...(await keysUnder(root, path)));
    const key = item.isFile() ? keyOfPath(relative(root, path)) : undefined;
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
