import type { DeadLetter } from '../../../shared/core/dead-letters.ts';
import type { QueueState } from '../../../shared/core/queue-state.ts';
import { age, count } from '../say.ts';
import type { State } from '../state.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Ours: after so long something keeps a queue from being worked off, in milliseconds; a crash frees its group after 60 s. */
const STUCK_MS = 120_000;

/** Whether messages wait for too long, a finding a queue that has any; `todo` is what helps then. */
export function queueFindings(states: readonly QueueState[], now: Date, todo: string): readonly Finding[] {
  const used = states.filter(
    ({ queue, ready, inFlight, delayed }) => queue !== 'dead' && ready + inFlight + delayed > 0,
  );
  if (used.length === 0) return [ok('queues', 'all are empty')];
  return used.map(({ queue, ready, inFlight, delayed, oldest }) => {
    const where = `queue ${queue}`;
    const waited = oldest ? now.getTime() - oldest.getTime() : 0;
    const since = oldest ? `, the oldest for ${age(waited)}` : '';
    const what = `${ready} waiting${since}, ${inFlight} in work, ${delayed} not due yet`;
    if (waited < STUCK_MS) return ok(where, what);
    return problem(where, what, todo);
  });
}

/** The messages that were given up. */
export async function lettersOf(state: State): Promise<readonly DeadLetter[]> {
  const dead = state.openDeadLetters();
  try {
    return (await dead?.hold(async ({ letters }) => letters)) ?? [];
  } finally {
    dead?.close();
  }
}

/** Whether messages were given up. */
export function deadLetterFindings(letters: readonly DeadLetter[], now: Date): readonly Finding[] {
  const [oldest] = letters;
  if (!oldest) return [ok('failed messages', 'none')];
  const since = age(now.getTime() - oldest.diedAt.getTime());
  const what = `${count(letters.length, 'message')} given up, the oldest ${since} ago`;
  const todo = '"sluice failed list" tells why, "sluice failed retry" puts them back';
  return [problem('failed messages', what, todo)];
}
