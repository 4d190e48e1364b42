import { expect, test } from 'vitest';
import type { GitRepository } from '../../../shared/api/git-repository.ts';
import { conclude, type Report } from '../../../shared/reconcile/git-repository/conclude.ts';
import type { Seen } from '../../../shared/reconcile/git-repository/decide.ts';
import { artifact, gitRepository, NOW, REVISION, readyGitRepository } from '../../builders.ts';

const remote = { revision: REVISION, commit: REVISION.slice(-40) };
const stored: Report = {
  kind: 'stored',
  artifact: artifact(),
  subject: 'Add podinfo',
  verified: 'nothing',
  events: [],
};

function traces(object: GitRepository, how: Partial<Seen> = {}) {
  const seen = { now: NOW, stored: 'there', remote, includes: [], trouble: undefined, ...how } as const;
  const { events } = conclude(object, { do: 'fetch', remote, why: 'building artifact' }, seen, stored, 0);
  return events.filter(({ trace }) => trace);
}

test('[GR-25 up-to-date-trace] a fetch of the same revision leaves a trace, unless it was lost or is made otherwise now', () => {
  const message = `artifact up-to-date with remote revision: '${REVISION}'`;

  expect(traces(readyGitRepository())).toEqual([
    { type: 'Normal', reason: 'ArtifactUpToDate', message, trace: true },
  ]);
  expect(traces(readyGitRepository(), { stored: 'gone' })).toEqual([]);
  expect(traces(readyGitRepository({ spec: { ignore: '*.md' } }))).toEqual([]);
  expect(traces(gitRepository())).toEqual([]);
});

test('[GR-25 skip-trace] a run that is skipped leaves one for whoever waits for it, and none at an interval', () => {
  const keep = { do: 'keep', remote } as const;
  const seen = { now: NOW, stored: 'there', remote, includes: [], trouble: undefined } as const;
  const told = (object: GitRepository) =>
    conclude(object, keep, seen, { kind: 'nothing', events: [] }, 0).events;
  const ready = readyGitRepository();
  const request = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } };
  const asked = { ...ready, metadata: { ...ready.metadata, ...request } };
  const handled = { ...asked, status: { ...ready.status, lastHandledReconcileAt: 'now' } };
  const renewed = { ...ready, metadata: { ...ready.metadata, generation: 2 } };
  const trace = {
    ...{ type: 'Normal', reason: 'GitOperationSucceeded', trace: true },
    message: `no changes since last reconciliation: observed revision '${REVISION}'`,
  };

  expect([told(ready), told(handled)]).toEqual([[], []]);
  expect([told(asked), told(renewed)]).toEqual([[trace], [trace]]);
});
