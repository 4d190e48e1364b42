import { describe, expect, test } from 'vitest';
import { GitRepository } from '../../../shared/api/git-repository.ts';
import { HelmRelease } from '../../../shared/api/helm-release.ts';
import { Kustomization } from '../../../shared/api/kustomization.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const metadata = { name: 'app', namespace: 'apps' };

function gitRepository(spec: Record<string, unknown> = {}) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { url: 'https://example.com/app', interval: '1m', ...spec },
  };
}

function kustomization(spec: Record<string, unknown> = {}) {
  const sourceRef = { kind: 'GitRepository', name: 'app' };
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: { interval: '10m', prune: true, sourceRef, ...spec },
  };
}

describe('an object', () => {
  test('stands where any Kubernetes object is wanted', () => {
    const objects: readonly KubernetesObject[] = [
      GitRepository.parse(gitRepository()),
      Kustomization.parse(kustomization()),
    ];

    expect(objects.map(({ metadata: { name } }) => name)).toEqual(['app', 'app']);
  });

  test('gets the defaults that the API server fills in', () => {
    const { spec, status } = GitRepository.parse(gitRepository({ verify: { secretRef: { name: 'keys' } } }));

    expect(spec.timeout).toBe('60s');
    expect(spec.verify?.mode).toBe('HEAD');
    expect(status).toEqual({ observedGeneration: -1 });
  });

  test('loses fields that its kind does not have, as the API server prunes them', () => {
    expect(GitRepository.parse(gitRepository({ gitImplementation: 'libgit2' })).spec).not.toHaveProperty(
      'gitImplementation',
    );
  });

  test('keeps any values of a HelmRelease', () => {
    const values = { replicas: 2, list: [{ a: null }], nested: { 'x/y': true } };
    const release = HelmRelease.parse({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata,
      spec: { interval: '10m', chartRef: { kind: 'OCIRepository', name: 'app' }, values },
    });

    expect(release.spec.values).toEqual(values);
  });
});

describe('a GitRepository', () => {
  test.each(['https://h/r', 'http://h/r', 'ssh://git@h/r'])('may be at %s', (url) => {
    expect(GitRepository.safeParse(gitRepository({ url })).success).toBe(true);
  });

  test.each(['git@github.com:org/repository', 'file:///tmp/r', 'git://h/r'])('may not be at %s', (url) => {
    expect(GitRepository.safeParse(gitRepository({ url })).success).toBe(false);
  });

  test.each(['1m', '1h30m', '500ms', '1.5h'])('may have the interval %s', (interval) => {
    expect(GitRepository.safeParse(gitRepository({ interval })).success).toBe(true);
  });

  test.each(['1', '1d', '-1m', '1 m', ''])('may not have the interval "%s"', (interval) => {
    expect(GitRepository.safeParse(gitRepository({ interval })).success).toBe(false);
  });

  test('has a timeout below hours', () => {
    expect(GitRepository.safeParse(gitRepository({ timeout: '90m' })).success).toBe(true);
    expect(GitRepository.safeParse(gitRepository({ timeout: '1h' })).success).toBe(false);
  });
});

describe('a Kustomization', () => {
  test.each(['interval', 'prune', 'sourceRef'])('needs %s', (field) => {
    const { [field as 'prune']: _, ...spec } = kustomization().spec;

    expect(Kustomization.safeParse({ ...kustomization(), spec }).success).toBe(false);
  });

  test('[KS-01 crd-source-kinds] takes its manifests from the four kinds of sources', () => {
    const from = (kind: string) =>
      Kustomization.safeParse(kustomization({ sourceRef: { kind, name: 'app' } }));

    const kinds = ['OCIRepository', 'GitRepository', 'Bucket', 'ExternalArtifact', 'HelmRepository'];
    expect(kinds.map((kind) => from(kind).success)).toEqual([true, true, true, true, false]);
  });
});
