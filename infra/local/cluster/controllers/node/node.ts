import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { ApiError } from '../../api-error.ts';
import { EXPLANATION, NODE, SIMULATED } from '../../simulation.ts';
import { microsecondsOf, secondsOf } from '../../strategies/rules/times.ts';
import type { Actor } from '../actor.ts';

const NODES = '/nodes';
const LEASES = 'coordination.k8s.io/leases';
const LEASE_NAMESPACE = 'kube-node-lease';
// A kubelet's.
const LEASE_SECONDS = 40;
const CAPACITY = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '1Ti' };

/** The labels by which pods may ask for the node. */
export const NODE_LABELS: Readonly<Record<string, string>> = {
  'kubernetes.io/hostname': NODE,
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': 'amd64',
  [SIMULATED]: 'true',
};

/** Registers the node, Ready, unless it is there. It sends no heartbeats: it is as alive as the cluster. */
export function registerNode(kubelet: Actor, now: Date): void {
  if (kubelet.read(NODES, '', NODE)) return;
  const time = secondsOf(now);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    ...{ type, status, reason, message },
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  const node: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE,
      labels: NODE_LABELS,
      annotations: { [SIMULATED]: EXPLANATION },
    },
    status: {
      capacity: CAPACITY,
      allocatable: CAPACITY,
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: NODE },
      ],
      nodeInfo: nodeInfo(),
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', EXPLANATION),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', EXPLANATION),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', EXPLANATION),
        condition('Ready', 'True', 'KubeletReady', EXPLANATION),
      ],
    },
  };
  createUnlessThere(kubelet, NODES, node);
  createUnlessThere(kubelet, LEASES, lease(now));
}

function createUnlessThere(kubelet: Actor, id: string, object: KubernetesObject): void {
  try {
    kubelet.create(id, object);
  } catch (error) {
    // 404: a cluster without the namespace of leases.
    if (!(error instanceof ApiError) || (error.code !== 409 && error.code !== 404)) throw error;
  }
}

// It says who holds it, for `kubectl describe node`; nobody renews it.
function lease(now: Date): KubernetesObject {
  const times = { acquireTime: microsecondsOf(now), renewTime: microsecondsOf(now) };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: NODE, namespace: LEASE_NAMESPACE, annotations: { [SIMULATED]: EXPLANATION } },
    spec: { holderIdentity: NODE, leaseDurationSeconds: LEASE_SECONDS, ...times },
  };
}

function nodeInfo(): object {
  const none = { machineID: '', systemUUID: '', bootID: '', kernelVersion: '', kubeProxyVersion: '' };
  return {
    ...none,
    osImage: 'simulated',
    containerRuntimeVersion: 'simulated://0',
    kubeletVersion: 'simulated',
    operatingSystem: 'linux',
    architecture: 'amd64',
  };
}
