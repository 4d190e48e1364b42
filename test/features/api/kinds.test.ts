import { expect, test } from 'vitest';
import { apiVersionOf, crdNameOf, KINDS, kindOf } from '../../../shared/api/kinds.ts';
import { SCHEMAS } from '../../../shared/api/schemas.ts';
import { QUEUES } from '../../../shared/core/messages.ts';

test('every kind has a schema for exactly its apiVersion and kind', () => {
  for (const kind of KINDS) {
    const { apiVersion } = kind;
    const result = SCHEMAS[kind.kind]?.safeParse({ apiVersion, kind: kind.kind });
    const wrong = result?.error?.issues.map(({ path }) => path[0]) ?? [];

    expect(apiVersion).toBe(apiVersionOf(kind));
    expect(wrong).toContain('spec');
    expect(wrong).not.toContain('apiVersion');
    expect(wrong).not.toContain('kind');
  }
});

test('a kind is found by name, in its own group only', () => {
  expect(kindOf('Kustomization')?.apiVersion).toBe('kustomize.toolkit.fluxcd.io/v1');
  expect(kindOf('Kustomization', 'kustomize.config.k8s.io')).toBeUndefined();
  expect(kindOf('Deployment')).toBeUndefined();
});

test("a CRD is named after the kind's plural and group", () => {
  const names = KINDS.map(crdNameOf);

  expect(names).toContain('gitrepositories.source.toolkit.fluxcd.io');
  expect(names).toContain('imagepolicies.image.toolkit.fluxcd.io');
  expect(new Set(names).size).toBe(KINDS.length);
});

test('work goes to queues of the pipeline, and kinds that are only read have none', () => {
  const queues = KINDS.map(({ queue }) => queue).filter((queue) => queue !== null);
  const readOnly = KINDS.filter(({ queue }) => queue === null).map(({ kind }) => kind);

  expect(QUEUES).toEqual(expect.arrayContaining(queues));
  expect(readOnly).toEqual(['ExternalArtifact', 'Provider', 'Alert']);
});
