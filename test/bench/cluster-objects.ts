import type { Api } from '../control-plane/api.ts';

/** 200 objects as people have them: 50 each of ConfigMaps, Services, ServiceAccounts and Deployments. */
export async function fillCluster(api: Api): Promise<void> {
  await api.create('/api/v1/namespaces', { metadata: { name: 'filled' } });
  for (let index = 0; index < 50; index++) {
    for (const { path, object } of objectsOf(index)) {
      await api.send('PATCH', `${path}/${object.metadata.name}?fieldManager=bench&force=true`, object, APPLY);
    }
  }
}

/** An object, and the collection that it is of. */
export interface Applied {
  readonly path: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly [member: string]: unknown };
    readonly [member: string]: unknown;
  };
}

/** A ConfigMap and its collection. */
export function configMap(name: string, text: string): Applied {
  const metadata = { name, labels: { app: name, 'app.kubernetes.io/part-of': 'bench' } };
  return {
    path: '/api/v1/namespaces/filled/configmaps',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'config.yaml': text } },
  };
}

/** A Deployment and its collection. */
export function deployment(name: string): Applied {
  const labels = { app: name };
  const container = {
    ...{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] },
    env: [{ name: 'A', value: 'b' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
  };
  return {
    path: '/apis/apps/v1/namespaces/filled/deployments',
    object: {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  };
}

/** Media type of server-side apply. */
export const APPLY = 'application/apply-patch+yaml';

function objectsOf(index: number): readonly Applied[] {
  const name = `app-${index}`;
  const metadata = { name, labels: { app: name, 'app.kubernetes.io/part-of': 'bench' } };
  const root = '/api/v1/namespaces/filled';
  return [
    configMap(name, 'key: value\n'.repeat(100)),
    {
      path: `${root}/services`,
      object: {
        ...{ apiVersion: 'v1', kind: 'Service', metadata },
        spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    },
    { path: `${root}/serviceaccounts`, object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } },
    deployment(name),
  ];
}
