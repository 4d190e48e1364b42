import { describe, expect, test } from 'vitest';
import type { ArtifactGenerator } from '../../../shared/api/artifact-generator.ts';
import type { ExternalArtifact } from '../../../shared/api/external-artifact.ts';
import { observedSourcesDigest, revisionsOf } from '../../../shared/artifact/generator/observed-sources.ts';
import { specProblem } from '../../../shared/artifact/generator/validate.ts';
import { conclude } from '../../../shared/reconcile/artifact-generator/conclude.ts';
import { decide, type Seen } from '../../../shared/reconcile/artifact-generator/decide.ts';
import { artifact, condition, NOW } from '../../builders.ts';
import { copy, digest, generator, inventory, ready, sources } from './generators.ts';

const external = (changes: object = {}): ExternalArtifact =>
  ({
    metadata: { name: 'made', namespace: 'apps' },
    status: { artifact: { ...artifact({ digest, path: 'p' }), url: 'http://here/p', ...changes } },
  }) as ExternalArtifact;

const seen = (changes: Partial<Seen> = {}): Seen => ({
  now: NOW,
  ...{ ready: undefined, problem: undefined, unready: undefined, sources, kept: 'whole' },
  externals: [external()],
  urlOf: (path) => `http://here/${path}`,
  ...changes,
});

describe('what drifts', () => {
  const newer = new Map([['src', artifact({ revision: 'main@sha1:new' })]]);
  const two = [
    { name: 'made', copy },
    { name: 'more', copy },
  ];

  test.each([
    ['nothing', ready(), seen(), undefined],
    ['a failure', ready({ conditions: [condition('Ready', 'False')] }), seen(), 'NotReady'],
    [
      'a new generation',
      { ...ready(), metadata: { ...ready().metadata, generation: 2 } },
      seen(),
      'GenerationChanged',
    ],
    ['a source', ready(), seen({ sources: newer }), 'SourcesChanged'],
    [
      'an address',
      ready(),
      seen({ sources: new Map([['src', artifact({ url: 'http://b/' })]]) }),
      'SourcesChanged',
    ],
    ['the outputs', { ...ready(), spec: { ...ready().spec, artifacts: two } }, seen(), 'ArtifactsChanged'],
    ['a file that is gone', ready(), seen({ kept: 'missing' }), 'ArtifactMissing'],
    ['a file that is spoilt', ready(), seen({ kept: 'corrupted' }), 'ArtifactCorrupted'],
    ['an object that is gone', ready(), seen({ externals: [] }), 'ExternalArtifactsChanged'],
    [
      'an object of others',
      ready(),
      seen({ externals: [external({ digest: 'x' })] }),
      'ExternalArtifactsChanged',
    ],
    [
      'an address of ours',
      ready(),
      seen({ urlOf: (path) => `http://there/${path}` }),
      'ExternalArtifactsChanged',
    ],
  ])('[AG-09 drift] %s', (_, object, what, why) => {
    expect(decide(object as ArtifactGenerator, what)).toEqual(
      why === undefined ? { do: 'keep' } : { do: 'generate', why },
    );
  });

  test('[AG-09 drift] outputs that a pattern multiplies are not counted', () => {
    const object = ready();
    const spec = { ...object.spec, pathPattern: '@src/{a}', artifacts: two };

    expect(decide({ ...object, spec }, seen())).toEqual({ do: 'keep' });
  });
});

describe('a spec', () => {
  const spec = generator().spec;
  const [source] = spec.sources;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

  test.each([
    ['[AG-01 aliases] one alias twice', { sources: [source, source] }, "duplicate source alias 'src' found"],
    [
      '[AG-02 names] one name twice',
      {
        artifacts: [
          { name: 'a', copy },
          { name: 'a', copy },
        ],
      },
      "duplicate artifact name 'a' found",
    ],
    [
      '[AG-02 names] a name that cannot be',
      { artifacts: [{ name: 'A_b', copy }] },
      `artifact name "A_b" is not a valid Kubernetes object name: ${rule}`,
    ],
    [
      '[AG-02 revision-alias] an unknown alias',
      { artifacts: [{ name: 'a', copy, revision: '@no' }] },
      "artifact a revision source alias 'no' not found",
    ],
  ])('%s stalls with ValidationFailed', (_, changes, message) => {
    const object = generator({ spec: { ...spec, ...changes } as typeof spec });
    const problem = specProblem(object, false);

    expect(problem).toEqual({ reason: 'ValidationFailed', message });
    const told = conclude(object, decide(object, seen({ problem })), seen(), { kind: 'nothing' }, 0);
    const refused = { reason: 'ValidationFailed', message };
    expect(told.status.conditions).toEqual([
      expect.objectContaining({ type: 'Stalled', status: 'True', ...refused }),
      expect.objectContaining({ type: 'Ready', status: 'False', ...refused }),
    ]);
    expect(told.events).toEqual([{ type: 'Warning', ...refused }]);
    expect(told.next).toEqual({ after: 'nothing' });
  });

  test('[AG-01 cross-namespace] of another namespace is denied, locked down', () => {
    const sources = [{ alias: 'src', kind: 'GitRepository' as const, name: 'x', namespace: 'other' }];
    const object = generator({ spec: { ...spec, sources } });

    expect(specProblem(object, false)).toBeUndefined();
    expect(specProblem(object, true)).toEqual({
      reason: 'AccessDenied',
      message: 'cross-namespace reference to source GitRepository/other/x is not allowed',
    });
  });
});

describe('what a run comes to', () => {
  const trouble = { reason: 'BuildFailed', message: 'made build failed: x' };

  test('[AG-16 retry] a failure that a retry can help is backed off, and told once', () => {
    const object = ready();
    const plan = { do: 'generate', why: 'NotReady' } as const;

    const first = conclude(object, plan, seen(), { kind: 'failed', trouble }, 3);
    const failed = first.status.conditions?.find(({ type }) => type === 'Ready');
    const again = conclude(object, plan, seen({ ready: failed }), { kind: 'failed', trouble }, 4);

    expect(first.next).toEqual({ after: 'delay', milliseconds: 6000, reason: 'retry' });
    expect(first.events).toEqual([{ type: 'Warning', ...trouble }]);
    expect(again.events).toEqual([]);
    expect(first.status.inventory).toEqual(inventory);
  });

  test('[AG-16 reasons] [AG-08 inventory] success counts what was made, and tells what is new', () => {
    const made = [
      ...inventory,
      { name: 'more', namespace: 'apps', digest: 'sha256:2', filename: '2.tar.gz' },
    ];
    const report = { kind: 'generated', inventory: made } as const;

    const done = conclude(ready(), { do: 'generate', why: 'SourcesChanged' }, seen(), report, 0);

    expect(done.status.conditions?.map(({ type, message }) => [type, message])).toEqual([
      ['Ready', 'reconciliation succeeded, generated 2 artifact(s)'],
    ]);
    expect(done.status).toMatchObject({
      inventory: made,
      observedSourcesDigest: observedSourcesDigest(sources),
    });
    expect(done.events.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      'Ready: reconciliation succeeded, generated 2 artifact(s)',
      'Ready: external artifacts reconciled: apps/more (sha256:2)',
    ]);
    expect(done.next).toEqual({ after: 'interval' });
  });
});

test("[AG-08 digest] of what was observed is source-watcher's own, in the order of the aliases", () => {
  const source = (digest: string, revision: string, file: string) =>
    artifact({ digest: `sha256:${digest}`, revision, url: `http://x/${file}.tar.gz` });
  const observed = new Map([
    ['b', source('bb', 'main@sha1:22', 'b')],
    ['a-b', source('cc', 'v1', 'c')],
    ['a', source('aa', 'main@sha1:11', 'a')],
  ]);

  // Asked of swapi.HashObservedSources 2.2.
  expect(observedSourcesDigest(observed)).toBe(
    'sha256:493ae050d796d0818cda3eb754c693ccba93e4cbe2730f31c77650752e2e5a58',
  );
});

test('[AG-05 latest] [AG-05 copied] [AG-05 origin] revision and origin are of the content, or of the sources that are named', () => {
  const of = (metadata?: Readonly<Record<string, string>>) =>
    new Map([['src', artifact({ revision: 'main@sha1:1', ...(metadata && { metadata }) })]]);
  const named = { revision: '@src', originRevision: '@src' };

  expect(revisionsOf({}, digest, of())).toEqual({ revision: `latest@${digest}` });
  expect(revisionsOf(named, digest, of())).toEqual({
    revision: 'main@sha1:1',
    metadata: { 'org.opencontainers.image.revision': 'main@sha1:1' },
  });
  expect(revisionsOf(named, digest, of({ 'org.opencontainers.image.revision': 'v2' })).metadata).toEqual({
    'org.opencontainers.image.revision': 'v2',
  });
});
