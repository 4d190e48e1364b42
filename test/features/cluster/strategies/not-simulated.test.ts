import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { openTestCluster, QUERY, type TestCluster } from '../requests/world.ts';

const STORES = 'the embedded cluster stores';
const POD = { containers: [{ name: 'main', image: 'app:1' }] };
const template = { metadata: { labels: { app: 'x' } }, spec: POD };
const selector = { matchLabels: { app: 'x' } };
const jobTemplate = { ...template, spec: { ...POD, restartPolicy: 'Never' } };
const set = { selector, template, serviceName: 'x' };
const cron = (more: object, job: object = {}) => ({
  schedule: '0 * * * *',
  jobTemplate: { spec: { template: jobTemplate, ...job } },
  ...more,
});
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' };

function warningsOf(cluster: TestCluster, path: string, object: object): readonly string[] {
  const call = cluster.call(path);
  const { group, version, kind } = call.type;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const whole = { apiVersion, kind, metadata: { name: 'x' }, ...object };
  return cluster.api.create(call, whole as KubernetesObject, QUERY).warnings;
}

test.each([
  ['core/v1/a/limitranges', { spec: { limits: [] } }, 'this LimitRange and does not apply it to pods'],
  [
    'core/v1/a/replicationcontrollers',
    { spec: { template } },
    'this ReplicationController and does not make',
  ],
  ['core/v1/a/services', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }, 'does not make a load'],
  ['core/v1/-/nodes', {}, 'this Node and does not run pods on it'],
  ['core/v1/a/resourcequotas', { spec: { scopeSelector: { matchExpressions: [] } } }, 'scopeSelector and'],
  [
    'batch/v1/a/jobs',
    { spec: { template: jobTemplate, backoffLimitPerIndex: 1, completionMode: 'Indexed', completions: 1 } },
    'backoffLimitPerIndex and does',
  ],
  ['batch/v1/a/cronjobs', { spec: cron({ timeZone: 'Europe/Paris' }) }, 'its schedule is read in UTC'],
  [
    'apps/v1/a/statefulsets',
    { spec: { ...set, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } } },
    'does not delete claims',
  ],
  [
    'apps/v1/a/statefulsets',
    { spec: { ...set, updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } } },
    'maxUnavailable and',
  ],
  [
    'autoscaling/v2/a/horizontalpodautoscalers',
    { spec: { scaleTargetRef, maxReplicas: 2 } },
    'there are no metrics',
  ],
  [
    'networking.k8s.io/v1/a/ingresses',
    { spec: { defaultBackend: { service: { name: 'x', port: { number: 80 } } } } },
    'this Ingress and does not carry traffic',
  ],
  [
    'networking.k8s.io/v1/a/networkpolicies',
    { spec: { podSelector: {} } },
    'this NetworkPolicy and does not',
  ],
  ['storage.k8s.io/v1/-/storageclasses', { provisioner: 'disks.example' }, 'does not have its provisioner'],
])('a new object of %s that cannot do what it says: %j', (path, object, says) => {
  const warnings = warningsOf(openTestCluster(), path, object);

  expect(warnings).toEqual([expect.stringContaining(STORES)]);
  expect(warnings[0]).toContain(says);
});

test.each([
  ['core/v1/a/services', { spec: { ports: [{ port: 80 }] } }],
  ['core/v1/a/resourcequotas', { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } }],
  ['batch/v1/a/jobs', { spec: { template: jobTemplate } }],
  ['batch/v1/a/cronjobs', { spec: cron({ timeZone: 'Etc/UTC' }) }],
  ['apps/v1/a/statefulsets', { spec: set }],
  ['apps/v1/a/daemonsets', { spec: { selector, template } }],
  ['apps/v1/a/deployments', { spec: { selector, template } }],
])('a new object of %s that is simulated needs no word: %j', (path, object) => {
  expect(warningsOf(openTestCluster(), path, object)).toEqual([]);
});

test('a change warns of what it sets, not of what was there', () => {
  const cluster = openTestCluster();
  warningsOf(cluster, 'batch/v1/a/cronjobs', { spec: cron({ timeZone: 'Europe/Paris' }) });
  const patch = (change: object) =>
    cluster.api.patch(cluster.call('batch/v1/a/cronjobs/x'), { type: 'merge', patch: change }, QUERY)
      .warnings;

  expect(patch({ metadata: { labels: { a: 'b' } } })).toEqual([]);
  expect(patch({ spec: { timeZone: 'Europe/Rome' } })).toEqual([expect.stringContaining('timeZone')]);
});
