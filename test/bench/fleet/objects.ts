import { stringify } from 'yaml';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { KUSTOMIZATION } from '../../flow/drive.ts';

/** The namespace of the fleet: all Kustomizations, their source, their account and what they apply. */
export const NAMESPACE = 'benchmark';
/** The repository and the GitRepository that all Kustomizations share. */
export const SOURCE = 'apps';
const ACCOUNT = 'flux';

/** The namespace, and the account that the Kustomizations act as, admin of the namespace. */
export function ground(): readonly KubernetesObject[] {
  const metadata = { namespace: NAMESPACE, name: ACCOUNT };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }],
    },
  ];
}

/** The name of the fleet's Kustomization number `index`. */
export function nameOf(index: number): string {
  return `app-${index}`;
}

/** A Kustomization as Flux's own benchmark has them (fluxcd/flux-benchmark), but all of one source. */
export function member(index: number, milliCpu: number): KubernetesObject {
  return {
    ...KUSTOMIZATION,
    metadata: { namespace: NAMESPACE, name: nameOf(index) },
    spec: {
      ...{ interval: '60m', retryInterval: '2m', timeout: '1m', path: './app', prune: true, wait: true },
      sourceRef: { kind: 'GitRepository', name: SOURCE },
      serviceAccountName: ACCOUNT,
      targetNamespace: NAMESPACE,
      postBuild: { substitute: { INDEX: `${index}app`, PODS: '0', MCPU: `${milliCpu}m` } },
    },
  };
}

/** The merge patch that raises a member's CPU request. */
export function upgrade(milliCpu: number): object {
  return { spec: { postBuild: { substitute: { MCPU: `${milliCpu}m` } } } };
}

/** The repository's files: Deployment with 0 replicas, ServiceAccount, Service, Ingress, with variables in their names. */
export function files(): Readonly<Record<string, string>> {
  const name = 'podinfo-$' + '{INDEX}';
  const labels = { 'app.kubernetes.io/name': name };
  const metadata = { name, labels: { ...labels, 'app.kubernetes.io/version': '6.5.3' } };
  const documents = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: serviceSpec(labels) },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(name, labels) },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: ingressSpec(name) },
  ];
  // As people write them: no anchors for what is the same.
  const text = documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false }))
    .join('---\n');
  // A variable for a number may not stand in quotes.
  return { 'app/podinfo.yaml': text.replace('replicas: PODS', 'replicas: $' + '{PODS:=0}') };
}

function serviceSpec(selector: object): object {
  const ports = [
    { name: 'http', port: 9898, targetPort: 'http' },
    { name: 'grpc', port: 9999, targetPort: 'grpc' },
  ];
  return { type: 'ClusterIP', ports, selector };
}

function ingressSpec(name: string): object {
  const backend = { service: { name, port: { number: 9898 } } };
  const http = { paths: [{ path: '/', pathType: 'ImplementationSpecific', backend }] };
  return { ingressClassName: 'nginx', rules: [{ host: `${name}.local`, http }] };
}

function deploymentSpec(name: string, labels: object): object {
  const probe = {
    ...{ initialDelaySeconds: 1, timeoutSeconds: 5, failureThreshold: 3, successThreshold: 1 },
    periodSeconds: 10,
  };
  const check = (path: string) => ({
    exec: { command: ['podcli', 'check', 'http', `localhost:9898/${path}`] },
    ...probe,
  });
  const container = {
    ...{ name: 'podinfo', image: 'ghcr.io/stefanprodan/podinfo:6.5.3', imagePullPolicy: 'IfNotPresent' },
    command: ['./podinfo', '--port=9898', '--port-metrics=9797', '--grpc-port=9999', '--level=info'],
    env: [{ name: 'PODINFO_UI_COLOR', value: '#34577c' }],
    ports: [
      { name: 'http', containerPort: 9898 },
      { name: 'http-metrics', containerPort: 9797 },
      { name: 'grpc', containerPort: 9999 },
    ],
    ...{ livenessProbe: check('healthz'), readinessProbe: check('readyz') },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
    resources: { requests: { cpu: '$' + '{MCPU}', memory: '16Mi' } },
  };
  return {
    replicas: 'PODS',
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9898' } },
      spec: {
        ...{ terminationGracePeriodSeconds: 30, serviceAccountName: name, containers: [container] },
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    },
  };
}
