import { describe, expect, test } from 'vitest';
import type { GitRepository } from '../../../shared/api/git-repository.ts';
import { conclude, type Report, RULES } from '../../../shared/reconcile/git-repository/conclude.ts';
import type { Plan, Seen, Trouble } from '../../../shared/reconcile/git-repository/decide.ts';
import { progressing } from '../../../shared/reconcile/source/status.ts';
import { artifact, at, condition, gitRepository, NOW, REVISION, readyGitRepository } from '../../builders.ts';

const remote = { revision: REVISION, commit: REVISION.slice(-40) };
const keep: Plan = { do: 'keep', remote };
const fetch = { do: 'fetch', remote, why: 'building artifact' } as const;
const toFetch = { revision: REVISION, why: 'building artifact' };
const nothing: Report = { kind: 'nothing', events: [] };
const seen = (overrides: Partial<Seen> = {}): Seen => ({
  now: NOW,
  stored: 'there',
  remote,
  includes: [],
  trouble: undefined,
  ...overrides,
});
const stored: Report = {
  kind: 'stored',
  artifact: artifact(),
  subject: 'Add podinfo',
  verified: 'nothing',
  events: [],
};
const trouble: Trouble = { condition: 'FetchFailed', reason: 'GitOperationFailed', message: 'no answer' };
const failed = (object: GitRepository, what: Partial<Trouble> = {}, hops = 0, how: Partial<Seen> = {}) =>
  conclude(object, { do: 'fail', trouble: { ...trouble, ...what } }, seen(how), nothing, hops);

type Ended = ReturnType<typeof conclude>;
const linesOf = ({ status }: Pick<Ended, 'status'>) =>
  status.conditions?.map(({ type, status: is, reason, message }) => `${type} ${is} ${reason}: ${message}`);
const metadata = {
  'source.toolkit.fluxcd.io/revision': REVISION,
  'source.toolkit.fluxcd.io/digest': artifact().digest,
};

describe('before a fetch', () => {
  test('[COM-10 generation] Reconciling tells of a new generation', () => {
    const object = readyGitRepository({ metadata: { generation: 2 } });

    expect(linesOf({ status: progressing(object, toFetch, seen()) })?.[0]).toBe(
      'Reconciling True Progressing: processing object: new generation 1 -> 2',
    );
    expect(linesOf({ status: progressing(gitRepository(), toFetch, seen()) })?.[0]).toBe(
      'Reconciling True Progressing: processing object: new generation -1 -> 1',
    );
  });

  test('else of a new revision, which outdates the artifact', () => {
    const revision = 'main@sha1:1111111111111111111111111111111111111111';
    const why = `building artifact: new upstream revision '${revision}'`;
    const status = progressing(readyGitRepository(), { revision, why }, seen());

    expect(linesOf({ status })).toEqual([
      `Reconciling True Progressing: ${why}`,
      `Ready Unknown Progressing: ${why}`,
      `ArtifactInStorage True Succeeded: stored artifact for revision '${REVISION}'`,
      `ArtifactOutdated True NewRevision: new upstream revision '${revision}'`,
    ]);
  });

  test('an artifact that is gone is not advertised any more', () => {
    const status = progressing(readyGitRepository(), toFetch, seen({ stored: 'gone' }));

    expect(status).not.toHaveProperty('artifact');
    expect(linesOf({ status })?.join()).not.toContain('ArtifactInStorage');
  });
});

describe('a stored artifact', () => {
  const during = gitRepository({
    status: { conditions: [condition('Reconciling', 'True'), condition('ArtifactOutdated', 'True')] },
  });
  const end = conclude(during, fetch, seen(), stored, 0);

  test('[COM-09 success] [COM-08 removed] [COM-10 deleted] is Ready, and nothing else is left', () => {
    expect(linesOf(end)).toEqual([
      `Ready True Succeeded: stored artifact for revision '${REVISION}'`,
      `ArtifactInStorage True Succeeded: stored artifact for revision '${REVISION}'`,
    ]);
  });

  test('[COM-02 success] is advertised, observed, and looked at again after the interval', () => {
    expect(end.status).toMatchObject({ observedGeneration: 1, artifact: artifact() });
    expect(end.next).toEqual({ after: 'interval' });
  });

  test('[GR-25 new-artifact] [GR-25 metadata] [GR-07 subject] is told when its digest is new', () => {
    expect(end.events).toEqual([
      {
        type: 'Normal',
        reason: 'NewArtifact',
        message: "stored artifact for commit 'Add podinfo'",
        metadata,
      },
    ]);
  });

  test('[GR-25 recovered] of the same digest is told after a failure', () => {
    const conditions = [condition('FetchFailed', 'True')];
    const again = conclude(readyGitRepository({ status: { conditions } }), fetch, seen(), stored, 0);

    expect(again.events.filter(({ trace }) => !trace)).toMatchObject([
      { type: 'Normal', reason: 'Succeeded', metadata },
    ]);
  });

  test('[GR-25 quiet] of the same digest is not told otherwise', () => {
    const { events } = conclude(readyGitRepository(), fetch, seen(), stored, 0);

    expect(events.filter(({ trace }) => !trace)).toEqual([]);
  });

  test('[GR-09 observed-ignore] [GR-26 fields] tells what it was made with, and forgets what the last one was', () => {
    const old = {
      observedIgnore: 'old',
      observedInclude: [{ repository: { name: 'x' } }],
      observedRecurseSubmodules: true,
      observedSparseCheckout: ['docs'],
      includedArtifacts: [artifact()],
      sourceVerificationMode: 'HEAD',
    };
    const conditions = [condition('SourceVerified', 'True')];
    const made = (ignore?: string) =>
      conclude(
        readyGitRepository({ ...(ignore && { spec: { ignore } }), status: { ...old, conditions } }),
        fetch,
        seen(),
        stored,
        0,
      );

    expect(made('*.md').status.observedIgnore).toBe('*.md');
    for (const field of Object.keys(old)) expect(made().status).not.toHaveProperty(field);
    expect(linesOf(made())?.join()).not.toContain('SourceVerified');
  });

  test('events of the run itself come along', () => {
    const garbage = {
      type: 'Normal',
      reason: 'GarbageCollectionSucceeded',
      message: 'x',
      trace: true,
    } as const;

    expect(conclude(gitRepository(), fetch, seen(), { ...stored, events: [garbage] }, 0).events[0]).toBe(
      garbage,
    );
  });
});

describe('a revision that is kept', () => {
  test('[GR-08 observed] [COM-02 no-op] observes the generation, which leaves a trace, and else nothing is written or told', () => {
    const object = readyGitRepository();
    const edited = readyGitRepository({ metadata: { generation: 2 } });
    const end = conclude(edited, keep, seen(), nothing, 0);

    expect(conclude(object, keep, seen(), nothing, 0)).toEqual({
      status: object.status,
      events: [],
      next: { after: 'interval' },
    });
    expect(end.status.observedGeneration).toBe(2);
    expect(end.status.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([2, 2]);
    expect(linesOf(end)).toEqual(linesOf(object));
    expect(end.events.map(({ reason, trace }) => [reason, trace])).toEqual([['GitOperationSucceeded', true]]);
  });

  test('[GR-25 recovered] is told after a failure, with the revision', () => {
    const failures = [condition('Ready', 'False'), condition('FetchFailed', 'True')];
    const conditions = [...failures, condition('ArtifactInStorage', 'True')];
    const end = conclude(readyGitRepository({ status: { conditions } }), keep, seen(), nothing, 0);

    expect(end.events).toEqual([
      { type: 'Normal', reason: 'Succeeded', message: `stored artifact for commit '${REVISION}'`, metadata },
    ]);
    expect(linesOf(end)?.join()).not.toContain('FetchFailed');
  });
});

describe('a failure', () => {
  test('[GR-24 operation-failed] [COM-10 with-retry] is Ready False with its text, and tried again', () => {
    expect(linesOf(failed(readyGitRepository()))).toEqual([
      'Reconciling True ProgressingWithRetry: reconciliation in progress',
      'Ready False GitOperationFailed: no answer',
      `ArtifactInStorage True Succeeded: stored artifact for revision '${REVISION}'`,
      'FetchFailed True GitOperationFailed: no answer',
    ]);
  });

  test.each([
    [
      'what the run was about',
      { conditions: [condition('Reconciling', 'True', { reason: 'Progressing', message: 'x' })] },
      {},
      'x',
    ],
    ['that there is no artifact yet', { artifact: undefined }, {}, 'building artifact'],
    ['that it is gone', {}, { stored: 'gone' }, 'building artifact: disappeared from storage'],
    ['that the generation is new', { observedGeneration: 0 }, {}, 'processing object: new generation 0 -> 1'],
  ] as const)('goes on telling %s', (_name, status, how, message) => {
    const base = readyGitRepository();
    const { artifact: known, ...rest } = base.status;
    const object = { ...base, status: 'artifact' in status ? rest : { ...rest, artifact: known, ...status } };

    expect(linesOf(failed(object as GitRepository, {}, 0, how))?.[0]).toBe(
      `Reconciling True ProgressingWithRetry: ${message}`,
    );
  });

  test('[COM-07 backoff] backs off by the failures in a row', () => {
    const delays = [0, 1, 2, 11].map((hops) => failed(readyGitRepository(), {}, hops).next);

    expect(delays).toEqual(
      [750, 1500, 3000, 900_000].map((milliseconds) => ({ after: 'delay', milliseconds, reason: 'retry' })),
    );
  });

  test('[COM-02 failing] leaves the generation and the artifact as they were', () => {
    const end = failed(readyGitRepository({ metadata: { generation: 2 } }));

    expect(end.status).toMatchObject({ observedGeneration: 1, artifact: artifact() });
  });

  test('is told once for each text and generation, as a Warning', () => {
    const first = failed(readyGitRepository());
    const again = { ...readyGitRepository(), status: first.status } as GitRepository;

    expect(first.events).toEqual([{ type: 'Warning', reason: 'GitOperationFailed', message: 'no answer' }]);
    expect(failed(again).events).toEqual([]);
    expect(failed(again, { message: 'other' }).events).toHaveLength(1);
    expect(failed({ ...again, metadata: { ...again.metadata, generation: 2 } }).events).toHaveLength(1);
  });

  test('keeps the time of FetchFailed while it goes on, so that the back-off has a beginning', () => {
    const since = condition('FetchFailed', 'True', { lastTransitionTime: at(-600) });
    const end = failed(readyGitRepository({ status: { conditions: [since] } }), { message: 'other' });

    expect(end.status.conditions?.find(({ type }) => type === 'FetchFailed')?.lastTransitionTime).toBe(
      at(-600),
    );
  });

  test('of another kind replaces the one before, and an announced revision is not outdated any more', () => {
    const conditions = [condition('StorageOperationFailed', 'True'), condition('ArtifactOutdated', 'True')];
    const end = failed(readyGitRepository({ status: { conditions } }));

    expect(end.status.conditions?.map(({ type }) => type)).toEqual(['Reconciling', 'Ready', 'FetchFailed']);
  });

  test('of the store goes before one of the fetch', () => {
    const end = failed(readyGitRepository(), {
      condition: 'StorageOperationFailed',
      reason: 'ArchiveOperationFailed',
    });

    expect(linesOf(end)).toContain('Ready False ArchiveOperationFailed: no answer');
  });

  test('[COM-07 stalling] [COM-02 stall] [COM-10 deleted] that stalls is observed and not tried again', () => {
    const object = readyGitRepository({
      metadata: { generation: 2 },
      status: { conditions: [condition('Reconciling', 'True')] },
    });
    const end = failed(object, { reason: 'URLInvalid', stalling: true });

    expect(linesOf(end)).toEqual([
      'Stalled True URLInvalid: no answer',
      'Ready False URLInvalid: no answer',
      'FetchFailed True URLInvalid: no answer',
    ]);
    expect(end.status.observedGeneration).toBe(2);
    expect(end.next).toEqual({ after: 'nothing' });
  });
});

test('[COM-09 priority] Ready is the first trouble in order', () => {
  expect(RULES.summarised).toEqual([
    'StorageOperationFailed',
    'FetchFailed',
    'IncludeUnavailable',
    'ArtifactOutdated',
    'ArtifactInStorage',
    'SourceVerified',
    'Stalled',
    'Reconciling',
  ]);
  expect([...RULES.negative].toSorted()).toEqual([
    'ArtifactOutdated',
    'FetchFailed',
    'IncludeUnavailable',
    'Reconciling',
    'Stalled',
    'StorageOperationFailed',
  ]);
});
