import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../shared/api/kustomization.ts';
import { type Attempted, withAttempt } from '../../../shared/reconcile/kustomization/history.ts';
import { at, REVISION } from '../../builders.ts';

function attempt(
  digest: string,
  status: string,
  second: number,
  overrides: Partial<Attempted> = {},
): Attempted {
  return {
    digest,
    status,
    at: new Date(at(second)),
    duration: 1500,
    metadata: { revision: REVISION },
    ...overrides,
  };
}
const historyOf = (...attempts: readonly Attempted[]) =>
  attempts.reduce<readonly Snapshot[]>(withAttempt, []);

describe('the history', () => {
  test('[KS-09 metadata] tells each attempt with times, duration, status, count and revisions', () => {
    const metadata = { revision: REVISION, originRevision: 'v1' };

    expect(historyOf(attempt('sha256:a', 'ReconciliationSucceeded', 7, { metadata }))).toEqual([
      {
        digest: 'sha256:a',
        firstReconciled: at(7),
        lastReconciled: at(7),
        lastReconciledDuration: '1.5s',
        lastReconciledStatus: 'ReconciliationSucceeded',
        totalReconciliations: 1,
        metadata,
      },
    ]);
  });

  test('[KS-09 five] [KS-09 newest-first] holds the newest five, newest first', () => {
    const history = historyOf(
      ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => attempt(name, 'S', index)),
    );

    expect(history.map(({ digest }) => digest)).toEqual(['g', 'f', 'e', 'd', 'c']);
  });

  test('[KS-09 same-pair] counts the same digest and status up and brings it to the front', () => {
    const again = attempt('a', 'S', 9, { duration: 60_000, metadata: { revision: 'new' } });

    const [first, ...rest] = historyOf(attempt('a', 'S', 1), attempt('b', 'S', 2), again);

    expect(first).toEqual({
      digest: 'a',
      firstReconciled: at(1),
      lastReconciled: at(9),
      lastReconciledDuration: '1m0s',
      lastReconciledStatus: 'S',
      totalReconciliations: 2,
      metadata: { revision: 'new' },
    });
    expect(rest.map(({ digest }) => digest)).toEqual(['b']);
  });

  test('keeps the same digest apart by status', () => {
    const history = historyOf(
      attempt('a', 'HealthCheckFailed', 1),
      attempt('a', 'ReconciliationSucceeded', 2),
    );

    expect(history.map((snapshot) => [snapshot.lastReconciledStatus, snapshot.totalReconciliations])).toEqual(
      [
        ['ReconciliationSucceeded', 1],
        ['HealthCheckFailed', 1],
      ],
    );
  });
});
