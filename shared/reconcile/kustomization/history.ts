import type { Snapshot } from '../../api/kustomization.ts';
import { toSeconds } from '../../core/conditions.ts';
import { formatDuration } from '../../core/durations.ts';

/** Snapshots kept, newest first (KS-09). */
export const MAX_HISTORY = 5;

/** One attempt's end. */
export interface Attempted {
  readonly digest: string;
  readonly status: string;
  readonly at: Date;
  /** Milliseconds. */
  readonly duration: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The history after an attempt: the same digest and status count up and move to the front, anything else comes anew (KS-09). */
export function withAttempt(history: readonly Snapshot[], attempt: Attempted): readonly Snapshot[] {
  const isSame = (snapshot: Snapshot): boolean =>
    snapshot.digest === attempt.digest && snapshot.lastReconciledStatus === attempt.status;
  const before = history.find(isSame);
  const time = toSeconds(attempt.at);
  const snapshot: Snapshot = {
    digest: attempt.digest,
    firstReconciled: before?.firstReconciled ?? time,
    lastReconciled: time,
    lastReconciledDuration: formatDuration(attempt.duration),
    lastReconciledStatus: attempt.status,
    totalReconciliations: (before?.totalReconciliations ?? 0) + 1,
    metadata: attempt.metadata,
  };
  return [snapshot, ...history.filter((other) => !isSame(other))].slice(0, MAX_HISTORY);
}
