import { describe, expect, test } from 'vitest';
import type { GitRepositorySpec } from '../../../shared/api/git-repository.ts';
import { contentConfigChanged, includesChanged } from '../../../shared/reconcile/git-repository/content.ts';
import { decide, type Seen, unsupported } from '../../../shared/reconcile/git-repository/decide.ts';
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

describe('what is not built stalls, and names the field', () => {
  const url = 'https://git.example.com/x.git';
  test.each<[string, string, Partial<GitRepositorySpec>]>([
    ['[GR-12 provider] [GR-13 azure] [COM-23 azure-account]', 'spec.provider azure', { provider: 'azure' }],
    [
      '[GR-14 aws] [COM-23 controller-identity] [COM-23 aws-role] [COM-23 cache]',
      'spec.provider aws',
      { provider: 'aws' },
    ],
    ['[GR-15 github]', 'spec.provider github', { provider: 'github' }],
    [
      '[GR-12 service-account] [COM-23 object-identity] [COM-23 gate] [COM-23 token-request]',
      'spec.serviceAccountName',
      { serviceAccountName: 'x' },
    ],
  ])('%s %s', (_name, field, spec) => {
    expect(unsupported(gitRepository({ spec }).spec)).toEqual({
      condition: 'FetchFailed',
      reason: 'NotSupported',
      message: `${field} is not supported by this version of Sluice; remove it, or leave this object to Flux`,
      stalling: true,
    });
  });

  test.each(['interval', 'timeout'] as const)(
    'and so does a %s that passes the pattern but not Go',
    (field) => {
      expect(unsupported(gitRepository({ spec: { [field]: '9999999999m' } }).spec)).toMatchObject({
        reason: 'InvalidSpec',
        message: `spec.${field} is invalid: time: invalid duration "9999999999m"`,
        stalling: true,
      });
    },
  );

  test('everything else is obeyed', () => {
    const spec = {
      url,
      provider: 'generic',
      recurseSubmodules: false,
      include: [],
      sparseCheckout: [],
    } as const;

    expect(
      unsupported(gitRepository({ spec: { ...spec, include: [], sparseCheckout: [] } }).spec),
    ).toBeUndefined();
  });
});
