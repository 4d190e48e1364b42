import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { refusalOf } from '../requests/refusal-of.ts';
import { openTestCluster, QUERY } from '../requests/world.ts';

test('zeros are dropped where the API has no pointer, and kept where it has one', () => {
  const cluster = openTestCluster();

  const { spec } = cluster.create('apps/v1/a/deployments', {
    metadata: { name: 'd', labels: {} },
    spec: {
      replicas: 0,
      paused: false,
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: {
          hostNetwork: false,
          automountServiceAccountToken: false,
          containers: [
            { name: 'a', image: 'a', tty: false, env: [], securityContext: { privileged: false } },
          ],
        },
      },
    },
  }) as unknown as { spec: { replicas: number; template: { spec: { containers: object[] } } } };

  expect(spec.replicas).toBe(0);
  expect(spec).not.toHaveProperty('paused');
  expect(spec.template.spec).not.toHaveProperty('hostNetwork');
  expect(spec.template.spec).toHaveProperty('automountServiceAccountToken', false);
  expect(spec.template.spec.containers[0]).toEqual({
    name: 'a',
    image: 'a',
    imagePullPolicy: 'Always',
    resources: {},
    securityContext: { privileged: false },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
});

test('an empty class is kept of a claim, which asks for none, and dropped of a volume', () => {
  const cluster = openTestCluster();
  const common = { accessModes: ['ReadWriteOnce'], storageClassName: '' };

  const claim = cluster.create('core/v1/a/persistentvolumeclaims', {
    metadata: { name: 'c' },
    spec: { ...common, resources: { requests: { storage: '1024Mi' } } },
  });
  const volume = cluster.create('core/v1/-/persistentvolumes', {
    metadata: { name: 'v' },
    spec: { ...common, capacity: { storage: '1Gi' }, hostPath: { path: '/x' } },
  });

  expect(claim.spec).toMatchObject({ storageClassName: '', resources: { requests: { storage: '1Gi' } } });
  expect(volume.spec).not.toHaveProperty('storageClassName');
});

test('what a Secret brings as text is its data, and wins', () => {
  const cluster = openTestCluster();

  const secret = cluster.create('core/v1/a/secrets', {
    metadata: { name: 's' },
    data: { a: 'YQ==', b: 'Yg==' },
    stringData: { b: 'other' },
  });

  expect(secret).toMatchObject({
    type: 'Opaque',
    data: { a: 'YQ==', b: Buffer.from('other').toString('base64') },
  });
  expect(secret).not.toHaveProperty('stringData');
});

test('a Secret and a ConfigMap hold at most 1 MiB', () => {
  const cluster = openTestCluster();
  const text = 'x'.repeat(1_048_577);

  const map = refusalOf(() =>
    cluster.create('core/v1/a/configmaps', { metadata: { name: 'm' }, data: { text } }),
  );
  const secret = refusalOf(() =>
    cluster.create('core/v1/a/secrets', { metadata: { name: 's' }, stringData: { text } }),
  );

  expect(map.details?.causes).toEqual([
    { reason: 'FieldValueTooLong', field: '', message: 'Too long: may not be more than 1048576 bytes' },
  ]);
  expect(secret.details?.causes?.[0]).toMatchObject({ reason: 'FieldValueTooLong', field: 'data' });
});

test('a namespace cannot change its own finalizers or status', () => {
  const cluster = openTestCluster();
  const live = cluster.get('core/v1/-/namespaces/a');

  const written = cluster.api.update(
    cluster.call('core/v1/-/namespaces/a'),
    { ...live, spec: { finalizers: [] }, status: { phase: 'Terminating' } } as KubernetesObject,
    QUERY,
  ).object;

  expect(written).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  expect(written.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'a' });
});

test('a pod needs its account, and gets what admission gives', () => {
  const cluster = openTestCluster();
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };

  const refusal = refusalOf(() => cluster.create('core/v1/a/pods', pod));
  cluster.create('core/v1/a/serviceaccounts', { metadata: { name: 'default' } });
  const made = cluster.create('core/v1/a/pods', pod);

  expect(refusal).toMatchObject({ code: 403, reason: 'Forbidden' });
  expect(refusal.message).toBe(
    'pods "p" is forbidden: error looking up service account a/default: serviceaccount "default" not found',
  );
  expect(made.spec).toMatchObject({ serviceAccountName: 'default', priority: 0, enableServiceLinks: true });
  expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
});

test('a ConfigMap may have keys that every object of JavaScript has', () => {
  const cluster = openTestCluster();
  const data = { constructor: '1', toString: '2' };

  expect(cluster.create('core/v1/a/configmaps', { metadata: { name: 'c' }, data })).toMatchObject({ data });
});
