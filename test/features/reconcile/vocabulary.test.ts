import { expect, test } from 'vitest';
import {
  EVENT_ANNOTATION_PREFIX,
  FIELD_MANAGER,
  FINALIZER,
  GROUP,
  REASON,
} from '../../../shared/api/vocabulary.ts';
import { gitRepository } from '../../../shared/reconcile/git-repository/effects.ts';
import { kustomization } from '../../../shared/reconcile/kustomization/effects.ts';

const reasons: readonly string[] = Object.values(REASON);

test('[COM-11 reasons] the generic reasons are spelled as in fluxcd/pkg', () => {
  for (const reason of [
    ...['Succeeded', 'Failed', 'Progressing', 'ProgressingWithRetry', 'Suspended', 'DependencyNotReady'],
    ...['InvalidPath', 'InvalidURL', 'InsecureConnectionsDisallowed', 'UnsupportedConnectionType'],
    ...['PruneFailed', 'ArtifactFailed', 'BuildFailed', 'HealthCheckFailed', 'HealthCheckCanceled'],
    ...['ReconciliationSucceeded', 'ReconciliationFailed', 'InvalidCELExpression', 'FeatureGateDisabled'],
    'AccessDenied',
  ]) {
    expect(reasons).toContain(reason);
  }
});

test('[COM-12 reasons] those of sources are spelled as in source-controller', () => {
  for (const reason of [
    ...['URLInvalid', 'AuthenticationFailed', 'VerificationError', 'DirectoryCreationFailed'],
    ...['StatOperationFailed', 'ReadOperationFailed', 'AcquireLockFailed', 'InvalidPath'],
    ...['ArchiveOperationFailed', 'SymlinkUpdateFailed', 'ArtifactUpToDate', 'CacheOperationFailed'],
    ...['PatchOperationFailed', 'InvalidSTSConfiguration', 'InvalidProviderConfiguration'],
    ...['SourceIgnoreError', 'FeatureGateDisabled', 'IndexationFailed', 'OCIArtifactPullFailed'],
    ...['OCIArtifactLayerOperationFailed', 'GitOperationFailed', 'GitOperationSucceeded'],
    ...['BucketOperationFailed', 'BucketOperationSucceeded', 'ArtifactVerificationFailed', 'NewArtifact'],
    ...['GarbageCollectionSucceeded', 'GarbageCollectionFailed'],
  ]) {
    expect(reasons).toContain(reason);
  }
});

test('[COM-29 source] [COM-29 kustomization] field managers are those of the controllers', () => {
  expect(FIELD_MANAGER).toMatchObject({
    source: 'source-controller',
    kustomize: 'kustomize-controller',
    kustomizeStatus: 'gotk-kustomize-controller',
    helm: 'helm-controller',
    sourceWatcher: 'source-watcher',
  });
  expect(gitRepository.manager).toEqual({ status: 'source-controller', component: 'source-controller' });
  expect(kustomization.manager).toEqual({
    status: 'gotk-kustomize-controller',
    component: 'kustomize-controller',
  });
});

test('[COM-03 finalizer] [COM-26 metadata] so are the finalizer and the keys of events', () => {
  expect(FINALIZER).toBe('finalizers.fluxcd.io');
  expect([gitRepository.finalizer, kustomization.finalizer]).toEqual([FINALIZER, FINALIZER]);
  expect(EVENT_ANNOTATION_PREFIX).toBe('event.toolkit.fluxcd.io/');
  expect([GROUP.source, GROUP.kustomize]).toEqual([
    'source.toolkit.fluxcd.io',
    'kustomize.toolkit.fluxcd.io',
  ]);
});
