import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';

/** A ConfigMap with these values. */
export function configMap(namespace: string, name: string, data: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

/** A Deployment of no pods with these containers, `name=image`. */
export function deployment(
  namespace: string,
  name: string,
  containers: readonly string[] = ['main=image:1'],
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations: { team: 'blue' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: containers.map(container) } },
    },
  };
}

function container(text: string) {
  const [name, image] = text.split('=');
  return {
    name,
    image,
    env: [
      { name: 'A', value: '1' },
      { name: 'B', value: '$(A)' },
    ],
  };
}

/** A Service with two ports. */
export function service(namespace: string, name: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      selector: { app: name },
      ports: [
        { name: 'http', port: 80 },
        { name: 'admin', port: 8080 },
      ],
    },
  };
}

/** A CRD for kind `kind` of group `group` whose spec has string fields. */
export function definition(group: string, kind: string, fields: readonly string[]): KubernetesObject {
  const plural = `${kind.toLowerCase()}s`;
  const properties = Object.fromEntries(fields.map((field) => [field, { type: 'string' }]));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: { type: 'object', properties },
              },
            },
          },
        },
      ],
    },
  };
}
