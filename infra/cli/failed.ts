import type { DeadLetter, HeldLetters } from '../../shared/core/dead-letters.ts';
import { Fault } from '../../shared/core/failures.ts';
import { redact } from '../../shared/core/redaction.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import { workOf } from '../../shared/reconcile/revive.ts';
import type { Flags, Input } from './command.ts';
import { count } from './say.ts';
import { openPresentState, type State } from './state.ts';
import type { World } from './world.ts';

/** Which messages that were given up are meant. */
export const LETTER_FLAGS = {
  cluster: { type: 'string', value: 'NAME', help: 'about objects of this cluster only' },
  kind: { type: 'string', value: 'KIND', help: 'about objects of this kind only' },
} as const satisfies Flags;

/** A dead letter and what it is about, `-` where that cannot be told. */
export interface Failed {
  readonly letter: DeadLetter;
  /** The cluster's name, or its id when it is not registered any more. */
  readonly cluster: string;
  readonly kind: string;
  /** As flux writes objects: `kustomization/apps/podinfo`. */
  readonly object: string;
  /** Without secrets, on one line. */
  readonly reason: string;
}

/** The dead-letter queue as a command sees it. */
export interface FailedMessages extends Pick<HeldLetters, 'hidden' | 'remove'> {
  /** Those that the flags select, oldest first. */
  readonly failed: readonly Failed[];
  readonly records: readonly ClusterRecord[];
  readonly state: State;
}

/** Reads the dead letters that `--cluster` and `--kind` select; undefined when there are no queues yet. */
export async function withFailed<T>(
  input: Input,
  world: World,
  look: (messages: FailedMessages) => Promise<T>,
): Promise<T | undefined> {
  const state = await openPresentState(input, world);
  const letters = state?.openDeadLetters();
  if (!state || !letters) return undefined;
  try {
    const records = await state.clusters.list(() => undefined);
    return await letters.hold(({ letters, hidden, remove }) => {
      const failed = letters.map((letter) => failedOf(letter, records)).filter(selection(input));
      return look({ failed, hidden, remove, records, state });
    });
  } finally {
    letters.close();
  }
}

function selection(input: Input): (failed: Failed) => boolean {
  const cluster = input.text('cluster');
  const kind = input.text('kind')?.toLowerCase();
  return (failed) =>
    (cluster === undefined || failed.cluster === cluster) &&
    (kind === undefined || failed.kind.toLowerCase() === kind);
}

function failedOf(letter: DeadLetter, records: readonly ClusterRecord[]): Failed {
  const reason = redact(letter.reason).replaceAll(/\s+/g, ' ');
  const work = workOf(letter);
  if (!work) return { letter, cluster: '-', kind: '-', object: '-', reason };
  const { cluster, kind, namespace, name } = work;
  const known = records.find(({ id }) => id === cluster)?.name ?? cluster;
  return { letter, cluster: known, kind, object: `${kind.toLowerCase()}/${namespace}/${name}`, reason };
}

/** The start of an id tells letters apart. */
export const SHORT_ID = 8;

/** The letter whose id begins so. Fault `not-found`, or `invalid` when several do. */
export function letterCalled(id: string, failed: readonly Failed[]): Failed {
  const found = failed.filter(({ letter }) => letter.id.startsWith(id));
  const [one] = found;
  if (one && found.length === 1) return one;
  if (!one) throw new Fault('not-found', `there is no failed message ${id}; "sluice failed list" lists them`);
  const text = `${count(found.length, 'failed message')} begin with ${id}; give more of the id`;
  throw new Fault('invalid', text, { id });
}
