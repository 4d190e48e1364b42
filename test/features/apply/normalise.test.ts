import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { normalise } from '../../../shared/apply/normalise.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function object(
  apiVersion: string,
  kind: string,
  fields: object = {},
  metadata: object = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'x', ...metadata }, ...fields } as KubernetesObject;
}

test('[KS-62 string-data] stringData becomes base64 in data, over what data says', () => {
  const secret = object('v1', 'Secret', {
    data: { a: base64('old'), b: base64('kept') },
    stringData: { a: 'new ü' },
  });

  expect(normalise(secret)).toEqual(
    object('v1', 'Secret', { data: { a: base64('new ü'), b: base64('kept') } }),
  );
});

test('[KS-62 string-data] base64 over several lines becomes one line', () => {
  const secret = object('v1', 'Secret', { data: { a: 'aGVs\nbG8=\r\n' } });

  expect(normalise(secret).data).toEqual({ a: 'aGVsbG8=' });
});

test('[KS-62 untyped-left] a Secret whose values are no strings is left to the server to refuse', () => {
  const secret = object('v1', 'Secret', { stringData: { a: 1 } });

  expect(normalise(secret).stringData).toEqual({ a: 1 });
});

const PORTS = [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }];
const NAMED_PORTS = [
  { containerPort: 80, protocol: 'TCP' },
  { containerPort: 53, protocol: 'UDP' },
];
const podSpec = (ports: object[]) => ({ containers: [{ name: 'a', ports }] });
const nested = (path: readonly string[], value: object): object =>
  path.reduceRight<object>((inner, key) => ({ [key]: inner }), value);

test.each([
  ['v1', 'Pod', ['spec']],
  ['apps/v1', 'Deployment', ['spec', 'template', 'spec']],
  ['apps/v1', 'StatefulSet', ['spec', 'template', 'spec']],
  ['apps/v1', 'DaemonSet', ['spec', 'template', 'spec']],
  ['apps/v1', 'ReplicaSet', ['spec', 'template', 'spec']],
  ['batch/v1', 'Job', ['spec', 'template', 'spec']],
  ['batch/v1', 'CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
] as const)('[KS-62 port-protocol] ports of %s %s say TCP', (apiVersion, kind, path) => {
  const given = object(apiVersion, kind, nested(path, podSpec(PORTS)));

  expect(normalise(given)).toEqual(object(apiVersion, kind, nested(path, podSpec(NAMED_PORTS))));
});

test("[KS-62 port-protocol] ports of a Service say TCP, another group's Service is left", () => {
  const ports = { spec: { ports: [{ port: 80 }] } };

  expect(normalise(object('v1', 'Service', ports)).spec).toEqual({ ports: [{ port: 80, protocol: 'TCP' }] });
  expect(normalise(object('serving.test/v1', 'Service', ports)).spec).toEqual(ports.spec);
});

test('[KS-62 status] status is removed, but not from CRDs', () => {
  const status = { status: { replicas: 1 } };

  expect(normalise(object('apps/v1', 'Deployment', status))).not.toHaveProperty('status');
  expect(normalise(object('other.test/v1', 'Thing', status))).not.toHaveProperty('status');
  expect(normalise(object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', status))).toHaveProperty(
    'status',
  );
});

test('[KS-62 creation-timestamp] creationTimestamp is removed, null or not', () => {
  expect(normalise(object('v1', 'ConfigMap', {}, { creationTimestamp: null })).metadata).toEqual({
    name: 'x',
  });
  expect(
    normalise(object('other.test/v1', 'Thing', {}, { creationTimestamp: '2020-01-01T00:00:00Z' })).metadata,
  ).toEqual({ name: 'x' });
});

test('[KS-62 nulls] nulls of built-in kinds are dropped, those of custom resources are not', () => {
  const fields = { spec: { replicas: null, deep: [{ a: null, b: 1 }] } };

  expect(normalise(object('apps/v1', 'Deployment', fields)).spec).toEqual({ deep: [{ b: 1 }] });
  expect(normalise(object('other.test/v1', 'Thing', fields)).spec).toEqual(fields.spec);
});

test('[KS-62 roles-left] Role and ClusterRole keep their rules as they are', () => {
  const fields = { rules: [{ verbs: ['get'], resources: null }] };

  for (const kind of ['Role', 'ClusterRole']) {
    expect(normalise(object('rbac.authorization.k8s.io/v1', kind, fields)).rules).toEqual(fields.rules);
  }
  expect(normalise(object('rbac.authorization.k8s.io/v1beta1', 'Role', fields)).rules).toEqual([
    { verbs: ['get'] },
  ]);
});

function definition(caBundle: string): KubernetesObject {
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: { caBundle, service: { name: 'x' } } } };
  return object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec: { conversion } });
}

const bundleOf = (crd: KubernetesObject) =>
  (crd.spec as { conversion: { webhook: { clientConfig: object } } }).conversion.webhook.clientConfig;

test.each([
  ['a placeholder', 'Cg=='],
  ['no base64', 'not base64!'],
  ['no certificate', base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
])('[KS-72 invalid-bundle] the CA bundle of a CRD that is %s is removed, the rest stays', (_, caBundle) => {
  expect(bundleOf(normalise(definition(caBundle)))).toEqual({ service: { name: 'x' } });
});

test('[KS-72 valid-bundle] a usable CA bundle stays, and so does an empty one', () => {
  const args =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj /CN=x -days 9';
  const bundle = base64(
    execFileSync('openssl', args.split(' '), { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );

  expect(bundleOf(normalise(definition(bundle)))).toMatchObject({ caBundle: bundle });
  expect(bundleOf(normalise(definition('')))).toMatchObject({ caBundle: '' });
});

test('[KS-72 crds-only] other kinds keep whatever they carry', () => {
  const webhook = { webhooks: [{ clientConfig: { caBundle: 'Cg==' } }] };

  expect(
    normalise(object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', webhook)).webhooks,
  ).toEqual(webhook.webhooks);
});
