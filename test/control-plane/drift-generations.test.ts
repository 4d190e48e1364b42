import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trustOf } from '../../shared/apply/kinds.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { baselineOf, FIELD_MANAGER, type Field, openField, withinOneSecond } from './applying.ts';
import { definition } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('generations');
});
afterAll(() => field.close());

const id = randomUUID().slice(0, 8);
const labels = { app: id };
const selector = { matchLabels: labels };
const containers = [{ name: 'main', image: 'image:1' }];
const template = { metadata: { labels }, spec: { containers } };
const jobTemplate = { metadata: { labels }, spec: { restartPolicy: 'Never', containers } };
const clientConfig = { url: 'https://127.0.0.1:9/never' };
const webhook = {
  name: 'a.test.example',
  clientConfig,
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [
    { apiGroups: ['never.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] },
  ],
};
const group = `g${id}.test`;

/** apiVersion, kind, plural, fields, and a change outside metadata and status. */
type Row = readonly [string, string, string, object, object];

const NAMESPACED: readonly Row[] = [
  [
    'apps/v1',
    'Deployment',
    'deployments',
    { spec: { replicas: 0, selector, template } },
    { spec: { minReadySeconds: 3 } },
  ],
  [
    'apps/v1',
    'StatefulSet',
    'statefulsets',
    { spec: { replicas: 0, serviceName: 'x', selector, template } },
    { spec: { minReadySeconds: 3 } },
  ],
  [
    'apps/v1',
    'DaemonSet',
    'daemonsets',
    { spec: { selector, template: { ...template, spec: { containers, nodeSelector: { none: 'x' } } } } },
    { spec: { minReadySeconds: 3 } },
  ],
  [
    'apps/v1',
    'ReplicaSet',
    'replicasets',
    { spec: { replicas: 0, selector, template } },
    { spec: { minReadySeconds: 3 } },
  ],
  [
    'batch/v1',
    'Job',
    'jobs',
    { spec: { suspend: true, template: jobTemplate } },
    { spec: { parallelism: 3 } },
  ],
  [
    'batch/v1',
    'CronJob',
    'cronjobs',
    { spec: { suspend: true, schedule: '0 0 1 1 *', jobTemplate: { spec: { template: jobTemplate } } } },
    { spec: { schedule: '0 1 1 1 *' } },
  ],
  [
    'networking.k8s.io/v1',
    'Ingress',
    'ingresses',
    { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
    { spec: { defaultBackend: { service: { name: 'b' } } } },
  ],
  [
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'networkpolicies',
    { spec: { podSelector: {} } },
    { spec: { podSelector: { matchLabels: labels } } },
  ],
  [
    'policy/v1',
    'PodDisruptionBudget',
    'poddisruptionbudgets',
    { spec: { selector, minAvailable: 1 } },
    { spec: { minAvailable: 2 } },
  ],
  [
    'v1',
    'ReplicationController',
    'replicationcontrollers',
    { spec: { replicas: 0, selector: labels, template } },
    { spec: { minReadySeconds: 3 } },
  ],
  [
    'v1',
    'PodTemplate',
    'podtemplates',
    { template },
    { template: { spec: { terminationGracePeriodSeconds: 3 } } },
  ],
];

const CLUSTER_SCOPED: readonly Row[] = [
  [
    'networking.k8s.io/v1',
    'IngressClass',
    'ingressclasses',
    { spec: { controller: 'a.test/b', parameters: { kind: 'A', name: 'a' } } },
    { spec: { parameters: { name: 'b' } } },
  ],
  [
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    { webhooks: [webhook] },
    { webhooks: [{ ...webhook, timeoutSeconds: 3 }] },
  ],
  [
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    { webhooks: [webhook] },
    { webhooks: [{ ...webhook, timeoutSeconds: 3 }] },
  ],
  [
    'admissionregistration.k8s.io/v1',
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
    { spec: { matchConstraints: { resourceRules: webhook.rules }, validations: [{ expression: 'true' }] } },
    { spec: { validations: [{ expression: '1 == 1' }] } },
  ],
  [
    'flowcontrol.apiserver.k8s.io/v1',
    'FlowSchema',
    'flowschemas',
    { spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 9000 } },
    { spec: { matchingPrecedence: 9001 } },
  ],
];

async function expectMove(
  [apiVersion, kind, plural, fields, change]: Row,
  namespace?: string,
): Promise<void> {
  const name = `moves-${id}`;
  const metadata = { name, labels: {}, ...(namespace ? { namespace } : {}) };
  const object = { apiVersion, kind, metadata, ...fields } as KubernetesObject;
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const path = `${root}/${namespace ? `namespaces/${namespace}/` : ''}${plural}/${name}`;
  const report = await field.apply([field.own(object)]);
  expect(report.failure).toBeUndefined();
  const before = await field.read(path);

  await field.change(path, change);

  const after = await field.read(path);
  if (!namespace) await field.api.send('DELETE', path);
  expect(after.metadata.generation).toBeGreaterThan(before.metadata.generation ?? Number.POSITIVE_INFINITY);
  const state = { uid: '', version: '', definitions: new Map<string, string>() };
  expect((await trustOf(field.cluster, { apiVersion, kind }, state)).generation).toBe(true);
}

test.each(NAMESPACED)('3: the generation of %s %s moves with its spec', (...row) =>
  expectMove(row, field.namespace),
);

test.each(CLUSTER_SCOPED)('3: the generation of %s %s moves with its spec', (...row) => expectMove(row));

test('3: the generation of a custom resource moves with its spec, and of its definition with the schema', async () => {
  const crd = definition(group, 'Fig', ['size']);
  const fig = {
    apiVersion: `${group}/v1`,
    kind: 'Fig',
    metadata: { name: 'x', namespace: field.namespace },
    spec: { size: 'a' },
  };
  await field.apply([crd, fig].map(field.own));
  const path = `/apis/${group}/v1/namespaces/${field.namespace}/figs/x`;
  const crdPath = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/figs.${group}`;

  await field.change(path, { spec: { size: 'b' } });
  await field.change(crdPath, { spec: { names: { categories: ['all'] } } });

  expect((await field.read(path)).metadata.generation).toBe(2);
  expect((await field.read(crdPath)).metadata.generation).toBe(2);
});

test('3: so a PriorityClass that somebody applied under our name is looked at, and is drift', async () => {
  const name = `namesake-${id}`;
  const object = (description: string) =>
    field.own({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value: 1,
      description,
    });
  const path = `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`;
  await withinOneSecond();
  const baseline = await baselineOf(field, await field.apply([object('a')]));
  const url = `${path}?fieldManager=${FIELD_MANAGER}&force=true`;
  await field.api.send('PATCH', url, object('b'), 'application/apply-patch+yaml');

  const report = await field.check(baseline);

  await field.api.send('DELETE', path);
  expect(report.drifted).toMatchObject([{ name }]);
});

test('3: a PriorityClass keeps its generation when it changes, hence is not trusted', async () => {
  const name = `priority-${id}`;
  const object = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: 1,
    description: 'a',
  };
  const path = `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`;
  await field.apply([field.own(object)]);
  const before = await field.read(path);

  await field.change(path, { description: 'b' });

  const after = await field.read(path);
  await field.api.send('DELETE', path);
  expect(after.metadata.generation).toBe(before.metadata.generation);
  const state = { uid: '', version: '', definitions: new Map<string, string>() };
  expect((await trustOf(field.cluster, object, state)).generation).toBe(false);
});
