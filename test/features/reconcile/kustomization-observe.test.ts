import { describe, expect, test } from 'vitest';
import type { Kustomization, KustomizationSpec } from '../../../shared/api/kustomization.ts';
import type { WorkMessage } from '../../../shared/core/messages.ts';
import type { KubernetesObject, Profile } from '../../../shared/ports.ts';
import { dependenciesOf } from '../../../shared/reconcile/dependency-order.ts';
import { observe } from '../../../shared/reconcile/kustomization/observe.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import {
  artifact,
  clusterRecord,
  condition,
  gitRepository,
  kustomization,
  NOW,
  readyGitRepository,
  readyKustomization,
} from '../../builders.ts';
import { createWorld } from './world.ts';

interface Around {
  readonly objects?: readonly KubernetesObject[];
  readonly profile?: Profile;
  readonly message?: Pick<WorkMessage, 'reason'>;
  readonly redelivered?: boolean;
}

function look(object: Kustomization, around: Around = {}) {
  const { objects = [readyGitRepository()], profile = 'flux', redelivered = false } = around;
  const { message = { reason: 'watch' } } = around;
  const world = createWorld({ objects });
  const asked: string[] = [];
  const cluster = {
    ...world.cluster,
    get: async (reference: { kind: string; name: string; namespace?: string; apiVersion: string }) => {
      asked.push(`${reference.kind}/${reference.namespace}/${reference.name}`);
      return world.cluster.get(reference);
    },
  };
  const record = clusterRecord({ settings: { owns: 'all', profile, groups: 16 } });
  const facts = { uid: 'c1', version: 'v1.36.0' };
  const scope = { ports: world.ports, record, cluster, facts, message, redelivered } as unknown as Scope;
  return observe(object, scope).then((seen) => ({ seen, asked }));
}

describe('the source', () => {
  test('is found with its artifact', async () => {
    const { seen } = await look(kustomization());

    expect(seen).toMatchObject({
      now: NOW,
      source: { state: 'ready', artifact: artifact() },
      blocked: undefined,
    });
  });

  test('may be missing, or without artifact yet', async () => {
    expect((await look(kustomization(), { objects: [] })).seen.source).toEqual({ state: 'missing' });
    expect((await look(kustomization(), { objects: [gitRepository()] })).seen.source).toEqual({
      state: 'pending',
    });
  });

  test('[COM-24 cross-namespace] of another namespace is denied when locked down, without looking at it', async () => {
    const sourceRef = { kind: 'GitRepository', name: 'podinfo', namespace: 'sources' } as const;
    const object = kustomization({ spec: { sourceRef } });
    const objects = [readyGitRepository({ metadata: { namespace: 'sources' } })];
    const { seen, asked } = await look(object, { objects, profile: 'lockdown' });

    expect(seen.source).toEqual({
      state: 'denied',
      message: "can't access 'GitRepository/sources/podinfo', cross-namespace references have been blocked",
    });
    expect(asked).toEqual([]);
    expect((await look(object, { objects })).seen.source.state).toBe('ready');
    expect((await look(kustomization(), { profile: 'lockdown' })).seen.source.state).toBe('ready');
  });
});

describe('a message of a source', () => {
  const message = { reason: 'source' } as const;
  const isOld = async (object: Kustomization, around: Around = { message }) =>
    (await look(object, around)).seen.oldNews ?? false;

  test('[KS-16 attempted] whose revision was attempted meanwhile is old news', async () => {
    const attempted = readyKustomization();
    const newer = readyGitRepository({ status: { artifact: artifact({ revision: 'main@sha1:1111' }) } });

    expect(await isOld(attempted)).toBe(true);
    expect(await isOld(kustomization())).toBe(false);
    expect(await isOld(attempted, { message, objects: [newer] })).toBe(false);
    expect(await isOld(attempted, { message: { reason: 'sweep' } })).toBe(false);
  });

  test('is none for what changed, found nothing to work on, or may have been interrupted', async () => {
    const { metadata, status } = readyKustomization();
    const changed = readyKustomization({ metadata: { ...metadata, generation: 2 } });
    const off = condition('Ready', 'False', { reason: 'DependencyNotReady' });
    const putOff = readyKustomization({ status: { ...status, conditions: [off] } });

    expect(await isOld(changed)).toBe(false);
    expect(await isOld(putOff)).toBe(false);
    expect(await isOld(readyKustomization(), { message, redelivered: true })).toBe(false);
  });
});

test('[KS-12 locked-down] locked down, no expression looks at what another namespace holds', async () => {
  const other = { name: 'base', namespace: 'other', readyExpr: "dep.spec.postBuild.substitute.key == 'a'" };
  const object = (dependsOn: NonNullable<KustomizationSpec['dependsOn']>) =>
    kustomization({ spec: { dependsOn } });
  const { seen, asked } = await look(object([other]), { profile: 'lockdown' });
  const sourceOf = async (one: Kustomization, profile: 'flux' | 'lockdown') =>
    (await look(one, { profile })).seen.source.state;

  expect(seen.source).toEqual({
    state: 'denied',
    message:
      "can't access 'Kustomization/other/base' in readyExpr, cross-namespace references have been blocked",
  });
  expect(asked).toEqual([]);
  expect(await sourceOf(object([{ name: 'base', namespace: 'other' }]), 'lockdown')).toBe('ready');
  expect(await sourceOf(object([{ ...other, namespace: 'apps' }]), 'lockdown')).toBe('ready');
  expect(await sourceOf(object([other]), 'flux')).toBe('ready');
});

test('an empty namespace means that of the object itself, as Go has it', async () => {
  const spec = {
    sourceRef: { kind: 'GitRepository', name: 'podinfo', namespace: '' },
    dependsOn: [{ name: 'base', namespace: '' }],
  } as const;
  const object = kustomization({ spec: { ...spec, dependsOn: [...spec.dependsOn] } });
  const { asked } = await look(object, { profile: 'lockdown' });

  expect(asked).toEqual(['GitRepository/apps/podinfo', 'Kustomization/apps/base']);
  expect(dependenciesOf(object)).toEqual(['apps/base']);
});

describe('looking stops where the decision is clear', () => {
  const dependsOn = [{ name: 'base' }];

  test('at a gate that is closed', async () => {
    const decryption = { provider: 'sops', serviceAccountName: 'sops' } as const;
    const { asked } = await look(kustomization({ spec: { decryption } }));

    expect(asked).toEqual([]);
  });

  test('at a source without artifact', async () => {
    const { asked } = await look(kustomization({ spec: { dependsOn } }), { objects: [] });

    expect(asked).toEqual(['GitRepository/apps/podinfo']);
  });

  test('at a dependency that is not ready', async () => {
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'vars', optional: false }] } as const;
    const spec = { dependsOn, postBuild: { substituteFrom: [...postBuild.substituteFrom] } };
    const { seen, asked } = await look(kustomization({ spec }));

    expect(seen.blocked).toMatch(/^dependency 'apps\/base' not found/);
    expect(asked).toEqual(['GitRepository/apps/podinfo', 'Kustomization/apps/base']);
  });
});

describe('the digest of the input', () => {
  const digestOf = async (spec: Partial<Kustomization['spec']>, around: Around = {}) =>
    (await look(kustomization({ spec }), around)).seen.inputDigest;
  const vars = (value: string): Around => ({
    objects: [
      readyGitRepository(),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'vars', namespace: 'apps' },
        data: { a: value },
      },
    ],
  });
  const substitutes = {
    postBuild: { substituteFrom: [{ kind: 'ConfigMap' as const, name: 'vars', optional: false }] },
  };

  test('changes with what is built', async () => {
    const digests = [
      await digestOf({}),
      await digestOf({ path: './other' }),
      await digestOf({ targetNamespace: 'x' }),
      await digestOf({ serviceAccountName: 'x' }),
      await digestOf({}, { profile: 'lockdown' }),
      await digestOf(
        {},
        { objects: [readyGitRepository({ status: { artifact: artifact({ revision: 'x' }) } })] },
      ),
      await digestOf(substitutes, vars('1')),
      await digestOf(substitutes, vars('2')),
    ];

    expect(new Set(digests).size).toBe(digests.length);
  });

  test('does not change with when it runs, what it waits for, or what becomes of it', async () => {
    const same = await digestOf({});

    for (const spec of [
      { interval: '1h', retryInterval: '1m', timeout: '2m' },
      { prune: false, force: true, deletionPolicy: 'Orphan' as const },
      { wait: true, healthChecks: [{ kind: 'Deployment', name: 'x' }] },
    ]) {
      expect(await digestOf(spec)).toBe(same);
    }
  });

  test('a variable that is not there is told', async () => {
    const { seen } = await look(kustomization({ spec: substitutes }));

    expect(seen.unreadable).toBe(`substitute from 'ConfigMap/vars' error: configmaps "vars" not found`);
  });
});
