import { ageOf, NAME, nameOf, type Printer, textColumns } from './columns.ts';
import { at, count, type Json, list, text, texts } from './fields.ts';
import { labelsText, selectorText } from './selectors.ts';

/** How many endpoints, ports or hosts are named before the rest is only counted. */
const NAMED = 3;

/** Columns of Services. */
export const services: Printer = {
  columns: [NAME, ...textColumns('Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '+Selector')],
  cells: (object, now) => [
    nameOf(object),
    text(object, 'spec', 'type'),
    texts(object, 'spec', 'clusterIPs')[0] ?? '<none>',
    externalAddress(object),
    list(object, 'spec', 'ports').map(portText).join(',') || '<none>',
    ageOf(object, now),
    labelsText(at(object, 'spec', 'selector')),
  ],
};

/** Columns of Ingresses. */
export const ingresses: Printer = {
  columns: [NAME, ...textColumns('Class', 'Hosts', 'Address', 'Ports', 'Age')],
  cells: (object, now) => [
    nameOf(object),
    at(object, 'spec', 'ingressClassName') ?? '<none>',
    hosts(list(object, 'spec', 'rules')),
    balancers(object),
    list(object, 'spec', 'tls').length > 0 ? '80, 443' : '80',
    ageOf(object, now),
  ],
};

/** Columns of IngressClasses. */
export const ingressClasses: Printer = {
  columns: [NAME, ...textColumns('Controller', 'Parameters', 'Age')],
  cells(object, now) {
    const parameters = at(object, 'spec', 'parameters');
    const group = text(parameters, 'apiGroup');
    const kind = [text(parameters, 'kind'), ...(group === '' ? [] : [group])].join('.');
    const isDefault =
      text(object, 'metadata', 'annotations', 'ingressclass.kubernetes.io/is-default-class') === 'true';
    return [
      isDefault ? `${nameOf(object)} (default)` : nameOf(object),
      text(object, 'spec', 'controller'),
      parameters ? `${kind}/${text(parameters, 'name')}` : '<none>',
      ageOf(object, now),
    ];
  },
};

/** Columns of NetworkPolicies. */
export const networkPolicies: Printer = {
  columns: [NAME, ...textColumns('Pod-Selector', 'Age')],
  cells: (object, now) => [
    nameOf(object),
    selectorText(at(object, 'spec', 'podSelector')),
    ageOf(object, now),
  ],
};

/** Columns of Endpoints. */
export const endpoints: Printer = {
  columns: [NAME, ...textColumns('Endpoints', 'Age')],
  cells(object, now) {
    const subsets = list(object, 'subsets');
    const all = subsets.flatMap((subset) => {
      const addresses = list(subset, 'addresses').map((address) => text(address, 'ip'));
      const ports = list(subset, 'ports');
      if (ports.length === 0) return addresses;
      return ports.flatMap((port) => addresses.map((ip) => hostPort(ip, count(port, 'port'))));
    });
    return [nameOf(object), subsets.length === 0 ? '<none>' : someOf(all), ageOf(object, now)];
  },
};

/** Columns of EndpointSlices. */
export const endpointSlices: Printer = {
  columns: [NAME, ...textColumns('AddressType', 'Ports', 'Endpoints', 'Age')],
  cells(object, now) {
    const ports = list(object, 'ports').map((port) => String(port.port ?? port.name ?? '*'));
    const addresses = list(object, 'endpoints').flatMap((endpoint) => texts(endpoint, 'addresses'));
    return [
      nameOf(object),
      text(object, 'addressType'),
      someOf(ports) || '<unset>',
      someOf(addresses) || '<unset>',
      ageOf(object, now),
    ];
  },
};

/** Columns of IPAddresses. */
export const ipAddresses: Printer = {
  columns: [NAME, ...textColumns('ParentRef', 'Age')],
  cells(object, now) {
    const parent = at(object, 'spec', 'parentRef');
    const group = text(parent, 'group');
    const resource = text(parent, 'resource') + (group === '' ? '' : `.${group}`);
    const namespace = text(parent, 'namespace');
    const path = [resource.toLowerCase(), ...(namespace === '' ? [] : [namespace]), text(parent, 'name')];
    return [nameOf(object), parent ? path.join('/') : '<none>', ageOf(object, now)];
  },
};

/** Columns of ServiceCIDRs. */
export const serviceCidrs: Printer = {
  columns: [NAME, ...textColumns('CIDRs', 'Age')],
  cells: (object, now) => [nameOf(object), texts(object, 'spec', 'cidrs').join(','), ageOf(object, now)],
};

function externalAddress(service: Json): string {
  const external = texts(service, 'spec', 'externalIPs');
  switch (text(service, 'spec', 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer': {
      const given = balancers(service);
      return [...(given === '' ? [] : [given]), ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return text(service, 'spec', 'externalName');
    default:
      return '<unknown>';
  }
}

function balancers(object: Json): string {
  const given = list(object, 'status', 'loadBalancer', 'ingress').map(
    (one) => text(one, 'ip') || text(one, 'hostname'),
  );
  return [...new Set(given.filter((one) => one !== ''))].sort().join(',');
}

function portText(port: Json): string {
  const nodePort = count(port, 'nodePort');
  const ports = nodePort > 0 ? `${count(port, 'port')}:${nodePort}` : String(count(port, 'port'));
  return `${ports}/${text(port, 'protocol')}`;
}

function hosts(rules: readonly Json[]): string {
  const named: string[] = [];
  let hasMore = false;
  for (const rule of rules) {
    if (named.length === NAMED) hasMore = true;
    const host = text(rule, 'host');
    if (!hasMore && host !== '') named.push(host);
  }
  if (named.length === 0) return '*';
  return hasMore ? `${named.join(',')} + ${rules.length - NAMED} more...` : named.join(',');
}

function someOf(all: readonly string[]): string {
  const named = all.slice(0, NAMED).join(',');
  return all.length > NAMED ? `${named} + ${all.length - NAMED} more...` : named;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
