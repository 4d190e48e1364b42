import { describe, expect, test } from 'vitest';
import { humanSize, indexUrl } from '../../../shared/helm/repository-url.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { decide } from '../../../shared/reconcile/helm-repository/decide.ts';
import { helmRepository } from '../../../shared/reconcile/helm-repository/effects.ts';
import { isStatic } from '../../../shared/reconcile/helm-repository/static.ts';
import { sweep } from '../../../shared/reconcile/sweep.ts';
import { delivery, NOW } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const FINALIZERS = ['finalizers.fluxcd.io'];
const object = (name: string, spec: object, more: object = {}, metadata: object = {}): KubernetesObject => ({
  ...{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmRepository', spec, ...more },
  metadata: { name, namespace: 'apps', uid: name, resourceVersion: '1', generation: 1, ...metadata },
});
const OCI = { type: 'oci', url: 'oci://registry.example.org/charts' };
const STATUS = { observedGeneration: 1, conditions: [] };

test('[HR-08 not-due] an object of type oci is not swept, unless it carries something of an earlier time', async () => {
  const objects = [
    object('static', OCI),
    object('defaulted', OCI, { status: { observedGeneration: -1 } }),
    object('suspended', { ...OCI, suspend: true }, { status: STATUS }),
    object('migrating', OCI, {}, { finalizers: FINALIZERS }),
    object('refused', OCI, { status: STATUS }),
    object('index', { url: 'https://charts.example.org' }),
  ];
  const world = createWorld({ objects });
  const tick = NOW.toISOString();

  await sweep(
    [delivery('s', { shard: '0', clusters: ['c1'], tick })],
    world.ports,
    new AbortController().signal,
  );

  const names = (await bodiesOf(world, 'source')).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['index', 'migrating', 'refused']);
});

test('an object of type oci that is being deleted is seen to', () => {
  const deleted = { finalizers: FINALIZERS, deletionTimestamp: NOW.toISOString() };

  expect(isStatic(object('deleted', OCI, {}, deleted) as never)).toBe(false);
});

describe('what is decided', () => {
  const known = { revision: 'sha256:a' };
  const decided = (seen: object, artifact?: object) =>
    decide(
      { status: artifact ? { artifact } : {} } as never,
      { now: NOW, stored: 'there', trouble: undefined, revision: 'sha256:a', ...seen } as never,
    );

  test.each([
    ['keeps what is known', {}, known, { do: 'keep' }],
    ['stores what is new', { revision: 'sha256:b' }, known, { do: 'store', revision: 'sha256:b' }],
    ['stores the first', { stored: 'none' }, undefined, { do: 'store', revision: 'sha256:a' }],
    ['stores again what is gone', { stored: 'gone' }, known, { do: 'store', revision: 'sha256:a' }],
    ['stores again what is corrupt', { stored: 'corrupt' }, known, { do: 'store', revision: 'sha256:a' }],
    ['does nothing about what was not seen', { revision: undefined }, known, { do: 'nothing' }],
  ])('%s', (_, seen, artifact, plan) => {
    expect(decided(seen, artifact)).toEqual(plan);
  });
});

test.each([
  ['https://charts.example.org', 'https://charts.example.org/index.yaml'],
  ['https://charts.example.org/', 'https://charts.example.org/index.yaml'],
  ['https://charts.example.org/a//b///', 'https://charts.example.org/a/b/index.yaml'],
  ['https://charts.example.org/a%2Fb?token=x', 'https://charts.example.org/a%2Fb/index.yaml?token=x'],
])('[HR-02 url] the index of %s is at %s', (url, index) => {
  expect(indexUrl(url)).toBe(index);
});

// As go-units tells sizes.
test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [29_690, '29.69kB'],
  [1_234_567, '1.235MB'],
  [52_428_800, '52.43MB'],
])('%d bytes are told as %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test('a webhook of the fleet finds an index by its URL, and a registry by none', () => {
  const spec = { url: 'https://charts.example.org', provider: 'generic' } as const;

  expect(helmRepository.repositoryOf?.(spec)).toBe(spec.url);
  expect(helmRepository.repositoryOf?.({ ...spec, url: OCI.url })).toBeUndefined();
});
