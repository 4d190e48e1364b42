import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');

interface Parts {
  readonly metadata?: Record<string, unknown>;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** An object of any kind in namespace `apps`. */
export function sample(
  apiVersion: string,
  kind: string,
  { metadata, ...parts }: Parts = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'sample', namespace: 'apps', ...metadata }, ...parts };
}

export function condition(type: string, status: string, reason = '', message = '') {
  return { type, status, reason, message };
}

/** A pod whose only container crash-loops. */
export function brokenPod(metadata: Record<string, unknown> = {}): KubernetesObject {
  return sample('v1', 'Pod', {
    metadata: { name: 'broken', labels: { app: 'web' }, ...metadata },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'main', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    },
  });
}
