import { API_VERSION } from '../../../shared/api/vocabulary.ts';

/** Where the demo's Flux objects and its apps live, as in examples/gitops. */
export const FLUX_OBJECTS = 'sluice-demo';
export const APPS = 'sluice-demo-apps';

/** The name the cluster is registered under. */
export const CLUSTER = 'demo';
/** On a cluster that is not ours alone only objects of this shard are Sluice's. */
export const SHARD = 'sluice-demo';

const kustomization = { apiVersion: API_VERSION.kustomize, kind: 'Kustomization', namespace: FLUX_OBJECTS };

/** Every object that the story looks at. */
export const OBJECT = {
  repository: {
    apiVersion: API_VERSION.source,
    kind: 'GitRepository',
    namespace: FLUX_OBJECTS,
    name: 'gitops',
  },
  receiver: {
    apiVersion: API_VERSION.receiver,
    kind: 'Receiver',
    namespace: FLUX_OBJECTS,
    name: 'gitops',
  },
  infrastructure: { ...kustomization, name: 'infrastructure' },
  apps: { ...kustomization, name: 'apps' },
  web: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: APPS, name: 'web' },
  banner: { apiVersion: 'v1', kind: 'ConfigMap', namespace: APPS, name: 'banner' },
} as const;
