import { type DeadLetter, readDeadLetter } from '../../core/dead-letters.ts';
import { Fault, messageOf } from '../../core/failures.ts';
import type { QueueName } from '../../core/messages.ts';
import type { DeadLetters } from '../../ports.ts';
import { openQueueDatabase } from './sqlite-schema.ts';

/** The dead letters in the local queues' file. */
export interface SqliteDeadLetters extends DeadLetters {
  readonly close: () => void;
}

interface Row {
  readonly id: string;
  readonly bundle: string | null;
  readonly body: string;
  readonly due: number;
  readonly died_in: QueueName | null;
  readonly died_of: string | null;
}

/** Reads and removes dead letters beside whoever works on the queues at `path`. Faults: `server-error`. */
export function openSqliteDeadLetters(path: string): SqliteDeadLetters {
  const database = openQueueDatabase(path, 'NORMAL');
  const all = database.prepare(
    `SELECT id, bundle, body, due, died_in, died_of FROM messages WHERE queue = 'dead' ORDER BY position`,
  );
  const remove = database.prepare("DELETE FROM messages WHERE queue = 'dead' AND id = ?");
  return {
    async hold(look) {
      const letters = guarded(() => all.all() as unknown as readonly Row[])
        .map(letterOf)
        .toSorted((one, other) => one.diedAt.getTime() - other.diedAt.getTime());
      return look({
        letters,
        hidden: 0,
        remove: async ({ id }) => {
          guarded(() => remove.run(id));
        },
      });
    },
    close: () => database.close(),
  };
}

function letterOf({ id, bundle, body, due, died_in, died_of }: Row): DeadLetter {
  return readDeadLetter(body, {
    id,
    at: new Date(due),
    ...(bundle !== null && { group: bundle }),
    ...(died_in !== null && { died: { queue: died_in, reason: died_of ?? '' } }),
  });
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Fault('server-error', `local queue: ${messageOf(error)}`, {}, error);
  }
}
