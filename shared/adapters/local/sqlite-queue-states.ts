import { Fault, messageOf } from '../../core/failures.ts';
import { QUEUES, type QueueName } from '../../core/messages.ts';
import type { QueueState } from '../../core/queue-state.ts';
import { openQueueDatabase } from './sqlite-schema.ts';

interface Row {
  readonly queue: QueueName;
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
  readonly oldest: number | null;
}

/** How every queue in the file at `path` is, without taking anything. Faults: `server-error`. */
export function readQueueStates(path: string, now: Date): readonly QueueState[] {
  try {
    const database = openQueueDatabase(path, 'NORMAL');
    try {
      const rows = database
        .prepare(
          `SELECT queue, count(*) FILTER (WHERE due <= :now) AS ready, min(due) FILTER (WHERE due <= :now) AS oldest,
           count(*) FILTER (WHERE due > :now AND receipt IS NOT NULL) AS inFlight,
           count(*) FILTER (WHERE due > :now AND receipt IS NULL) AS delayed FROM messages GROUP BY queue`,
        )
        .all({ now: now.getTime() }) as unknown as readonly Row[];
      return QUEUES.map((queue) => stateOf(queue, rows));
    } finally {
      database.close();
    }
  } catch (error) {
    throw new Fault('server-error', `local queue: ${messageOf(error)}`, { path }, error);
  }
}

function stateOf(queue: QueueName, rows: readonly Row[]): QueueState {
  const {
    ready = 0,
    inFlight = 0,
    delayed = 0,
    oldest = null,
  } = rows.find((row) => row.queue === queue) ?? {};
  return { queue, ready, inFlight, delayed, ...(oldest !== null && { oldest: new Date(oldest) }) };
}
