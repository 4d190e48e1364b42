import { describe, expect, test } from 'vitest';
import { decide } from '../../../shared/reconcile/kustomization/decide.ts';
import { artifact, condition, kustomization, NOW, REVISION, readyKustomization } from '../../builders.ts';
import { seen } from './kustomization-seen.ts';

const pending = { state: 'pending' } as const;
const missing = { state: 'missing' } as const;
const newRevision = artifact({ revision: 'main@sha1:1111111111111111111111111111111111111111' });

describe('[KS-02 order] the first trouble is told', () => {
  test.each([
    ['a spec we refuse', kustomization({ spec: { interval: '9999999999h' } }), missing, 'InvalidSpec'],
    ['a source that must not be read', kustomization(), { state: 'denied', message: 'no' }, 'AccessDenied'],
    ['a source that is not there', kustomization(), missing, 'ArtifactFailed'],
    ['a source without artifact', kustomization(), pending, 'ArtifactFailed'],
    ['a dependency', kustomization(), undefined, 'DependencyNotReady'],
  ] as const)('%s', (_name, object, source, reason) => {
    const trouble = { blocked: 'not ready', unreadable: 'no Secret' };

    const plan = decide(object, seen({ ...trouble, ...(source && { source }) }));

    expect(plan).toMatchObject({ reason });
  });

  test('then the cluster that cannot be worked on', () => {
    const trouble = { unreachable: 'no kubeconfig', unreadable: 'no Secret' };

    expect(decide(kustomization(), seen(trouble))).toEqual({
      do: 'fail',
      reason: 'ReconciliationFailed',
      message: 'no kubeconfig',
      artifact: artifact(),
    });
    const blocked = decide(kustomization(), seen({ ...trouble, blocked: 'not ready' }));
    expect(blocked).toMatchObject({ reason: 'DependencyNotReady' });
  });

  test('at last what the build reads', () => {
    expect(decide(kustomization(), seen({ unreadable: 'no Secret' }))).toEqual({
      do: 'fail',
      reason: 'BuildFailed',
      message: 'no Secret',
      artifact: artifact(),
    });
  });
});

test('[KS-16 attempted] old news asks for nothing', () => {
  expect(decide(readyKustomization(), seen({ oldNews: true }))).toEqual({ do: 'nothing' });
});

describe('a source', () => {
  const spec = { retryInterval: '2m' };

  test('[KS-04 missing] that does not exist is looked at again after retryInterval', () => {
    const sourceRef = { kind: 'GitRepository', name: 'podinfo', namespace: 'sources' } as const;

    expect(decide(kustomization({ spec: { ...spec, sourceRef } }), seen({ source: missing }))).toEqual({
      do: 'postpone',
      reason: 'ArtifactFailed',
      message: "Source 'GitRepository/sources/podinfo' not found",
      event: undefined,
      milliseconds: 120_000,
    });
  });

  test('of the same namespace is named without it', () => {
    expect(decide(kustomization(), seen({ source: missing }))).toMatchObject({
      message: "Source 'GitRepository/podinfo' not found",
    });
  });

  test('[KS-04 no-artifact] without artifact is looked at again after 30 seconds', () => {
    expect(decide(kustomization({ spec }), seen({ source: pending }))).toEqual({
      do: 'postpone',
      reason: 'ArtifactFailed',
      message: 'Source artifact not found, retrying in 30s',
      event: undefined,
      milliseconds: 30_000,
    });
  });

  test('[KS-05 access-denied] that must not be read stalls', () => {
    const message =
      "can't access 'GitRepository/sources/podinfo', cross-namespace references have been blocked";

    expect(decide(kustomization(), seen({ source: { state: 'denied', message } }))).toEqual({
      do: 'stall',
      reason: 'AccessDenied',
      message,
    });
  });
});

test('[KS-11 requeue] a dependency is asked again after 30 seconds, whatever retryInterval says', () => {
  const object = kustomization({ spec: { retryInterval: '2m' } });

  expect(decide(object, seen({ blocked: "dependency 'apps/base' is not ready" }))).toEqual({
    do: 'postpone',
    reason: 'DependencyNotReady',
    message: "dependency 'apps/base' is not ready",
    event: 'Dependencies do not meet ready condition, retrying in 30s',
    milliseconds: 30_000,
  });
});

describe('the work', () => {
  test('is to apply what was never attempted', () => {
    expect(decide(kustomization(), seen())).toEqual({ do: 'apply', artifact: artifact(), newAttempt: true });
  });

  test('is to look for drift only, when ready and everything is as it was', () => {
    expect(decide(readyKustomization(), seen())).toEqual({
      do: 'verify',
      artifact: artifact(),
      newAttempt: false,
    });
  });

  test.each([
    ['the revision is new', seen({ source: { state: 'ready', artifact: newRevision } })],
    ['the spec or a variable is new', seen({ inputDigest: 'other' })],
    ['it is not known what was applied', seen({ baseline: undefined })],
    ['it was applied for an object of the same name', seen({ baseline: { ...baseline(), uid: 'other' } })],
    ['another revision was applied last', seen({ baseline: { ...baseline(), attemptedRevision: 'other' } })],
  ])('is to apply when %s', (_name, what) => {
    expect(decide(readyKustomization(), what)).toMatchObject({ do: 'apply', newAttempt: true });
  });

  test('is to apply again after a failed apply', () => {
    const conditions = [condition('Ready', 'False', { reason: 'ReconciliationFailed' })];

    expect(decide(readyKustomization({ status: { conditions } }), seen())).toMatchObject({ do: 'apply' });
  });

  test('is to look at health again after a failed check', () => {
    const conditions = [condition('Ready', 'False', { reason: 'HealthCheckFailed' })];

    expect(decide(readyKustomization({ status: { conditions } }), seen())).toMatchObject({
      do: 'verify',
      newAttempt: true,
    });
  });

  test('is to apply when ready with a revision that was attempted but not applied', () => {
    expect(decide(readyKustomization({ status: { lastAppliedRevision: 'old' } }), seen())).toMatchObject({
      do: 'apply',
    });
  });
});

test('[KS-02 expressions-first] [KS-05 cel] an expression that cannot be compiled is told before the source is looked for', () => {
  const plan = decide(kustomization(), seen({ invalidExpression: 'why', source: { state: 'missing' } }));

  expect(plan).toEqual({
    do: 'stall',
    reason: 'InvalidCELExpression',
    message: 'Reconciliation failed terminally due to configuration error: why',
  });
});

describe('a wait for health', () => {
  const waiting = (observedGeneration = 1) =>
    readyKustomization({
      status: {
        conditions: [
          condition('Ready', 'Unknown', { reason: 'Progressing' }),
          condition('Healthy', 'Unknown', { reason: 'Progressing', observedGeneration }),
        ],
      },
    });

  test('goes on from when it began', () => {
    expect(decide(waiting(), seen())).toEqual({ do: 'poll', artifact: artifact(), since: NOW });
  });

  test('[KS-17 new-revision] ends for a new revision, which is applied', () => {
    const source = { state: 'ready', artifact: newRevision } as const;

    expect(decide(waiting(), seen({ source }))).toMatchObject({ do: 'apply', artifact: newRevision });
  });

  test('[KS-17 requested] ends when a run is asked for, once', () => {
    const asked = (handled?: string) => {
      const object = waiting();
      const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
      const status = { ...object.status, ...(handled && { lastHandledReconcileAt: handled }) };
      return { ...object, metadata: { ...object.metadata, annotations }, status };
    };

    expect(decide(asked(), seen())).toMatchObject({ do: 'apply', cancels: 'Kustomization/apps/podinfo' });
    expect(decide(asked('before'), seen())).toMatchObject({ do: 'apply' });
    expect(decide(asked('now'), seen())).toMatchObject({ do: 'poll' });
  });

  test('[KS-17 canceled] names what ended it: the source, or the Kustomization itself', () => {
    const source = { state: 'ready', artifact: newRevision } as const;
    const cancels = (plan: ReturnType<typeof decide>) => (plan.do === 'apply' ? plan.cancels : plan.do);

    expect(cancels(decide(waiting(), seen({ source })))).toBe('GitRepository/apps/podinfo');
    expect(cancels(decide(waiting(0), seen()))).toBe('Kustomization/apps/podinfo');
    expect(cancels(decide(readyKustomization(), seen({ source })))).toBeUndefined();
  });

  test('is over after a failure: what Healthy tells is of before', () => {
    const conditions = [
      condition('Ready', 'False', { reason: 'DependencyNotReady' }),
      condition('Healthy', 'Unknown', { reason: 'Progressing' }),
    ];

    expect(decide(readyKustomization({ status: { conditions } }), seen())).toMatchObject({ do: 'apply' });
  });

  test('[KS-17 new-spec] ends for another spec', () => {
    expect(decide(waiting(), seen({ inputDigest: 'other' }))).toMatchObject({ do: 'apply' });
    expect(decide(waiting(0), seen())).toMatchObject({ do: 'apply' });
  });
});

function baseline() {
  return {
    inputDigest: 'input',
    attemptedRevision: REVISION,
    uid: '3f6c1c1e-0000-4000-8000-000000000001',
    renderedDigest: '',
  };
}
