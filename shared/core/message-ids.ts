import { sha256Hex } from './digests.ts';
import type { WorkMessage } from './messages.ts';

/** FIFO group: at most `groups` parallel workers a cluster, one object always in the same group, well under SQS's 128 characters. */
export function groupOfObject(
  message: Pick<WorkMessage, 'cluster' | 'kind' | 'namespace' | 'name'>,
  groups: number,
): string {
  const hash = sha256Hex(`${message.kind}/${message.namespace}/${message.name}`);
  return `${message.cluster}#${Number.parseInt(hash.slice(0, 8), 16) % groups}`;
}

/** The parts that make one trigger unique, as a deduplication id: SQS drops an equal id for 5 minutes. */
export function dedupIdOf(...parts: readonly (string | number)[]): string {
  return sha256Hex(parts.join('\n'));
}

/** What makes one attempt: chains of waits and retries of the same attempt merge. */
export interface Attempt {
  readonly uid: string;
  readonly generation: number;
  readonly attemptedRevision: string;
  /** Transition time of Healthy, else of Ready. */
  readonly since: string;
}

/** The id of an attempt; with the hop it is the deduplication id of a wait or a retry. */
export function attemptId(attempt: Attempt): string {
  return sha256Hex([attempt.uid, attempt.generation, attempt.attemptedRevision, attempt.since].join('\n'));
}
