import { expect, test } from 'vitest';
import { AWAITED_STAGES, STAGES, stageOf } from '../../../shared/apply/stages.ts';

test.each([
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'definitions'],
  ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 'definitions'],
  ['v1', 'Namespace', 'definitions'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'definitions'],
  ['storage.k8s.io/v1', 'StorageClass', 'classes'],
  ['networking.k8s.io/v1', 'IngressClass', 'classes'],
  ['gateway.networking.k8s.io/v1', 'GatewayClass', 'classes'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'rest'],
  ['rbac.authorization.k8s.io/v1', 'Role', 'rest'],
  ['other.test/v1', 'Namespace', 'rest'],
  ['other.test/v1', 'Classroom', 'rest'],
  ['v1', 'ConfigMap', 'rest'],
])('[KS-63 stage-members] %s %s is applied among the %s', (apiVersion, kind, stage) => {
  expect(stageOf({ apiVersion, kind })).toBe(stage);
});

test('[KS-63 custom-stage] kinds the operator names have a stage of their own, before the rest, not awaited', () => {
  const custom = new Set(['rbac.authorization.k8s.io/Role', 'Secret']);

  expect(stageOf({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' }, custom)).toBe('custom');
  expect(stageOf({ apiVersion: 'v1', kind: 'Secret' }, custom)).toBe('custom');
  expect(stageOf({ apiVersion: 'v1', kind: 'Namespace' }, new Set(['Namespace']))).toBe('definitions');
  expect(STAGES).toEqual(['definitions', 'classes', 'custom', 'rest']);
  expect([...AWAITED_STAGES]).toEqual(['definitions', 'classes']);
});
