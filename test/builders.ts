import type { GitRepository, GitRepositorySpec, GitRepositoryStatus } from '../shared/api/git-repository.ts';
import type { Kustomization, KustomizationSpec, KustomizationStatus } from '../shared/api/kustomization.ts';
import type { Artifact, Condition, Metadata } from '../shared/api/meta.ts';
import type { WorkMessage } from '../shared/core/messages.ts';
import type { ClusterRecord, Delivery } from '../shared/ports.ts';

/** When everything happens unless a test says otherwise. */
export const NOW = new Date('2026-03-01T12:00:00Z');
/** The revision that sources have unless a test says otherwise. */
export const REVISION = 'main@sha1:b8e362c206e3d0cbb7ed22ced771a0056455a2fb';

/** `NOW` and so many seconds, as Kubernetes writes it. */
export function at(seconds: number): string {
  return `${new Date(NOW.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** A condition of generation 1 that changed at `NOW`. */
export function condition(
  type: string,
  status: Condition['status'],
  overrides: Partial<Condition> = {},
): Condition {
  return {
    type,
    status,
    reason: 'Succeeded',
    message: 'all is well',
    observedGeneration: 1,
    lastTransitionTime: at(0),
    ...overrides,
  };
}

/** An artifact of `REVISION`. */
export function artifact(overrides: Partial<Artifact> = {}): Artifact {
  return {
    path: 'gitrepository/apps/podinfo/b8e362c2.tar.gz',
    url: 'http://artifacts.sluice.invalid/gitrepository/apps/podinfo/b8e362c2.tar.gz',
    revision: REVISION,
    digest: `sha256:${'0'.repeat(64)}`,
    lastUpdateTime: at(0),
    ...overrides,
  };
}

interface Parts<Spec, Status> {
  readonly metadata?: Partial<Metadata>;
  readonly spec?: Partial<Spec>;
  readonly status?: Partial<Status>;
}

function metadata(overrides: Partial<Metadata> = {}): Metadata {
  return {
    name: 'podinfo',
    namespace: 'apps',
    uid: '3f6c1c1e-0000-4000-8000-000000000001',
    resourceVersion: '1',
    generation: 1,
    finalizers: ['finalizers.fluxcd.io'],
    ...overrides,
  };
}

/** A Kustomization of GitRepository `podinfo`, interval 10m, pruning, never reconciled. */
export function kustomization(parts: Parts<KustomizationSpec, KustomizationStatus> = {}): Kustomization {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: metadata(parts.metadata),
    spec: {
      interval: '10m',
      prune: true,
      force: false,
      sourceRef: { kind: 'GitRepository', name: 'podinfo' },
      ...parts.spec,
    },
    status: { observedGeneration: -1, ...parts.status },
  };
}

/** A Kustomization that has applied `REVISION`. */
export function readyKustomization(parts: Parts<KustomizationSpec, KustomizationStatus> = {}): Kustomization {
  const ready = { reason: 'ReconciliationSucceeded', message: `Applied revision: ${REVISION}` };
  return kustomization({
    ...parts,
    status: {
      observedGeneration: 1,
      lastAttemptedRevision: REVISION,
      lastAppliedRevision: REVISION,
      conditions: [condition('Ready', 'True', ready)],
      ...parts.status,
    },
  });
}

/** A GitRepository of branch main, interval 1m, never reconciled. */
export function gitRepository(parts: Parts<GitRepositorySpec, GitRepositoryStatus> = {}): GitRepository {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: metadata(parts.metadata),
    spec: {
      url: 'https://git.example.com/podinfo.git',
      ref: { branch: 'main' },
      interval: '1m',
      timeout: '60s',
      ...parts.spec,
    },
    status: { observedGeneration: -1, ...parts.status },
  };
}

/** A GitRepository whose artifact is `REVISION`. */
export function readyGitRepository(parts: Parts<GitRepositorySpec, GitRepositoryStatus> = {}): GitRepository {
  const stored = { message: `stored artifact for revision '${REVISION}'` };
  return gitRepository({
    ...parts,
    status: {
      observedGeneration: 1,
      artifact: artifact(),
      conditions: [condition('Ready', 'True', stored), condition('ArtifactInStorage', 'True', stored)],
      ...parts.status,
    },
  });
}

/** A work message for Kustomization apps/podinfo on cluster `c1`. */
export function workMessage(overrides: Partial<WorkMessage> = {}): WorkMessage {
  return {
    cluster: 'c1',
    kind: 'Kustomization',
    namespace: 'apps',
    name: 'podinfo',
    reason: 'watch',
    hops: 0,
    since: NOW.toISOString(),
    trace: 'trace-1',
    ...overrides,
  };
}

/** A delivery of `body`, JSON unless it is text. */
export function delivery(id: string, body: unknown, overrides: Partial<Delivery> = {}): Delivery {
  return { id, body: typeof body === 'string' ? body : JSON.stringify(body), receiveCount: 1, ...overrides };
}

/** The record of cluster `c1`, ours. */
export function clusterRecord(overrides: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    id: 'c1',
    name: 'one',
    server: 'https://one.example.com',
    labels: {},
    settings: { owns: 'all', profile: 'flux', groups: 16 },
    ...overrides,
  };
}
