import type { KindRules } from '../kind-rules.ts';
import { forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsOf,
  itemsOf,
  numberOf,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import { check, checkPort, checkSelector, portName } from '../rules/formats.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const TYPES = ['Ingress', 'Egress'];
/** The two directions of a policy, and who is at the other end. */
const DIRECTIONS = [
  ['ingress', 'from'],
  ['egress', 'to'],
] as const;

export const networkPolicy: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    const hasEgress = itemsOf(spec.egress).length > 0;
    fallback(spec, 'policyTypes', hasEgress ? ['Ingress', 'Egress'] : ['Ingress']);
    for (const [direction] of DIRECTIONS) {
      for (const rule of itemsOf(spec[direction])) {
        for (const port of itemsOf(rule.ports)) fallback(port, 'protocol', 'TCP');
      }
    }
  },
  validate(report, object) {
    const spec = fieldsOf(object.spec) ?? {};
    checkSelector(report, 'spec.podSelector', spec.podSelector);
    for (const [direction, peers] of DIRECTIONS) {
      for (const [index, rule] of itemsOf(spec[direction]).entries()) {
        const at = `spec.${direction}[${index}]`;
        for (const [place, port] of itemsOf(rule.ports).entries()) {
          checkPolicyPort(report, `${at}.ports[${place}]`, port);
        }
        for (const [place, peer] of itemsOf(rule[peers]).entries()) {
          checkPeer(report, `${at}.${peers}[${place}]`, peer);
        }
      }
    }
    const types = stringsOf(spec.policyTypes);
    if (types.length > TYPES.length) {
      report.push(wrong('spec.policyTypes', types, 'may not specify more than two policyTypes'));
      return;
    }
    for (const [index, type] of types.entries()) {
      if (!TYPES.includes(type)) report.push(unsupported(`spec.policyTypes[${index}]`, type, TYPES));
    }
  },
};

function checkPolicyPort(report: Report, at: string, port: Fields): void {
  const protocol = textOf(port.protocol);
  if (!PROTOCOLS.includes(protocol)) report.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS));
  const { endPort } = port;
  if (typeof port.port === 'string') {
    if (endPort !== undefined) {
      report.push(wrong(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    }
    check(report, `${at}.port`, port.port, portName);
  } else if (port.port === undefined) {
    if (endPort !== undefined) {
      report.push(wrong(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
    }
  } else {
    checkPort(report, `${at}.port`, numberOf(port.port));
    if (endPort === undefined) return;
    if (numberOf(endPort) < numberOf(port.port)) {
      report.push(wrong(`${at}.endPort`, port.port, 'must be greater than or equal to `port`'));
    }
    checkPort(report, `${at}.endPort`, numberOf(endPort));
  }
}

function checkPeer(report: Report, at: string, peer: Fields): void {
  const kinds = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((name) => fieldsOf(peer[name]));
  checkSelector(report, `${at}.podSelector`, peer.podSelector);
  checkSelector(report, `${at}.namespaceSelector`, peer.namespaceSelector);
  const block = fieldsOf(peer.ipBlock);
  if (block && textOf(block.cidr) === '') report.push(required(`${at}.ipBlock.cidr`));
  else if (block && !/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(textOf(block.cidr))) {
    const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    report.push(wrong(`${at}.ipBlock.cidr`, block.cidr, detail));
  }
  if (kinds.length === 0) report.push(required(at, 'must specify a peer'));
  else if (kinds.length > 1 && block) {
    report.push(forbidden(at, 'may not specify both ipBlock and another peer'));
  }
}
