import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { blockedBy } from '../../../shared/reconcile/kustomization/dependencies.ts';
import { condition, kustomization, REVISION, readyKustomization } from '../../builders.ts';

const app = kustomization({ metadata: { name: 'app' } });

function blocked(found: Kustomization | undefined, name = 'base') {
  return blockedBy(app, [{ namespace: 'apps', name, found }], REVISION);
}
const base = (parts: Parameters<typeof readyKustomization>[0] = {}) =>
  readyKustomization({ ...parts, metadata: { name: 'base', ...parts.metadata } });

describe('a dependency', () => {
  test('that is ready with the same revision is no hindrance', () => {
    expect(blocked(base())).toBeUndefined();
    expect(blockedBy(app, [], REVISION)).toBeUndefined();
  });

  test('[KS-11 exists] must exist', () => {
    expect(blocked(undefined)).toBe(
      `dependency 'apps/base' not found: kustomizations.kustomize.toolkit.fluxcd.io "base" not found`,
    );
  });

  test('[KS-11 observed-generation] must have observed its generation', () => {
    expect(blocked(base({ metadata: { generation: 2 } }))).toBe("dependency 'apps/base' is not ready");
  });

  test.each([
    ['no conditions', []],
    ['no Ready', [condition('Healthy', 'True')]],
    ['Ready False', [condition('Ready', 'False')]],
    ['Ready Unknown', [condition('Ready', 'Unknown')]],
  ])('[KS-11 ready] must be ready: %s', (_name, conditions) => {
    expect(blocked(base({ status: { conditions } }))).toBe("dependency 'apps/base' is not ready");
  });

  test('[KS-11 same-source] with the same source must have applied the same revision', () => {
    const old = { lastAppliedRevision: 'main@sha1:old' };
    const elsewhere = { kind: 'GitRepository', name: 'podinfo', namespace: 'other' } as const;
    const spelledOut = { kind: 'GitRepository', name: 'podinfo', namespace: 'apps' } as const;

    expect(blocked(base({ status: old }))).toBe("dependency 'apps/base' revision is not up to date");
    expect(blocked(base({ status: old, spec: { sourceRef: spelledOut } }))).toBe(
      "dependency 'apps/base' revision is not up to date",
    );
    expect(blocked(base({ status: old, spec: { sourceRef: elsewhere } }))).toBeUndefined();
    expect(
      blocked(base({ status: old, spec: { sourceRef: { ...spelledOut, kind: 'Bucket' } } })),
    ).toBeUndefined();
    expect(blocked(base({ status: old, spec: { sourceRef: { ...spelledOut, name: 'x' } } }))).toBeUndefined();
  });

  test('without spec is not ready, and nothing worse', () => {
    const { spec: _spec, ...bare } = base({ status: { conditions: [] } });

    expect(blocked(bare as Kustomization)).toBe("dependency 'apps/base' is not ready");
  });
});

test('[KS-11 order] the first of several that is not ready is told', () => {
  const dependencies = [
    { namespace: 'apps', name: 'fine', found: base() },
    { namespace: 'infra', name: 'first', found: undefined },
    { namespace: 'apps', name: 'second', found: undefined },
  ];

  expect(blockedBy(app, dependencies, REVISION)).toMatch(/^dependency 'infra\/first' not found/);
});

test('[KS-11 cycle] two that depend on each other both wait, and are told why', () => {
  const back = base({ spec: { dependsOn: [{ name: 'app' }] }, status: { conditions: [] } });

  expect(blocked(back)).toBe(
    "dependency 'apps/base' is not ready: dependency cycle, it depends on this Kustomization too",
  );
});
