import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DIRECTORY_MODE, FILE_MODE } from './files.ts';

/** How long a statement waits for another process's write. */
const BUSY_TIMEOUT_MS = 10_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS messages (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  bundle TEXT,                      -- the FIFO group
  body TEXT NOT NULL,
  due INTEGER NOT NULL,             -- ms: visible from then on; of a held message, the lease's end
  receives INTEGER NOT NULL DEFAULT 0,
  receipt TEXT,                     -- set while held
  died_in TEXT,
  died_of TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue, position);
CREATE INDEX IF NOT EXISTS messages_by_due ON messages (queue, due, position);
CREATE INDEX IF NOT EXISTS messages_held ON messages (queue, bundle, due) WHERE receipt IS NOT NULL;
CREATE TABLE IF NOT EXISTS seen (
  queue TEXT NOT NULL,
  bundle TEXT NOT NULL,
  id TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (queue, bundle, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_until ON seen (until);
`;

/** Opens (and creates, mode 0600) the queues' database. What is committed survives `kill -9`; `synchronous` FULL also a power cut. */
export function openQueueDatabase(path: string, synchronous: 'NORMAL' | 'FULL'): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
  // SQLite gives its -wal and -shm files the mode of the database itself.
  closeSync(openSync(path, 'a', FILE_MODE));
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(SCHEMA);
  return database;
}

/** Runs `work` in one write transaction, rolled back when it throws. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
