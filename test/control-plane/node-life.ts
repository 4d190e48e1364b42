import { type Api, successful } from './api.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

// What a kubelet writes by default (nodeLeaseDurationSeconds); it renews every quarter of it.
const LEASE_SECONDS = 40;

/** How often a node tells that it lives, in milliseconds. */
export const HEARTBEAT_MS = (LEASE_SECONDS / 4) * 1_000;

/** The labels of the node called `name`, which a pod's nodeSelector may ask for. */
export function nodeLabels(name: string): Readonly<Record<string, string>> {
  return { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
}

/** Registers the node, Ready, unless it is there. */
export async function register(api: Api, name: string): Promise<void> {
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '1Ti' };
  const answer = await api.send('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(name) },
    status: {
      capacity,
      allocatable: capacity,
      conditions: conditions(new Date().toISOString()),
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
    },
  });
  if (answer.status !== 409) successful('register the node', answer);
}

/** Renews the node's lease, by which the node lifecycle controller knows that it lives. */
export async function beat(api: Api, name: string): Promise<void> {
  // A MicroTime has exactly six digits.
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
  };
  const renewed = await api.send('PATCH', `${LEASES}/${name}`, lease, 'application/merge-patch+json');
  successful('renew the lease', renewed.status === 404 ? await api.send('POST', LEASES, lease) : renewed);
}

function conditions(now: string): object[] {
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: reason,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
    condition('Ready', 'True', 'KubeletReady'),
  ];
}
