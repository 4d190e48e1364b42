import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { refusalOf } from '../requests/refusal-of.ts';
import { openTestCluster, QUERY, type TestCluster } from '../requests/world.ts';

const SERVICES = 'core/v1/a/services';

interface Spec {
  readonly type: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports: readonly { readonly port: number; readonly nodePort?: number }[];
  readonly externalTrafficPolicy?: string;
  readonly healthCheckNodePort?: number;
}

function create(cluster: TestCluster, name: string, spec: object = {}): Spec {
  return cluster.create(SERVICES, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } })
    .spec as Spec;
}

function replace(cluster: TestCluster, name: string, spec: object): Spec {
  const call = cluster.call(`${SERVICES}/${name}`);
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
  return cluster.api.update(call, body as unknown as KubernetesObject, QUERY).object.spec as Spec;
}

test('each service has an address of its own, which is free again when it goes', () => {
  const cluster = openTestCluster();

  const [one, two] = [create(cluster, 'one'), create(cluster, 'two')];
  cluster.api.delete(cluster.call(`${SERVICES}/one`), { dryRun: false });
  const three = create(cluster, 'three');

  expect(one.clusterIP).toMatch(/^10\.96\./);
  expect(two.clusterIP).not.toBe(one.clusterIP);
  expect(three.clusterIP).toBe(one.clusterIP);
  expect(three.clusterIPs).toEqual([three.clusterIP]);
});

test('an address is kept over updates that do not name it, and may not be changed', () => {
  const cluster = openTestCluster();
  const { clusterIP } = create(cluster, 'one');

  const kept = replace(cluster, 'one', { ports: [{ port: 81 }] });
  const refusal = refusalOf(() => replace(cluster, 'one', { clusterIP: '10.96.9.9', ports: [{ port: 80 }] }));

  expect(kept.clusterIP).toBe(clusterIP);
  expect(refusal.details?.causes).toEqual([
    {
      reason: 'FieldValueInvalid',
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: ["10.96.9.9"]: may not change once set',
    },
  ]);
});

test('an address that is taken, or of another range, is refused', () => {
  const cluster = openTestCluster();
  const { clusterIP } = create(cluster, 'one');

  const taken = refusalOf(() => create(cluster, 'two', { clusterIP }));
  const foreign = refusalOf(() => create(cluster, 'two', { clusterIP: '192.0.2.1' }));

  expect(taken.message).toContain(`failed to allocate IP ${clusterIP}: provided IP is already allocated`);
  expect(foreign.message).toContain('is not in the valid range. The range of valid IPs is 10.96.0.0/12');
});

test('node ports are given out, kept and taken back', () => {
  const cluster = openTestCluster();

  const given = create(cluster, 'one', { type: 'NodePort' }).ports[0]?.nodePort;
  const taken = refusalOf(() =>
    create(cluster, 'two', { type: 'NodePort', ports: [{ port: 80, nodePort: given }] }),
  );
  const low = refusalOf(() =>
    create(cluster, 'two', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  );
  const kept = replace(cluster, 'one', { type: 'NodePort', ports: [{ port: 80 }] });
  const back = replace(cluster, 'one', { type: 'ClusterIP', ports: [{ port: 80 }] });

  expect(given).toBeGreaterThanOrEqual(30_000);
  expect(taken.message).toContain(
    `spec.ports[0].nodePort: Invalid value: ${given}: provided port is already allocated`,
  );
  expect(low.message).toContain('The range of valid ports is 30000-32767');
  expect(kept.ports[0]?.nodePort).toBe(given);
  expect(back.ports[0]?.nodePort).toBeUndefined();
});

test('a service that becomes a name loses its address, and the other way round', () => {
  const cluster = openTestCluster();
  create(cluster, 'one');

  const named = replace(cluster, 'one', { type: 'ExternalName', externalName: 'example.com' });
  const again = replace(cluster, 'one', { type: 'ClusterIP', ports: [{ port: 80 }] });

  expect(named.clusterIP).toBeUndefined();
  expect(again.clusterIP).toMatch(/^10\.96\./);
});

test('a load balancer that keeps clients local has a port for its health', () => {
  const cluster = openTestCluster();

  const spec = create(cluster, 'one', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });

  expect(spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
  expect(spec.healthCheckNodePort).not.toBe(spec.ports[0]?.nodePort);
});
