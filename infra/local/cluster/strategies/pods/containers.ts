import { absent, duplicate, forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { type Fields, fieldsOf, innerForm, itemsOf, numberOf, textOf } from '../rules/fields.ts';
import {
  check,
  checkPort,
  dataKey,
  dnsLabel,
  dnsSubdomain,
  portName,
  variableName,
} from '../rules/formats.ts';
import { checkLifecycle, checkProbe } from './handlers.ts';
import { checkResources } from './resources.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const FIELD_PATHS = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];
/** Fields that pods are selected by, but that no variable may show. */
const SELECTABLE = [
  ...['spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'status.nominatedNodeName'],
];
/** Members of a security context in the order of the API server's inner form. */
const CONTEXT = [
  ...['capabilities', 'privileged', 'sELinuxOptions', 'windowsOptions', 'runAsUser', 'runAsGroup'],
  ...['runAsNonRoot', 'readOnlyRootFilesystem', 'allowPrivilegeEscalation', 'procMount', 'seccompProfile'],
  'appArmorProfile',
];
const SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const;

/** What a container may refer to. */
export interface Surroundings {
  readonly volumes: ReadonlySet<string>;
  readonly graceSeconds: number | undefined;
}

/** All that is wrong with a pod's containers. */
export function checkContainers(
  report: Report,
  path: string,
  containers: readonly Fields[],
  around: Surroundings,
): void {
  if (containers.length === 0) {
    report.push(required(path));
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    checkContainer(report, at, container, around);
    const name = textOf(container.name);
    if (names.has(name)) report.push(duplicate(`${at}.name`, name));
    names.add(name);
    checkLifecycle(report, `${at}.lifecycle`, container.lifecycle, around.graceSeconds);
    for (const probe of PROBES) checkProbe(report, `${at}.${probe}`, probe, container[probe]);
  }
  checkHostPorts(report, path, containers);
}

/** All that is wrong with the containers that run first; `others` are the ordinary ones. */
export function checkInitContainers(
  report: Report,
  path: string,
  containers: readonly Fields[],
  others: readonly Fields[],
  around: Surroundings,
): void {
  const names = new Set(others.map(({ name }) => textOf(name)));
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    checkContainer(report, at, container, around);
    const name = textOf(container.name);
    if (names.has(name)) report.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    checkHostPorts(report, path, [container]);
    const isSidecar = container.restartPolicy === 'Always';
    if (isSidecar) checkLifecycle(report, `${at}.lifecycle`, container.lifecycle, around.graceSeconds);
    for (const field of isSidecar ? [] : ['lifecycle', ...PROBES]) {
      if (container[field] === undefined) continue;
      report.push(
        forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
      );
    }
    for (const probe of isSidecar ? PROBES : []) {
      checkProbe(report, `${at}.${probe}`, probe, container[probe]);
    }
  }
}

function checkContainer(report: Report, at: string, container: Fields, around: Surroundings): void {
  const name = textOf(container.name);
  if (name === '') report.push(required(`${at}.name`));
  else check(report, `${at}.name`, name, dnsLabel);
  if (textOf(container.image) === '') report.push(required(`${at}.image`));
  const messages = textOf(container.terminationMessagePolicy);
  if (!MESSAGE_POLICIES.includes(messages)) {
    report.push(unsupported(`${at}.terminationMessagePolicy`, messages, MESSAGE_POLICIES));
  }
  checkPorts(report, `${at}.ports`, itemsOf(container.ports));
  checkEnvironment(report, at, container);
  checkMounts(report, `${at}.volumeMounts`, itemsOf(container.volumeMounts), around.volumes);
  const pull = textOf(container.imagePullPolicy);
  if (!PULL_POLICIES.includes(pull)) report.push(unsupported(`${at}.imagePullPolicy`, pull, PULL_POLICIES));
  checkResources(report, `${at}.resources`, container.resources);
  checkSecurity(report, `${at}.securityContext`, fieldsOf(container.securityContext));
}

function checkPorts(report: Report, path: string, ports: readonly Fields[]): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`;
    const name = textOf(port.name);
    if (name !== '') {
      if (portName(name).length > 0) check(report, `${at}.name`, name, portName);
      else if (names.has(name)) report.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const number = numberOf(port.containerPort);
    if (number === 0) report.push(required(`${at}.containerPort`));
    else checkPort(report, `${at}.containerPort`, number);
    if (port.hostPort !== undefined) checkPort(report, `${at}.hostPort`, numberOf(port.hostPort));
    const protocol = textOf(port.protocol);
    if (!PROTOCOLS.includes(protocol)) report.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS));
  }
}

function checkHostPorts(report: Report, path: string, containers: readonly Fields[]): void {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    for (const [place, port] of itemsOf(container.ports).entries()) {
      if (numberOf(port.hostPort) === 0) continue;
      const text = `${textOf(port.protocol)}/${textOf(port.hostIP)}/${numberOf(port.hostPort)}`;
      if (taken.has(text)) report.push(duplicate(`${path}[${index}].ports[${place}].hostPort`, text));
      taken.add(text);
    }
  }
}

function checkEnvironment(report: Report, container: string, { env, envFrom }: Fields): void {
  for (const [index, variable] of itemsOf(env).entries()) {
    const at = `${container}.env[${index}]`;
    const name = textOf(variable.name);
    if (name === '') report.push(required(`${at}.name`));
    else check(report, `${at}.name`, name, variableName);
    const source = fieldsOf(variable.valueFrom);
    if (source) checkSource(report, `${at}.valueFrom`, source, textOf(variable.value));
  }
  const path = `${container}.envFrom`;
  for (const [index, from] of itemsOf(envFrom).entries()) {
    if (textOf(from.prefix) !== '')
      check(report, `${path}[${index}].prefix`, textOf(from.prefix), variableName);
    const references = ['configMapRef', 'secretRef'].filter((name) => fieldsOf(from[name]));
    for (const reference of references) {
      const name = textOf(fieldsOf(from[reference])?.name);
      const at = `${path}[${index}].${reference}.name`;
      if (name === '') report.push(required(at));
      else check(report, at, name, dnsSubdomain);
    }
    if (references.length === 0) {
      report.push(wrong(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (references.length > 1) {
      report.push(wrong(path, '', 'may not have more than one field specified at a time'));
    }
  }
}

function checkSource(report: Report, at: string, source: Fields, value: string): void {
  const present = SOURCES.filter((name) => fieldsOf(source[name]));
  const field = fieldsOf(source.fieldRef);
  if (field) checkFieldRef(report, `${at}.fieldRef`, textOf(field.fieldPath));
  const resource = fieldsOf(source.resourceFieldRef);
  if (resource && textOf(resource.resource) === '') {
    report.push(required(`${at}.resourceFieldRef.resource`));
  }
  for (const name of ['configMapKeyRef', 'secretKeyRef']) {
    const reference = fieldsOf(source[name]);
    if (!reference) continue;
    check(report, `${at}.${name}.name`, textOf(reference.name), dnsSubdomain);
    const key = textOf(reference.key);
    if (key === '') report.push(required(`${at}.${name}.key`));
    else check(report, `${at}.${name}.key`, key, dataKey);
  }
  if (present.length === 0) {
    const choices = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    report.push(wrong(at, '', `must specify one of: ${choices}`));
  } else if (value !== '') {
    report.push(wrong(at, '', 'may not be specified when `value` is not empty'));
  } else if (present.length > 1) {
    report.push(wrong(at, '', 'may not have more than one field specified at a time'));
  }
}

function checkFieldRef(report: Report, at: string, path: string): void {
  if (path === '') {
    report.push(required(`${at}.fieldPath`));
    return;
  }
  if (/^metadata\.(labels|annotations)\['.*'\]$/.test(path) || FIELD_PATHS.includes(path)) return;
  if (SELECTABLE.includes(path)) report.push(unsupported(`${at}.fieldPath`, path, FIELD_PATHS));
  else {
    const detail = `error converting fieldPath: field label not supported: ${path}`;
    report.push(wrong(`${at}.fieldPath`, path, detail));
  }
}

function checkMounts(
  report: Report,
  path: string,
  mounts: readonly Fields[],
  volumes: ReadonlySet<string>,
): void {
  const taken = new Set<string>();
  for (const [index, mount] of mounts.entries()) {
    const at = `${path}[${index}]`;
    const name = textOf(mount.name);
    const mountPath = textOf(mount.mountPath);
    if (name === '') report.push(required(`${at}.name`));
    if (!volumes.has(name)) report.push(absent(`${at}.name`, name));
    if (mountPath === '') report.push(required(`${at}.mountPath`));
    if (taken.has(mountPath)) report.push(wrong(`${at}.mountPath`, mountPath, 'must be unique'));
    taken.add(mountPath);
    const inside = textOf(mount.subPath);
    if (inside.startsWith('/')) report.push(wrong(`${path}.subPath`, inside, 'must be a relative path'));
    if (inside.split('/').includes('..')) {
      report.push(wrong(`${path}.subPath`, inside, "must not contain '..'"));
    }
    if (inside !== '' && textOf(mount.subPathExpr) !== '') {
      const detail = 'subPathExpr and subPath are mutually exclusive';
      report.push(wrong(`${at}.subPathExpr`, mount.subPathExpr, detail));
    }
  }
}

function checkSecurity(report: Report, at: string, context: Fields | undefined): void {
  for (const name of ['runAsUser', 'runAsGroup']) {
    const id = context?.[name];
    if (id !== undefined && (numberOf(id) < 0 || numberOf(id) > 2 ** 31 - 1)) {
      report.push(wrong(`${at}.${name}`, id, `must be between 0 and ${2 ** 31 - 1}, inclusive`));
    }
  }
  if (context?.allowPrivilegeEscalation === false && context.privileged === true) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    report.push(
      wrong(at, innerForm({ ...context, sELinuxOptions: context.seLinuxOptions }, CONTEXT), detail),
    );
  }
}
