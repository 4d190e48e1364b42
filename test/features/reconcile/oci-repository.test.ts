import { describe, expect, test } from 'vitest';
import type { OCIRepository } from '../../../shared/api/oci-repository.ts';
import { conclude, type Report } from '../../../shared/reconcile/oci-repository/conclude.ts';
import { decide, type Plan, type Seen } from '../../../shared/reconcile/oci-repository/decide.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const REVISION = `latest@${DIGEST}`;
const NOW = new Date('2026-03-01T12:00:00Z');
const remote = { revision: REVISION, digest: DIGEST, reference: 'ghcr.io/org/app:latest' };
const artifact = {
  ...{ path: 'ocirepository/apps/app/x.tar.gz', url: 'http://x', revision: REVISION, digest: DIGEST },
  ...{ lastUpdateTime: '2026-03-01T11:00:00Z', size: 1 },
};
const condition = (type: string, more: object = {}) => ({
  ...{ type, status: 'True', reason: 'Succeeded', message: 'm', lastTransitionTime: '2026-03-01T11:00:00Z' },
  ...{ observedGeneration: 1, ...more },
});

/** An OCIRepository whose artifact is what the registry has. */
function object(spec: object = {}, status: object = {}): OCIRepository {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'app', namespace: 'apps', generation: 1 },
    spec: { url: 'oci://ghcr.io/org/app', interval: '1m', timeout: '60s', provider: 'generic', ...spec },
    status: { observedGeneration: 1, artifact, conditions: [condition('ArtifactInStorage')], ...status },
  } as OCIRepository;
}

const seen = (more: Partial<Seen> = {}): Seen => ({
  now: NOW,
  stored: 'there',
  remote,
  trouble: undefined,
  ...more,
});
const verify = { provider: 'cosign' } as const;

describe('decide', () => {
  test.each<[string, OCIRepository, Partial<Seen>, Partial<Plan>]>([
    ['keeps what is there', object(), {}, { do: 'keep', verify: false }],
    ['fetches what is new', object({}, { artifact: { ...artifact, revision: 'old' } }), {}, { do: 'fetch' }],
    [
      'fetches the first',
      object({}, { artifact: undefined, conditions: [] }),
      { stored: 'none' },
      { do: 'fetch' },
    ],
    [
      'fetches what was lost',
      object(),
      { stored: 'gone' },
      { do: 'fetch', why: 'building artifact: disappeared from storage' },
    ],
    [
      'fetches for other ignore rules',
      object({ ignore: '*.md' }),
      {},
      { do: 'fetch', why: 'building artifact: spec changed' },
    ],
    ['fetches for another selector', object({ layerSelector: { operation: 'copy' } }), {}, { do: 'fetch' }],
    [
      'keeps for the same selector',
      object({ layerSelector: { mediaType: 'x' } }, { observedLayerSelector: { mediaType: 'x' } }),
      {},
      { do: 'keep' },
    ],
    ['verifies what was not verified', object({ verify }), {}, { do: 'keep', verify: true }],
    [
      'verifies once',
      object({ verify }, { conditions: [condition('ArtifactInStorage'), condition('SourceVerified')] }),
      {},
      { do: 'keep', verify: false },
    ],
    [
      'verifies again for a new generation',
      object(
        { verify },
        {
          conditions: [
            condition('ArtifactInStorage'),
            condition('SourceVerified', { observedGeneration: 0 }),
          ],
        },
      ),
      {},
      { do: 'keep', verify: true },
    ],
    [
      'verifies again after a refusal',
      object(
        { verify },
        { conditions: [condition('ArtifactInStorage'), condition('SourceVerified', { status: 'False' })] },
      ),
      {},
      { do: 'keep', verify: true },
    ],
  ])('%s', (_what, repository, more, expected) => {
    expect(decide(repository, seen(more))).toMatchObject(expected);
  });
});

describe('conclude', () => {
  const plan: Plan = { do: 'fetch', remote, verify: false, why: 'x' };
  const stored: Report = { kind: 'stored', artifact, verified: 'nothing', events: [] };
  const of = (repository: OCIRepository, report: Report, hops = 0) =>
    conclude(repository, plan, seen(), report, hops);

  test('what is stored is told once, with the rules it was made by', () => {
    const first = of(object({ ignore: 'x' }, { artifact: undefined, conditions: [] }), stored);
    expect(first.status).toMatchObject({ artifact, observedIgnore: 'x', observedGeneration: 1 });
    expect(first.events.map(({ reason }) => reason)).toEqual(['NewArtifact']);
    expect(first.next).toEqual({ after: 'interval' });
    expect(of(object(), stored).events.map(({ reason }) => reason)).toEqual(['ArtifactUpToDate']);
  });

  test('a verdict becomes SourceVerified, and goes with spec.verify', () => {
    const verified = of(object({ verify }), { ...stored, verified: { message: 'verified' } });
    const told = verified.status.conditions?.find(({ type }) => type === 'SourceVerified');
    expect(told).toMatchObject({ status: 'True', reason: 'Succeeded', message: 'verified' });
    const without = of({ ...object(), status: verified.status } as OCIRepository, stored);
    expect(without.status.conditions?.map(({ type }) => type)).not.toContain('SourceVerified');
  });

  test('a refused signature keeps the artifact, is retried, and is told once', () => {
    const trouble = { condition: 'SourceVerified', reason: 'VerificationError', message: 'no' } as const;
    const failed = of(object({ verify }), { kind: 'failed', trouble, events: [] });
    expect(failed.status.artifact).toEqual(artifact);
    const ready = failed.status.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'VerificationError', message: 'no' });
    expect(failed.next).toMatchObject({ after: 'delay', reason: 'retry' });
    expect(failed.events).toHaveLength(1);
    const again = of(
      { ...object({ verify }), status: failed.status } as OCIRepository,
      { kind: 'failed', trouble, events: [] },
      1,
    );
    expect(again.events).toEqual([]);
  });

  test('an origin with a token in it is told without', () => {
    const metadata = {
      'org.opencontainers.image.source': 'https://me:s3cret@git.example/x',
      'org.opencontainers.image.revision': 'main@sha1:1',
    };
    const { events } = of(object({}, { artifact: undefined }), {
      ...stored,
      artifact: { ...artifact, metadata },
    });
    expect(events[0]?.message).toContain("origin revision 'main@sha1:1'");
    expect(events[0]?.message).not.toContain('s3cret');
  });
});
