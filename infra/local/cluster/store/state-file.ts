import { closeSync, existsSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault, messageOf } from '../../../../shared/core/failures.ts';
import type { Change, Entry } from '../model.ts';
import { restoreEntry } from './entry.ts';

/** `Slce`: SQLite's mark of whose file it is. */
const APPLICATION_ID = 0x536c6365;

/** Of the tables below; a file of another format is refused. */
const FORMAT = 1;

/** Revisions that are left out after a process died: clients may have seen some that were never written. */
const LOST_REVISIONS = 100_000;

/** Of a new file: nobody but its owner may read or write it. */
const OWNER_ONLY = 0o600;

/** Of SQLite's own cache, in KiB: the state is in memory already. */
const CACHE_KIB = 64;

const TABLES = `
CREATE TABLE objects (
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  rest TEXT NOT NULL,
  PRIMARY KEY (resource, namespace, name)
) STRICT;
CREATE TABLE state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL,
  closed INTEGER NOT NULL           -- whether its last process closed it
) STRICT;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${FORMAT};
`;

/** A cluster's state in a file: written behind, once a turn of the event loop, in one transaction. */
export interface StateFile {
  /** Where to go on; undefined of a new file. */
  readonly revision: number | undefined;
  entries(): readonly Entry[];
  /** Throws when an earlier change could not be written, and still cannot. */
  demandWritable(): void;
  /** Notes a change to be written. */
  write(change: Change): void;
  flush(): void;
  close(): void;
}

/** Opens or creates the state in `file`; one process at a time. Throws Fault. */
export function openStateFile(file: string): StateFile {
  const database = openDatabase(file);
  const revision = readRevision(database, file);
  let changes: Change[] = [];
  let planned: NodeJS.Immediate | undefined;
  let failure: Fault | undefined;

  function flush(closed = false): void {
    if (planned) clearImmediate(planned);
    planned = undefined;
    if (changes.length === 0 && !closed) return;
    try {
      save(database, changes, closed);
      changes = [];
      failure = undefined;
    } catch (error) {
      failure = new Fault('server-error', `cannot write the cluster's state to ${file}: ${messageOf(error)}`);
      throw failure;
    }
  }

  function flushBehind(): void {
    try {
      flush();
    } catch {
      // The next write of the cluster tells it.
    }
  }

  return {
    revision,
    entries: () => readEntries(database, file),
    demandWritable() {
      if (failure) flush();
    },
    write(change) {
      changes.push(change);
      planned ??= setImmediate(flushBehind);
    },
    flush: () => flush(),
    close() {
      if (!database.isOpen) return;
      try {
        flush(true);
      } finally {
        database.close();
      }
    },
  };
}

function openDatabase(file: string): DatabaseSync {
  // Loaded by those who keep a file only.
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    // Private keys and Secrets are in it; SQLite gives the files beside it the same mode. One that is there is not
    // opened: closing it would let go of SQLite's own locks.
    if (!existsSync(file)) closeSync(openSync(file, 'wx', OWNER_ONLY));
    database = new Database(file, { timeout: 0 });
    // An exclusive lock keeps others out, and WAL's index in memory instead of a second file.
    database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -${CACHE_KIB};`);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    prepare(database, file);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof Fault ? error : faultOf(file, error);
  }
}

function prepare(database: DatabaseSync, file: string): void {
  database.exec('BEGIN IMMEDIATE');
  const application = numberOf(database, 'PRAGMA application_id');
  const format = numberOf(database, 'PRAGMA user_version');
  const objects = numberOf(database, 'SELECT count(*) FROM sqlite_schema');
  if (application === 0 && format === 0 && objects === 0) {
    database.exec(TABLES);
  } else if (application !== APPLICATION_ID) {
    throw new Fault('malformed', `${file} is another program's database: choose another file`, { file });
  } else if (format !== FORMAT) {
    const what = `${file} keeps a cluster in format ${format}, and this program reads format ${FORMAT}`;
    throw new Fault('unsupported', `${what}: choose another file, or use the program that wrote it`, {
      file,
    });
  } else if (textOf(database, 'PRAGMA quick_check(1)') !== 'ok') {
    throw new Fault('malformed', damaged(file), { file });
  }
  database.exec('COMMIT');
}

/** SQLite's codes for a file that another process holds, that is none of its own, and that is damaged. */
const BUSY = 5;
const NOT_A_DATABASE = 26;
const CORRUPT = 11;

function faultOf(file: string, error: unknown): Fault {
  const code = (error as { errcode?: number }).errcode;
  const data = { file };
  if (code === BUSY) return new Fault('conflict', `${file} is in use by another process`, data, error);
  if (code === NOT_A_DATABASE) {
    return new Fault('malformed', `${file} is not the state of a cluster: choose another file`, data, error);
  }
  if (code === CORRUPT) return new Fault('malformed', damaged(file), data, error);
  return new Fault(
    'server-error',
    `cannot open the cluster's state in ${file}: ${messageOf(error)}`,
    data,
    error,
  );
}

function damaged(file: string): string {
  return `${file} is damaged: delete it to begin with an empty cluster, or put a copy back`;
}

function readRevision(database: DatabaseSync, file: string): number | undefined {
  try {
    const row = database.prepare('SELECT revision, closed FROM state').get();
    if (!row) return undefined;
    database.exec('UPDATE state SET closed = 0');
    return Number(row.revision) + (row.closed === 1 ? 0 : LOST_REVISIONS);
  } catch (error) {
    database.close();
    throw faultOf(file, error);
  }
}

function readEntries(database: DatabaseSync, file: string): readonly Entry[] {
  try {
    const rows = database.prepare('SELECT resource, revision, metadata, rest FROM objects').all();
    return rows.map(({ resource, revision, metadata, rest }) =>
      restoreEntry(String(resource), Number(revision), String(metadata), String(rest)),
    );
  } catch (error) {
    database.close();
    throw error instanceof SyntaxError
      ? new Fault('malformed', damaged(file), { file })
      : faultOf(file, error);
  }
}

function save(database: DatabaseSync, changes: readonly Change[], closed: boolean): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const put = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)');
    const remove = database.prepare('DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?');
    for (const { type, entry } of changes) {
      const { id, namespace, name, revision, metadata, rest } = entry;
      if (type === 'DELETED') remove.run(id, namespace, name);
      else put.run(id, namespace, name, revision, metadata, rest);
    }
    const last = changes.at(-1)?.entry.revision;
    const state = 'INSERT INTO state VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET closed = excluded.closed';
    if (last !== undefined)
      database.prepare(`${state}, revision = excluded.revision`).run(last, Number(closed));
    else database.prepare('UPDATE state SET closed = ?').run(Number(closed));
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function numberOf(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0]);
}

function textOf(database: DatabaseSync, query: string): string {
  return String(Object.values(database.prepare(query).get() ?? {})[0]);
}
