import type { KindRules } from '../kind-rules.ts';
import {
  duplicate,
  forbidden,
  immutable,
  type Report,
  required,
  unsupported,
  wrong,
} from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsAt,
  fieldsOf,
  itemsOf,
  numberOf,
  sameValue,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import {
  check,
  checkLabels,
  checkPort,
  checkPortOrName,
  dnsLabel,
  dnsSubdomain,
  labelKey,
} from '../rules/formats.ts';
import { giveAddresses, keepAddresses } from './addresses.ts';
import { checkClusterAddresses } from './cluster-addresses.ts';

const AFFINITY_SECONDS = 10_800;
const LONGEST_AFFINITY_SECONDS = 86_400;
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES = ['ClientIP', 'None'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

export const service: KindRules = {
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'sessionAffinity', 'None');
    if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
    if (spec.sessionAffinity === 'ClientIP') {
      const config = fieldsAt(spec, 'sessionAffinityConfig.clientIP');
      if (config?.timeoutSeconds === undefined) {
        spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
      }
    }
    fallback(spec, 'type', 'ClusterIP');
    for (const port of itemsOf(spec.ports)) {
      fallback(port, 'protocol', 'TCP');
      if (!port.targetPort) port.targetPort = port.port;
    }
    if (isReachedFromOutside(spec)) fallback(spec, 'externalTrafficPolicy', 'Cluster');
    if (spec.type !== 'ExternalName') fallback(spec, 'internalTrafficPolicy', 'Cluster');
    if (spec.type !== 'LoadBalancer') return;
    fallback(spec, 'allocateLoadBalancerNodePorts', true);
    for (const ingress of itemsOf(fieldsAt(object, 'status.loadBalancer')?.ingress)) {
      if (textOf(ingress.ip) !== '') fallback(ingress, 'ipMode', 'VIP');
    }
  },
  create: (object, world) => giveAddresses(object, undefined, world),
  update(object, old, world) {
    keepAddresses(childOf(object, 'spec'), fieldsOf(old.spec) ?? {});
    if (fieldsOf(object.spec)?.type !== 'LoadBalancer') object.status = { loadBalancer: {} };
    giveAddresses(object, old, world);
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkClusterAddresses(report, spec, fieldsOf(old?.spec));
    checkType(report, spec);
    const ports = itemsOf(spec.ports);
    checkPorts(report, ports, textOf(spec.type));
    checkLabels(report, 'spec.selector', spec.selector);
    checkAffinity(report, spec);
    checkTraffic(report, spec, fieldsOf(old?.spec));
  },
};

/** Whether a NodePort, a load balancer or an outside address leads to the service. */
export function isReachedFromOutside(spec: Fields): boolean {
  const { type } = spec;
  return (
    type === 'NodePort' ||
    type === 'LoadBalancer' ||
    (type === 'ClusterIP' && stringsOf(spec.externalIPs).length > 0)
  );
}

function checkType(report: Report, spec: Fields): void {
  const type = textOf(spec.type);
  const isHeadless = spec.clusterIP === 'None';
  if (itemsOf(spec.ports).length === 0 && !isHeadless && type !== 'ExternalName') {
    report.push(required('spec.ports'));
  }
  if (isHeadless && (type === 'LoadBalancer' || type === 'NodePort')) {
    report.push(wrong('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  if (type === 'ExternalName') {
    for (const name of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      if (spec[name] === undefined) continue;
      report.push(forbidden(`spec.${name}`, 'may not be set for ExternalName services'));
    }
    const host = textOf(spec.externalName).replace(/\.$/, '');
    if (host === '') report.push(required('spec.externalName'));
    else check(report, 'spec.externalName', host, dnsSubdomain);
  }
  if (!TYPES.includes(type)) report.push(unsupported('spec.type', type, TYPES));
}

function checkPorts(report: Report, ports: readonly Fields[], type: string): void {
  const taken = { names: new Set(), ports: new Set(), nodePorts: new Set() };
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    const name = textOf(port.name);
    if (name === '' && ports.length > 1) report.push(required(`${at}.name`));
    if (name !== '') check(report, `${at}.name`, name, dnsLabel);
    if (name !== '' && taken.names.has(name)) report.push(duplicate(`${at}.name`, name));
    taken.names.add(name);
    checkPort(report, `${at}.port`, numberOf(port.port));
    const protocol = textOf(port.protocol);
    if (!PROTOCOLS.includes(protocol)) report.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS));
    checkPortOrName(report, `${at}.targetPort`, port.targetPort);
    if (textOf(port.appProtocol) !== '') {
      check(report, `${at}.appProtocol`, textOf(port.appProtocol), labelKey);
    }
    if (type === 'ClusterIP' && port.nodePort !== undefined) {
      report.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    const [nodePort, number] = [`${protocol}/${port.nodePort}`, `${protocol}/${port.port}`];
    if (port.nodePort !== undefined && taken.nodePorts.has(nodePort)) {
      report.push(duplicate(`${at}.nodePort`, port.nodePort));
    }
    taken.nodePorts.add(nodePort);
    if (taken.ports.has(number)) report.push(duplicate(at, innerPort(protocol, numberOf(port.port))));
    taken.ports.add(number);
  }
}

// The API server shows its own inner form of a port here.
function innerPort(protocol: string, port: number): Fields {
  const nothing = { Name: '', AppProtocol: null, TargetPort: 0, NodePort: 0 };
  const { Name, AppProtocol, TargetPort, NodePort } = nothing;
  return { Name, Protocol: protocol, AppProtocol, Port: port, TargetPort, NodePort };
}

function checkAffinity(report: Report, spec: Fields): void {
  const affinity = textOf(spec.sessionAffinity);
  if (!AFFINITIES.includes(affinity)) {
    report.push(unsupported('spec.sessionAffinity', affinity, AFFINITIES));
  }
  const seconds = fieldsAt(spec, 'sessionAffinityConfig.clientIP')?.timeoutSeconds;
  if (seconds !== undefined && (numberOf(seconds) <= 0 || numberOf(seconds) > LONGEST_AFFINITY_SECONDS)) {
    const detail = `must be greater than 0 and less than ${LONGEST_AFFINITY_SECONDS}`;
    report.push(wrong('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, detail));
  }
}

function checkTraffic(report: Report, spec: Fields, old: Fields | undefined): void {
  const isBalanced = spec.type === 'LoadBalancer';
  for (const [name, path] of [
    ['loadBalancerSourceRanges', 'LoadBalancerSourceRanges'],
    ['allocateLoadBalancerNodePorts', 'allocateLoadBalancerNodePorts'],
    ['loadBalancerClass', 'loadBalancerClass'],
  ] as const) {
    if (isBalanced || spec[name] === undefined) continue;
    report.push(forbidden(`spec.${path}`, "may only be used when `type` is 'LoadBalancer'"));
  }
  if (
    isBalanced &&
    old?.type === 'LoadBalancer' &&
    !sameValue(spec.loadBalancerClass, old.loadBalancerClass)
  ) {
    report.push(immutable('spec.loadBalancerClass', spec.loadBalancerClass ?? null));
  }
  const outside = textOf(spec.externalTrafficPolicy);
  if (!isReachedFromOutside(spec)) {
    if (outside !== '') {
      const detail = 'may only be set for externally-accessible services';
      report.push(wrong('spec.externalTrafficPolicy', outside, detail));
    }
  } else if (!POLICIES.includes(outside)) {
    report.push(unsupported('spec.externalTrafficPolicy', outside, POLICIES));
  }
  if (spec.healthCheckNodePort !== undefined && !(isBalanced && outside === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    report.push(wrong('spec.healthCheckNodePort', spec.healthCheckNodePort, detail));
  }
  const inside = textOf(spec.internalTrafficPolicy);
  if (inside !== '' && !POLICIES.includes(inside)) {
    report.push(unsupported('spec.internalTrafficPolicy', inside, POLICIES));
  }
  const distribution = textOf(spec.trafficDistribution);
  if (distribution !== '' && !DISTRIBUTIONS.includes(distribution)) {
    report.push(unsupported('spec.trafficDistribution', distribution, DISTRIBUTIONS));
  }
}
