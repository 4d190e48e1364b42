import { describe, expect, test } from 'vitest';
import type { ReceiverResource } from '../../../shared/api/receiver.ts';
import { collectionOf, selectorOf, wantedBy } from '../../../shared/receive/resources.ts';

const OPEN = { namespace: 'apps', crossNamespace: true };
const of = (kind: ReceiverResource['kind'], more: Partial<ReceiverResource> = {}): ReceiverResource => ({
  kind,
  name: 'web',
  ...more,
});

describe('a resource of a Receiver', () => {
  test.each([
    ['Bucket', 'source.toolkit.fluxcd.io/v1'],
    ['HelmChart', 'source.toolkit.fluxcd.io/v1'],
    ['HelmRepository', 'source.toolkit.fluxcd.io/v1'],
    ['GitRepository', 'source.toolkit.fluxcd.io/v1'],
    ['OCIRepository', 'source.toolkit.fluxcd.io/v1'],
    ['ImageRepository', 'image.toolkit.fluxcd.io/v1'],
    ['ArtifactGenerator', 'source.extensions.fluxcd.io/v1beta1'],
  ] as const)('[RC-15 defaults] %s needs no apiVersion', (kind, apiVersion) => {
    expect(collectionOf(wantedBy(of(kind), OPEN))).toEqual({ apiVersion, kind, namespace: 'apps' });
  });

  test.each([
    'Kustomization',
    'HelmRelease',
    'ImagePolicy',
    'ImageUpdateAutomation',
    'ExternalArtifact',
  ] as const)('[RC-15 required] %s needs one', (kind) => {
    expect(() => wantedBy(of(kind), OPEN)).toThrow(`apiVersion must be specified for kind "${kind}"`);
  });

  test('may name an older version, but no kind of another group', () => {
    const apiVersion = 'kustomize.toolkit.fluxcd.io/v1beta2';
    expect(collectionOf(wantedBy(of('Kustomization', { apiVersion }), OPEN)).apiVersion).toBe(
      'kustomize.toolkit.fluxcd.io/v1',
    );
    expect(() => wantedBy(of('GitRepository', { apiVersion }), OPEN)).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  test('[RC-16 without-labels] that is a wildcard needs labels', () => {
    expect(() => wantedBy(of('GitRepository', { name: '*' }), OPEN)).toThrow('matchLabels field not set');
    const labelled = wantedBy(of('GitRepository', { name: '*', matchLabels: { team: 'a', tier: '' } }), OPEN);
    expect(labelled.name).toBeUndefined();
    expect(selectorOf(labelled.labels)).toBe('team=a,tier=');
  });

  test('[RC-16 ignored] labels beside a name mean nothing', () => {
    expect(wantedBy(of('GitRepository', { matchLabels: { team: 'a' } }), OPEN)).toMatchObject({
      name: 'web',
      labels: {},
    });
  });

  test('[RC-17 namespace] is looked for in the namespace it names, else in that of the Receiver', () => {
    expect(wantedBy(of('GitRepository'), OPEN).namespace).toBe('apps');
    expect(wantedBy(of('GitRepository', { namespace: 'other' }), OPEN).namespace).toBe('other');
  });

  test('[RC-17 lockdown] lies in no other namespace where nothing may cross them', () => {
    const locked = { namespace: 'apps', crossNamespace: false };

    expect(wantedBy(of('GitRepository', { namespace: 'apps' }), locked).namespace).toBe('apps');
    expect(() => wantedBy(of('GitRepository', { namespace: 'other' }), locked)).toThrow(
      'cross-namespace references are not allowed',
    );
  });
});
