import { expect, test } from 'vitest';
import { healthKey, referencesToCheck } from '../../../shared/health/references.ts';

const SELF = { namespace: 'flux-system', name: 'apps' };
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'web' };
const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'web' };
const question = { self: SELF, wait: false, healthChecks: [], applied: [] };

test('[KS-85 wait-all] [KS-85 skipped-left-out] wait means what was applied, not healthChecks', () => {
  const applied = [
    { reference: web, skipped: false },
    { reference: config, skipped: true },
  ];
  const healthChecks = [{ kind: 'Deployment', namespace: 'apps', name: 'other' }];

  expect(referencesToCheck({ ...question, wait: true, healthChecks, applied })).toEqual([web]);
});

test('[KS-85 named-only] [KS-85 default-api-version] health checks are workloads unless they say otherwise', () => {
  const healthChecks = [
    { kind: 'Deployment', namespace: 'apps', name: 'web' },
    { apiVersion: '', kind: 'StatefulSet', namespace: 'apps', name: 'db' },
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'web' },
  ];
  const applied = [{ reference: { ...web, name: 'other' }, skipped: false }];

  expect(referencesToCheck({ ...question, healthChecks, applied })).toEqual([
    web,
    { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'apps', name: 'db' },
    config,
  ]);
});

test('[KS-85 nothing-asked] neither wait nor healthChecks asks nothing, nor does an empty apply', () => {
  expect(referencesToCheck({ ...question, applied: [{ reference: web, skipped: false }] })).toBeUndefined();
  expect(referencesToCheck({ ...question, wait: true })).toBeUndefined();
});

test('[KS-85 self-dropped] a Kustomization leaves itself out, but not its namesakes', () => {
  const kustomization = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' };
  const self = { ...kustomization, ...SELF };
  const namesakes = [
    { ...kustomization, ...SELF, namespace: 'other' },
    { ...kustomization, ...SELF, name: 'other' },
    { ...self, apiVersion: 'apps/v1', kind: 'Deployment' },
  ];

  expect(referencesToCheck({ ...question, healthChecks: [self, ...namesakes] })).toEqual(namesakes);
  expect(referencesToCheck({ ...question, healthChecks: [self] })).toEqual([]);
});

test('an object that is named twice is looked at once, whatever its version', () => {
  const older = { ...web, apiVersion: 'apps/v1beta1' };

  expect(referencesToCheck({ ...question, healthChecks: [older, web] })).toEqual([web]);
  expect(healthKey(older)).toBe(healthKey(web));
  expect(healthKey(config)).not.toBe(healthKey({ ...config, namespace: 'other' }));
});
