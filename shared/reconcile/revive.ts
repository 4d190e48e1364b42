import type { DeadLetter } from '../core/dead-letters.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import type { QueueName, WorkMessage } from '../core/messages.ts';
import { isFifo } from '../core/queue-rules.ts';
import type { ClusterRecord, OutgoingMessage } from '../ports.ts';
import { groupOfMessage } from './enqueue.ts';
import { isRead } from './queue-table.ts';
import { queueOf } from './registry.ts';
import { parseJson, parseWork } from './work.ts';

/** A dead letter's way back, or why there is none. */
export type Revival =
  | { readonly queue: QueueName; readonly message: OutgoingMessage }
  | { readonly refused: string };

/** The work message in a dead letter, also one that waited in `later`; undefined when it is something else. */
export function workOf({ body }: Pick<DeadLetter, 'body'>): WorkMessage | undefined {
  const waiting = parseJson(body) as { readonly message?: unknown } | null | undefined;
  return parseWork(body) ?? parseWork(JSON.stringify(waiting?.message ?? null));
}

/**
 * The original message for the queue it was in, under an id of its own, so that no earlier one makes it be dropped; work
 * begins a new chain, as the old one may have used up its tries.
 */
export function revive(letter: DeadLetter, records: readonly ClusterRecord[], now: Date): Revival {
  if (letter.cut) return { refused: 'it was too long to be kept whole' };
  const work = workOf(letter);
  if (work) return reviveWork(letter, work, records, now);
  const { queue, body, id, group = 'revived' } = letter;
  if (queue === undefined)
    return { refused: 'it is no message of ours, and nobody noted where it came from' };
  if (!isRead(queue)) return { refused: unread(queue) };
  return { queue, message: { body, ...(isFifo(queue) && { group, dedupId: dedupIdOf('revived', id) }) } };
}

function reviveWork(
  { id, queue: from }: DeadLetter,
  work: WorkMessage,
  records: readonly ClusterRecord[],
  now: Date,
): Revival {
  const { cluster, kind } = work;
  const record = records.find((candidate) => candidate.id === cluster);
  if (!record) return { refused: `no cluster ${cluster} is registered any more` };
  // What waited, or had just arrived, goes to its kind's worker at once.
  const queue = queueOf(kind) ?? (from !== undefined && from !== 'later' ? from : undefined);
  if (queue === undefined) return { refused: `this version of Sluice knows no kind ${kind}` };
  if (!isRead(queue)) return { refused: unread(queue) };
  const since = now.toISOString();
  const message: WorkMessage = { ...work, hops: 0, since, interrupted: true, revived: id };
  const body = JSON.stringify(message);
  if (!isFifo(queue)) return { queue, message: { body } };
  return {
    queue,
    message: { body, group: groupOfMessage(queue, message, record), dedupId: dedupIdOf('revived', id) },
  };
}

function unread(queue: QueueName): string {
  return `nobody reads queue ${queue} in this version of Sluice`;
}
