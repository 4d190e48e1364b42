import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { loadCel } from '../../../shared/core/cel/expression.ts';
import { blockedBy } from '../../../shared/reconcile/kustomization/dependencies.ts';
import { condition, kustomization, REVISION, readyKustomization } from '../../builders.ts';

const app = kustomization({ metadata: { name: 'app' } });

function blocked(found: Kustomization | undefined, name = 'base') {
  return blockedBy(app, [{ namespace: 'apps', name, found }], REVISION)?.message;
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

  expect(blockedBy(app, dependencies, REVISION)?.message).toMatch(/^dependency 'infra\/first' not found/);
});

test('[KS-11 cycle] two that depend on each other both wait, and are told why', () => {
  const back = base({ spec: { dependsOn: [{ name: 'app' }] }, status: { conditions: [] } });

  expect(blocked(back)).toBe(
    "dependency 'apps/base' is not ready: dependency cycle, it depends on this Kustomization too",
  );
});

describe('a readyExpr', () => {
  const notReady = { conditions: [condition('Ready', 'False')] };
  async function judged(readyExpr: string, found: Kustomization, additive = false) {
    const rules = { compile: await loadCel(), additive };
    return blockedBy(app, [{ namespace: 'apps', name: 'base', readyExpr, found }], REVISION, rules);
  }

  test('[KS-12 ready-expr] that holds makes a dependency ready, whatever its condition says', async () => {
    expect(await judged("dep.metadata.name == 'base'", base({ status: notReady }))).toBeUndefined();
    expect(
      await judged('dep.metadata.generation == 2', base({ metadata: { generation: 2 } })),
    ).toBeUndefined();
  });

  test('[KS-12 false] that does not hold is told as such', async () => {
    expect(await judged("dep.metadata.name == 'other'", base())).toEqual({
      message: "dependency 'apps/base' is not ready according to readyExpr eval",
      forGood: false,
    });
  });

  test('[KS-12 self-and-dep] compares the object itself with its dependency', async () => {
    const sameSource = 'self.spec.sourceRef.name == dep.spec.sourceRef.name';
    const sourceRef = { kind: 'GitRepository', name: 'other' } as const;

    expect(await judged(sameSource, base())).toBeUndefined();
    expect((await judged(sameSource, base({ spec: { sourceRef } })))?.message).toMatch(
      /according to readyExpr/,
    );
  });

  test('[KS-12 evaluation] that cannot be evaluated is waited for, as the dependency may change', async () => {
    expect(await judged("dep.metadata.annotations['x'] == 'y'", base())).toEqual({
      message:
        "failed to evaluate the CEL expression 'dep.metadata.annotations['x'] == 'y'': no such key: annotations",
      forGood: false,
    });
  });

  test.each([
    ['a name that there is not', 'nope == 1', "undeclared reference to 'nope'"],
    ['bad syntax', 'dep.', 'failed to parse'],
    ['a value that is not yes or no', 'dep.metadata.name', 'output type mismatch: expected bool, got dyn'],
  ])('[KS-05 cel] with %s can never be evaluated', async (_name, expression, why) => {
    expect(await judged(expression, base())).toEqual({
      message: expect.stringMatching(/^terminal error: failed to evaluate dependency base: /),
      forGood: true,
    });
    expect((await judged(expression, base()))?.message).toContain(why);
  });

  test('[KS-18 additive-dependency-check] behind the gate the usual check is made as well', async () => {
    expect((await judged('true', base({ status: notReady }), true))?.message).toBe(
      "dependency 'apps/base' is not ready",
    );
    expect((await judged('false', base(), true))?.message).toMatch(/according to readyExpr/);
    expect(await judged('true', base(), true)).toBeUndefined();
  });

  test('that costs too much does not hold the worker', async () => {
    const list = '[1,2,3,4,5,6,7,8,9,10]';
    const deep = Array.from({ length: 9 }).reduce<string>(
      (inner, _, at) => `${list}.all(x${at}, ${inner})`,
      'true',
    );

    expect((await judged(deep, base()))?.message).toMatch(/cost limit exceeded$/);
  });
});
