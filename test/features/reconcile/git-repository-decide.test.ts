import { describe, expect, test } from 'vitest';
import type { GitRepositorySpec } from '../../../shared/api/git-repository.ts';
import { contentConfigChanged, includesChanged } from '../../../shared/reconcile/git-repository/content.ts';
import { decide, type Seen } from '../../../shared/reconcile/git-repository/decide.ts';
import { condition, gitRepository, NOW, REVISION, readyGitRepository } from '../../builders.ts';

const COMMIT = REVISION.slice(-40);
const remote = { revision: REVISION, commit: COMMIT };
const newer = { revision: 'main@sha1:1111111111111111111111111111111111111111', commit: '1'.repeat(40) };

function seen(overrides: Partial<Seen> = {}): Seen {
  return { now: NOW, stored: 'there', remote, includes: [], trouble: undefined, ...overrides };
}

describe('a GitRepository', () => {
  test('[GR-08 skip] [COM-07 no-op] whose revision is stored is kept', () => {
    expect(decide(readyGitRepository(), seen())).toEqual({ do: 'keep', remote });
  });

  test.each([
    [
      'never fetched',
      gitRepository(),
      seen({ stored: 'none' }),
      `building artifact: new upstream revision '${REVISION}'`,
    ],
    [
      'at another revision',
      readyGitRepository(),
      seen({ remote: newer }),
      `building artifact: new upstream revision '${newer.revision}'`,
    ],
    [
      'whose artifact is gone',
      readyGitRepository(),
      seen({ stored: 'gone' }),
      'building artifact: disappeared from storage',
    ],
    [
      'whose artifact is other bytes',
      readyGitRepository(),
      seen({ stored: 'corrupt' }),
      'building artifact: disappeared from storage',
    ],
    [
      '[GR-09 ignore-changed] with other patterns',
      readyGitRepository({ spec: { ignore: '*.md' } }),
      seen(),
      'building artifact: spec changed',
    ],
  ])('%s is fetched', (_name, object, what, why) => {
    expect(decide(object, what)).toEqual({ do: 'fetch', remote: what.remote, why });
  });

  test('[GR-08 only-stored] is not kept unless ArtifactInStorage is True', () => {
    for (const conditions of [[], [condition('ArtifactInStorage', 'False')]]) {
      expect(decide(readyGitRepository({ status: { conditions } }), seen()).do).toBe('fetch');
    }
  });

  test('with trouble fails, whatever else is known', () => {
    const trouble = { condition: 'FetchFailed', reason: 'GitOperationFailed', message: 'no' } as const;

    expect(decide(readyGitRepository(), seen({ trouble, stored: 'gone' }))).toEqual({ do: 'fail', trouble });
  });

  test('[GR-23 empty] without references is told as empty, and does not stall', () => {
    expect(decide(readyGitRepository(), seen({ remote: undefined }))).toEqual({
      do: 'fail',
      trouble: { condition: 'FetchFailed', reason: 'EmptyGitRepository', message: 'git repository is empty' },
    });
  });
});

describe('the content', () => {
  const changed = (spec: Partial<GitRepositorySpec>, status: object) =>
    contentConfigChanged(readyGitRepository({ spec, status }));

  test('[GR-09 observed-ignore] is the same while the patterns are', () => {
    expect(changed({}, {})).toBe(false);
    expect(changed({ ignore: '*.md' }, { observedIgnore: '*.md' })).toBe(false);
    expect(changed({}, { observedIgnore: '*.md' })).toBe(true);
    // Present but empty is another thing than absent: it switches the default patterns off or not.
    expect(changed({ ignore: '' }, {})).toBe(true);
  });

  test('[GR-09 rebuilt] is another when the last artifact was made with what is not asked for any more', () => {
    expect(changed({}, { observedRecurseSubmodules: true })).toBe(true);
    const included = readyGitRepository({ status: { observedInclude: [{ repository: { name: 'x' } }] } });
    expect(includesChanged(included, [])).toBe(true);
    expect(changed({}, { observedSparseCheckout: ['docs'] })).toBe(true);
    expect(changed({}, { observedRecurseSubmodules: false, observedInclude: [] })).toBe(false);
  });
});
