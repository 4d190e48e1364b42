import type { KindRules } from '../kind-rules.ts';
import { type Report, required, unsupported, wrong } from '../rules/errors.ts';
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
import { check, checkPort, dnsLabel, dnsSubdomain, portName, wildcardSubdomain } from '../rules/formats.ts';
import { isAddress } from './addresses.ts';

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const WRONG_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const WRONG_ENDS = ['/..', '/.'];

export const ingress: KindRules = {
  generation: 'spec',
  validate(report, object) {
    const spec = fieldsOf(object.spec) ?? {};
    const rules = itemsOf(spec.rules);
    const backend = fieldsOf(spec.defaultBackend);
    if (rules.length === 0 && !backend) {
      const detail = 'either `defaultBackend` or `rules` must be specified';
      report.push(wrong('spec', null, detail));
    }
    if (backend) checkBackend(report, 'spec.defaultBackend', backend);
    for (const [index, rule] of rules.entries()) {
      const at = `spec.rules[${index}]`;
      const host = textOf(rule.host);
      if (host !== '' && isAddress(host)) {
        report.push(wrong(`${at}.host`, host, 'must be a DNS name, not an IP address'));
      }
      if (host !== '') checkHost(report, `${at}.host`, host);
      const http = fieldsOf(rule.http);
      const paths = itemsOf(http?.paths);
      if (http && paths.length === 0) report.push(required(`${at}.http.paths`));
      for (const [place, path] of paths.entries()) checkPath(report, `${at}.http.paths[${place}]`, path);
    }
    for (const [index, tls] of itemsOf(spec.tls).entries()) {
      for (const [place, host] of stringsOf(tls.hosts).entries()) {
        checkHost(report, `spec.tls[${index}].hosts[${place}]`, host);
      }
      const secret = textOf(tls.secretName);
      if (secret !== '') check(report, `spec.tls[${index}].secretName`, secret, dnsSubdomain);
    }
    if (spec.ingressClassName !== undefined) {
      check(report, 'spec.ingressClassName', textOf(spec.ingressClassName), dnsSubdomain);
    }
  },
};

function checkHost(report: Report, at: string, host: string): void {
  check(report, at, host, host.includes('*') ? wildcardSubdomain : dnsSubdomain);
}

function checkPath(report: Report, at: string, rule: Fields): void {
  const path = textOf(rule.path);
  const type = rule.pathType;
  if (type === undefined || type === null) {
    report.push(required(`${at}.pathType`, 'pathType must be specified'));
    return;
  }
  if (!PATH_TYPES.includes(textOf(type))) {
    report.push(unsupported(`${at}.pathType`, type, PATH_TYPES));
  } else if (type !== 'ImplementationSpecific' || path !== '') {
    if (!path.startsWith('/')) report.push(wrong(`${at}.path`, path, 'must be an absolute path'));
    for (const part of type === 'ImplementationSpecific' ? [] : WRONG_PARTS) {
      if (path.includes(part)) report.push(wrong(`${at}.path`, path, `must not contain '${part}'`));
    }
    for (const end of type === 'ImplementationSpecific' ? [] : WRONG_ENDS) {
      if (path.endsWith(end)) report.push(wrong(`${at}.path`, path, `cannot end with '${end}'`));
    }
  }
  checkBackend(report, `${at}.backend`, fieldsOf(rule.backend) ?? {});
}

function checkBackend(report: Report, at: string, backend: Fields): void {
  const service = fieldsOf(backend.service);
  const resource = fieldsOf(backend.resource);
  if (service && resource) {
    report.push(wrong(at, '', 'cannot set both resource and service backends'));
    return;
  }
  if (resource) {
    for (const name of ['kind', 'name']) {
      if (textOf(resource[name]) === '') report.push(required(`${at}.resource.${name}`));
    }
    return;
  }
  if (!service) {
    report.push(wrong(at, '', 'resource or service backend is required'));
    return;
  }
  const name = textOf(service.name);
  if (name === '') report.push(required(`${at}.service.name`));
  else check(report, `${at}.service.name`, name, dnsLabel);
  const port = fieldsOf(service.port) ?? {};
  const [portText, number] = [textOf(port.name), numberOf(port.number)];
  if (portText !== '' && number !== 0) {
    report.push(wrong(at, '', 'cannot set both port name & port number'));
  } else if (portText !== '') check(report, `${at}.service.port.name`, portText, portName);
  else if (number !== 0) checkPort(report, `${at}.service.port.number`, number);
  else report.push(required(at, 'port name or number is required'));
}

export const ingressClass: KindRules = {
  generation: 'spec',
  defaults(object) {
    const parameters = fieldsOf(childOf(object, 'spec').parameters);
    if (parameters) fallback(parameters, 'scope', 'Cluster');
  },
  validate(report, object, old) {
    const controller = textOf(fieldsOf(object.spec)?.controller);
    if (controller === '') report.push(required('spec.controller'));
    const before = fieldsOf(old?.spec)?.controller;
    if (old && before !== controller) {
      report.push(wrong('spec.controller', controller, 'field is immutable'));
    }
  },
};
