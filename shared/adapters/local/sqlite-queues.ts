import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Fault, messageOf } from '../../core/failures.ts';
import type { QueueName } from '../../core/messages.ts';
import {
  checkOutgoing,
  checkReceive,
  checkVisibility,
  DEAD_RETENTION_MS,
  DEDUPLICATION_MS,
  isFifo,
} from '../../core/queue-rules.ts';
import type { Chance, Clock, OutgoingMessage } from '../../ports.ts';
import { openQueueDatabase, transaction } from './sqlite-schema.ts';
import { createWakeups, type Wakeups } from './wakeups.ts';
import {
  type Depth,
  deathNotice,
  type Forgotten,
  type LocalDelivery,
  type WorkQueues,
} from './work-queues.ts';

/** Another process may have sent something, and cannot wake us: how often a waiting receiver looks, in ms. */
const FOREIGN_LOOK_MS = 1_000;
/** How often sends forget what is old, in ms. */
const HOUSEKEEPING_MS = 60_000;
/** Begins the receipt of a message that was given back and rests for a while: nobody holds it. */
const RELEASED = 'released ';

export interface SqliteQueuesOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** NORMAL (default) survives the death of the process, FULL a power cut too. */
  readonly synchronous?: 'NORMAL' | 'FULL';
}

/** The local queues; unlike SQS they can be told that no receiver is left. */
export interface SqliteQueues extends WorkQueues {
  /** Frees what a process that died still holds: only for whoever knows that nobody else receives. Returns how many messages. */
  freeHeld(): Promise<number>;
}

/** Every queue in one SQLite file with SQS's semantics; several processes may share it. Faults: `invalid`, `server-error`. */
export function openSqliteQueues(options: SqliteQueuesOptions): SqliteQueues {
  const database = openQueueDatabase(options.path, options.synchronous ?? 'NORMAL');
  const state: State = {
    database,
    statements: prepare(database),
    clock: options.clock,
    chance: options.chance,
    wakeups: createWakeups(options.clock),
    housekeptAt: 0,
  };
  return {
    send: async (queue, messages) => guarded(() => send(state, queue, messages)),
    receive: async (queue, max, visibilityMs, maxReceives) =>
      guarded(() => receive(state, { queue, max, visibilityMs, maxReceives: maxReceives ?? Infinity })),
    acknowledge: async (queue, deliveries) =>
      guarded(() =>
        forEachLease(state, queue, deliveries, (id, receipt) => state.statements.remove.run(id, receipt)),
      ),
    release: async (queue, deliveries, delayMs = 0) =>
      guarded(() => release(state, queue, deliveries, delayMs)),
    extend: async (queue, deliveries, visibilityMs) =>
      guarded(() => extend(state, queue, deliveries, visibilityMs)),
    waitForWork: (queue, signal) => waitForWork(state, queue, signal),
    depth: async (queue) => guarded(() => depth(state, queue)),
    freeHeld: async () =>
      guarded(() => Number(state.statements.freeHeld.run({ now: options.clock.now().getTime() }).changes)),
    housekeep: async () => guarded(() => housekeep(state)),
    close: () => database.close(),
  };
}

interface State {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly wakeups: Wakeups;
  housekeptAt: number;
}

interface Row {
  readonly id: string;
  readonly bundle: string | null;
  readonly body: string;
  readonly receives: number;
  readonly died_in: QueueName | null;
  readonly died_of: string | null;
}

type Statements = ReturnType<typeof prepare>;

/** FIFO: nothing of a group of which something is held. A held message is due when its lease has ended. */
const FIFO_READY = `queue = :queue AND (receipt IS NULL OR due <= :now) AND NOT EXISTS (
  SELECT 1 FROM messages AS held WHERE held.queue = messages.queue AND held.bundle = messages.bundle
  AND held.receipt IS NOT NULL AND held.due > :now)`;

function prepare(database: DatabaseSync) {
  const columns = 'id, bundle, body, receives, died_in, died_of';
  return {
    see: database.prepare(
      `INSERT INTO seen (queue, bundle, id, until) VALUES (:queue, :bundle, :id, :until)
       ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= :now`,
    ),
    insert: database.prepare('INSERT INTO messages (id, queue, bundle, body, due) VALUES (?, ?, ?, ?, ?)'),
    readyFifo: database.prepare(
      `SELECT ${columns} FROM messages WHERE ${FIFO_READY} ORDER BY position LIMIT :max`,
    ),
    readyStandard: database.prepare(
      `SELECT ${columns} FROM messages WHERE queue = :queue AND due <= :now ORDER BY due, position LIMIT :max`,
    ),
    hold: database.prepare('UPDATE messages SET receipt = ?, due = ?, receives = receives + 1 WHERE id = ?'),
    bury: database.prepare(
      `UPDATE messages SET queue = 'dead', bundle = ?, due = ?, receives = 0, receipt = NULL, died_in = queue,
       died_of = ? WHERE id = ?`,
    ),
    remove: database.prepare('DELETE FROM messages WHERE id = ? AND receipt = ?'),
    extend: database.prepare('UPDATE messages SET due = ? WHERE id = ? AND receipt = ?'),
    release: database.prepare('UPDATE messages SET due = ?, receipt = ? WHERE id = ? AND receipt = ?'),
    nextDue: database.prepare('SELECT min(due) AS due FROM messages WHERE queue = ? AND due > ?'),
    depth: database.prepare(
      `SELECT count(*) FILTER (WHERE due <= :now OR (receipt IS NULL AND bundle IS NOT NULL)) AS ready,
       count(*) FILTER (WHERE due > :now AND receipt IS NOT NULL) AS inFlight,
       count(*) FILTER (WHERE due > :now AND receipt IS NULL AND bundle IS NULL) AS delayed
       FROM messages WHERE queue = :queue`,
    ),
    freeHeld: database.prepare(
      `UPDATE messages SET due = :now, receipt = NULL
       WHERE receipt IS NOT NULL AND due > :now AND receipt NOT LIKE '${RELEASED}%'`,
    ),
    forget: database.prepare('DELETE FROM seen WHERE until <= ?'),
    // Of a dead letter, due is when it died, or when its reader gives it back.
    trim: database.prepare("DELETE FROM messages WHERE queue = 'dead' AND due <= ?"),
  } satisfies Record<string, StatementSync>;
}

function send(state: State, queue: QueueName, messages: readonly OutgoingMessage[]): void {
  for (const message of messages) checkOutgoing(queue, message);
  const now = state.clock.now().getTime();
  transaction(state.database, () => {
    for (const message of messages) insert(state, queue, message, now);
  });
  state.wakeups.notify(queue);
  if (now - state.housekeptAt >= HOUSEKEEPING_MS) housekeep(state);
}

function insert(state: State, queue: QueueName, message: OutgoingMessage, now: number): void {
  const { group = null, dedupId = null, delaySeconds = 0 } = message;
  if (isFifo(queue)) {
    const seen = { queue, bundle: group, id: dedupId, until: now + DEDUPLICATION_MS, now };
    if (state.statements.see.run(seen).changes === 0) return;
  }
  state.statements.insert.run(state.chance.uuid(), queue, group, message.body, now + delaySeconds * 1000);
}

interface Receive {
  readonly queue: QueueName;
  readonly max: number;
  readonly visibilityMs: number;
  readonly maxReceives: number;
}

function receive(state: State, wish: Receive): readonly LocalDelivery[] {
  checkReceive(wish.queue, wish.max, wish.visibilityMs);
  const now = state.clock.now().getTime();
  // A look without the write lock first: an idle receiver must not hold up other processes.
  if (ready(state, wish.queue, wish.max, now).length === 0) return [];
  return transaction(state.database, () => {
    for (;;) {
      const rows = ready(state, wish.queue, wish.max, now);
      const worn = rows.filter((row) => wish.queue !== 'dead' && row.receives >= wish.maxReceives);
      if (worn.length === 0) return rows.map((row) => hold(state, row, now + wish.visibilityMs));
      for (const row of worn) bury(state, wish.queue, row, now);
    }
  });
}

function ready(state: State, queue: QueueName, max: number, now: number): readonly Row[] {
  const statement = isFifo(queue) ? state.statements.readyFifo : state.statements.readyStandard;
  return statement.all({ queue, now, max }) as unknown as Row[];
}

function hold(state: State, row: Row, until: number): LocalDelivery {
  const receipt = state.chance.uuid();
  state.statements.hold.run(receipt, until, row.id);
  return {
    id: row.id,
    body: row.body,
    receiveCount: row.receives + 1,
    receipt,
    ...(row.bundle === null ? {} : { group: row.bundle }),
    ...(row.died_in === null ? {} : { died: { queue: row.died_in, reason: row.died_of ?? '' } }),
  };
}

function bury(state: State, queue: QueueName, row: Row, now: number): void {
  const notice = deathNotice(queue, row.bundle ?? undefined, row.receives);
  state.statements.bury.run(notice.group, now, notice.reason, row.id);
  state.wakeups.notify('dead');
}

function release(
  state: State,
  queue: QueueName,
  deliveries: readonly LocalDelivery[],
  delayMs: number,
): number {
  checkVisibility(queue, delayMs);
  const due = state.clock.now().getTime() + delayMs;
  // A new receipt keeps the group blocked until then, and makes the old one stale.
  const next = delayMs > 0 ? `${RELEASED}${state.chance.uuid()}` : null;
  return forEachLease(state, queue, deliveries, (id, receipt) =>
    state.statements.release.run(due, next, id, receipt),
  );
}

function extend(
  state: State,
  queue: QueueName,
  deliveries: readonly LocalDelivery[],
  visibilityMs: number,
): number {
  checkVisibility(queue, visibilityMs);
  const due = state.clock.now().getTime() + visibilityMs;
  return forEachLease(state, queue, deliveries, (id, receipt) =>
    state.statements.extend.run(due, id, receipt),
  );
}

function forEachLease(
  state: State,
  queue: QueueName,
  deliveries: readonly LocalDelivery[],
  change: (id: string, receipt: string) => { readonly changes: number | bigint },
): number {
  const changed = transaction(state.database, () =>
    deliveries.reduce((sum, { id, receipt }) => sum + Number(change(id, receipt).changes), 0),
  );
  state.wakeups.notify(queue);
  return changed;
}

async function waitForWork(state: State, queue: QueueName, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = state.clock.now().getTime();
    if (ready(state, queue, 1, now).length > 0) return;
    const next = state.statements.nextDue.get(queue, now) as unknown as { due: number | null };
    const untilDue = next.due === null ? FOREIGN_LOOK_MS : next.due - now;
    await state.wakeups.pause(queue, Math.min(untilDue, FOREIGN_LOOK_MS), signal);
  }
}

function depth(state: State, queue: QueueName): Depth {
  return { ...(state.statements.depth.get({ queue, now: state.clock.now().getTime() }) as unknown as Depth) };
}

function housekeep(state: State): Forgotten {
  const now = state.clock.now().getTime();
  state.housekeptAt = now;
  const dedupIds = Number(state.statements.forget.run(now).changes);
  return { dedupIds, deadLetters: Number(state.statements.trim.run(now - DEAD_RETENTION_MS).changes) };
}

/** SQLite's own errors (disk full, locked for too long) are faults of the server's side. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('server-error', `local queue: ${messageOf(error)}`, {}, error);
  }
}
