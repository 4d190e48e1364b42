import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../core/failures.ts';
import { DIRECTORY_MODE } from './files.ts';

/**
 * Says that the local runtime runs on `stateDirectory`, until the returned function is called or the process dies: the
 * operating system lets go of SQLite's lock. Fault `conflict` when another process already does.
 */
export function announceRunning(stateDirectory: string): () => void {
  mkdirSync(stateDirectory, { recursive: true, mode: DIRECTORY_MODE });
  const lock = tryLock(stateDirectory);
  if (lock) return () => lock.close();
  const text = `another process already runs on ${stateDirectory}; stop it, or choose another directory`;
  throw new Fault('conflict', text, { stateDirectory });
}

/** Whether a process runs on `stateDirectory` at this moment. */
export function isRunning(stateDirectory: string): boolean {
  if (!existsSync(lockFile(stateDirectory))) return false;
  const lock = tryLock(stateDirectory);
  lock?.close();
  return lock === undefined;
}

function lockFile(stateDirectory: string): string {
  return join(stateDirectory, 'runtime.lock');
}

function tryLock(stateDirectory: string): DatabaseSync | undefined {
  const database = new DatabaseSync(lockFile(stateDirectory), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}
