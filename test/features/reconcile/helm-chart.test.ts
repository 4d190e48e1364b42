import { describe, expect, test } from 'vitest';
import type { HelmChart, HelmChartStatus } from '../../../shared/api/helm-chart.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { conclude, type Report } from '../../../shared/reconcile/helm-chart/conclude.ts';
import { type Candidate, decide, type Plan, type Seen } from '../../../shared/reconcile/helm-chart/decide.ts';
import { isAuthentication } from '../../../shared/reconcile/helm-chart/faults.ts';
import { buildTrouble, otherTrouble } from '../../../shared/reconcile/helm-chart/trouble.ts';
import { NOW } from '../../builders.ts';

const CANDIDATE: Candidate = { name: 'app', version: '1.0.0', isPackaged: false };
const ARTIFACT = {
  ...{ revision: '1.0.0', path: 'helmchart/apps/app/app-1.0.0.tgz', digest: `sha256:${'0'.repeat(64)}` },
  ...{ url: 'http://artifacts.example/app', lastUpdateTime: '2024-01-02T03:04:05Z', size: 1 },
};
const STORED: HelmChartStatus = { observedGeneration: 1, observedChartName: 'app', artifact: ARTIFACT };

function chart(status: HelmChartStatus, spec: object = {}, generation = 1): HelmChart {
  const sourceRef = { kind: 'HelmRepository', name: 'museum' };
  return {
    ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' },
    metadata: { namespace: 'apps', name: 'app', generation },
    spec: {
      chart: 'app',
      version: '*',
      interval: '10m',
      reconcileStrategy: 'ChartVersion',
      sourceRef,
      ...spec,
    },
    status,
  } as HelmChart;
}

function seen(more: Partial<Seen> = {}): Seen {
  const found = { candidate: CANDIDATE, sourceRevision: 'sha256:1', trouble: undefined };
  return { now: NOW, stored: 'there', ...found, ...more };
}

const BUILD = { do: 'build', candidate: CANDIDATE, news: undefined } as const;

describe('what is done about a chart', () => {
  test.each<readonly [string, HelmChart, Partial<Seen>, Partial<Plan>]>([
    ['is kept under its version', chart(STORED), {}, { do: 'keep' }],
    ['is built when there is none', chart({}), { stored: 'none' }, { ...BUILD, why: 'building artifact' }],
    [
      'is built again when it is lost',
      chart(STORED),
      { stored: 'gone' },
      { ...BUILD, why: 'building artifact: disappeared from storage' },
    ],
    [
      'is built again for a new spec',
      chart(STORED, {}, 2),
      {},
      { ...BUILD, why: 'building artifact: spec changed' },
    ],
    [
      'is built for a new version',
      chart({ ...STORED, artifact: { ...ARTIFACT, revision: '0.9.0' } }),
      {},
      { do: 'build', news: "new 'app' chart with version '1.0.0'" },
    ],
    ['is built under a new name', chart({ ...STORED, observedChartName: 'other' }), {}, { do: 'build' }],
  ])('it %s', (_what, object, more, plan) => {
    expect(decide(object, seen(more))).toMatchObject(plan);
  });
});

describe('what is told of a chart', () => {
  const conditionsOf = ({ conditions = [] }: HelmChartStatus): readonly string[] =>
    conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
  const nothing: Report = { kind: 'nothing', verified: 'nothing', events: [] };

  test('[HC-13 authentication] trouble that upstream calls unknown has its name in the event and in Stalled', () => {
    const { trouble } = otherTrouble('URLInvalid', 'no URL', { stalling: true });

    const outcome = conclude(chart(STORED), { do: 'fail', trouble }, seen(), nothing, 0);

    expect(conditionsOf(outcome.status)).toEqual([
      'Stalled True URLInvalid: no URL',
      'Ready False Unknown: unknown build error: no URL',
      'FetchFailed True Unknown: unknown build error: no URL',
    ]);
    expect(outcome.events).toEqual([{ type: 'Warning', reason: 'URLInvalid', message: 'no URL' }]);
    expect(outcome.status).toMatchObject({ artifact: ARTIFACT, observedSourceArtifactRevision: 'sha256:1' });
  });

  test.each([
    ['a repository that asks who it is', new Fault('unauthorized', 'no', { status: 401 }), true],
    ['a registry that knows, and refuses', new Fault('unauthorized', 'no', { status: 403 }), false],
    ['a server that nobody vouches for', new Fault('unreachable', 'no', { errno: 'CERT_HAS_EXPIRED' }), true],
    ['a server that is down', new Fault('unreachable', 'no', { errno: 'ECONNREFUSED' }), false],
  ])('[HC-13 authentication] what is a matter of credentials: %s', (_, fault, expected) => {
    expect(isAuthentication(fault)).toBe(expected);
    expect(isAuthentication(new Fault('malformed', 'x', {}, fault))).toBe(expected);
  });

  test('[HC-12 verification] a signature that is refused is told by both its conditions', () => {
    const { trouble } = buildTrouble('ChartVerificationError', 'it is foreign');

    const { status, next } = conclude(
      chart(STORED, { verify: {} }),
      { do: 'fail', trouble },
      seen(),
      nothing,
      0,
    );

    expect(conditionsOf(status)).toEqual([
      'Reconciling True ProgressingWithRetry: reconciliation in progress',
      'Ready False VerificationError: chart verification error: it is foreign',
      'BuildFailed True ChartVerificationError: chart verification error: it is foreign',
      'SourceVerified False VerificationError: chart verification error: it is foreign',
    ]);
    expect(next).toMatchObject({ after: 'delay', reason: 'retry' });
  });

  test('secrets in what a server says are masked', () => {
    const { trouble } = buildTrouble('ChartPullError', 'failed to fetch https://ada:word@charts.example');

    expect(trouble.message).toBe('chart pull error: failed to fetch https://*****@charts.example');
  });

  test('[HC-14 merged] a kept chart goes on telling the files that it was made with', () => {
    const valuesFiles = ['a.yaml', 'b.yaml'];
    const candidate = { ...CANDIDATE, isPackaged: true };
    const said = (status: HelmChartStatus): string | undefined =>
      conclude(
        chart(status, { valuesFiles }),
        { do: 'keep', candidate },
        seen(),
        nothing,
        0,
      ).status.conditions?.find(({ type }) => type === 'ArtifactInStorage')?.message;

    const packaged = "packaged 'app' chart with version '1.0.0' and merged values files";
    expect(said(STORED)).toBe(`${packaged} [a.yaml b.yaml]`);
    expect(said({ ...STORED, observedValuesFiles: ['b.yaml'] })).toBe(`${packaged} [b.yaml]`);
  });
});
