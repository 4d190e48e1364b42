import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  itemsOf,
  numberOf,
  sameValue,
  textOf,
} from '../../strategies/rules/fields.ts';
import { matchesAll } from '../../strategies/rules/selectors.ts';
import type { Controller, ControllerWorld, Key } from '../controller.ts';
import { controllerReference, keyOf } from '../owners.ts';
import { hasEnded, isReady, PODS } from '../workloads/pods.ts';

const SERVICES = '/services';
const SLICES = 'discovery.k8s.io/endpointslices';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** Lists the pods behind every Service in one EndpointSlice. */
export const endpointSlices: Controller = {
  name: 'endpoint slices',
  watches: [SERVICES, PODS, SLICES],
  concerns({ type, entry, before }, { store, manager }) {
    if (entry.id === SERVICES) return [keyOf(entry)];
    if (entry.id === SLICES) {
      const name = entry.labels[SERVICE_NAME];
      const isOurs = entry.labels[MANAGED_BY] === CONTROLLER && name !== undefined && type !== 'ADDED';
      return isOurs ? [{ namespace: entry.namespace, name }] : [];
    }
    const keys: Key[] = [];
    for (const service of store.list(SERVICES, entry.namespace)) {
      const selector = fieldsOf(manager.objectOf(service).spec)?.selector;
      const isBehind = matchesAll(selector, entry.labels) || (before && matchesAll(selector, before.labels));
      if (isBehind) keys.push(keyOf(service));
    }
    return keys;
  },
  sync({ namespace, name }, world) {
    const service = world.manager.read(SERVICES, namespace, name);
    if (!service || service.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = fieldsOf(service.spec) ?? {};
    if (!fieldsOf(spec.selector) || spec.type === 'ExternalName') return undefined;
    writeSlice(service, spec, world);
    return undefined;
  },
};

function writeSlice(service: KubernetesObject, spec: Fields, world: ControllerWorld): void {
  const { manager, nature } = world;
  const { namespace = '', name } = service.metadata;
  const pods = manager
    .list(PODS, namespace, (entry) => matchesAll(spec.selector, entry.labels))
    .filter((pod) => !hasEnded(pod) && textOf(fieldsOf(pod.status)?.podIP) !== '');
  const content = {
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpointOf(pod, spec.publishNotReadyAddresses === true)),
    ports: itemsOf(spec.ports).map((port) => portOf(port, pods[0])),
  };
  const [present] = manager.list(
    SLICES,
    namespace,
    ({ labels }) => labels[SERVICE_NAME] === name && labels[MANAGED_BY] === CONTROLLER,
  );
  if (present) {
    const isSame = (['endpoints', 'ports'] as const).every((field) =>
      sameValue(present[field] ?? [], content[field]),
    );
    if (!isSame) manager.update(SLICES, { ...present, ...content });
    return;
  }
  const labels = {
    ...service.metadata.labels,
    [SERVICE_NAME]: name,
    [MANAGED_BY]: CONTROLLER,
    ...(spec.clusterIP === 'None' && { [HEADLESS]: '' }),
  };
  const owner = { ...controllerReference(service), apiVersion: 'v1', kind: 'Service' };
  manager.create(SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${nature.suffix(5)}`,
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [owner],
    },
    ...content,
  });
}

function endpointOf(pod: KubernetesObject, always: boolean): Fields {
  const status = fieldsOf(pod.status) ?? {};
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const { name, namespace, uid } = pod.metadata;
  const spec = fieldsOf(pod.spec) ?? {};
  return {
    addresses: [textOf(status.podIP)],
    conditions: { ready: always || (serving && !leaving), serving, terminating: leaving },
    targetRef: { kind: 'Pod', name, namespace, uid },
    nodeName: textOf(spec.nodeName),
    ...(spec.subdomain !== undefined && spec.hostname !== undefined && { hostname: spec.hostname }),
  };
}

function portOf(port: Fields, pod: KubernetesObject | undefined): Fields {
  const target = port.targetPort;
  const named = itemsOf(fieldsAt(pod, 'spec')?.containers)
    .flatMap((container) => itemsOf(container.ports))
    .find(({ name }) => name === target);
  const number = typeof target === 'string' ? numberOf(named?.containerPort, numberOf(port.port)) : target;
  return {
    name: textOf(port.name),
    port: number ?? port.port,
    protocol: port.protocol,
    ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
  };
}
