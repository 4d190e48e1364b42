import { childOf, type Fields, fallback, fieldsAt, fieldsOf, itemsOf, textOf } from '../rules/fields.ts';

// As of pkg/apis/core/v1/defaults.go of Kubernetes 1.36.
const GRACE_SECONDS = 30;
const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;
const VOLUME_SOURCES_WITH_MODE = ['secret', 'configMap', 'downwardAPI', 'projected'] as const;
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;

/** Sets the defaults of a pod's spec, wherever it stands. */
export function defaultPodSpec(spec: Fields): void {
  fallback(spec, 'dnsPolicy', 'ClusterFirst');
  fallback(spec, 'restartPolicy', 'Always');
  fallback(spec, 'securityContext', {});
  fallback(spec, 'terminationGracePeriodSeconds', GRACE_SECONDS);
  fallback(spec, 'schedulerName', 'default-scheduler');
  // The deprecated name and the present one are the same field.
  const account = textOf(spec.serviceAccountName) || textOf(spec.serviceAccount);
  if (account !== '') Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const volume of itemsOf(spec.volumes)) defaultVolume(volume);
  for (const container of containersOf(spec)) defaultContainer(container);
}

/** What is defaulted of a Pod, but not of a template of one. */
export function defaultPodOnly(spec: Fields): void {
  fallback(spec, 'enableServiceLinks', true);
  const containers = [...itemsOf(spec.initContainers), ...itemsOf(spec.containers)];
  for (const container of containers) {
    const limits = fieldsAt(container, 'resources.limits');
    if (limits) {
      const resources = childOf(container, 'resources');
      resources.requests = { ...limits, ...fieldsOf(resources.requests) };
    }
    if (spec.hostNetwork !== true) continue;
    for (const port of itemsOf(container.ports)) fallback(port, 'hostPort', port.containerPort);
  }
}

/** Every container of a spec: the first ones, the ordinary ones, and those that were added to debug. */
export function containersOf(spec: Fields | undefined): Fields[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((name) => itemsOf(spec?.[name]));
}

function defaultContainer(container: Fields): void {
  fallback(container, 'imagePullPolicy', pullPolicy(textOf(container.image)));
  fallback(container, 'terminationMessagePath', '/dev/termination-log');
  fallback(container, 'terminationMessagePolicy', 'File');
  for (const port of itemsOf(container.ports)) fallback(port, 'protocol', 'TCP');
  for (const variable of itemsOf(container.env)) {
    defaultFieldRef(variable.valueFrom);
    defaultDivisor(variable.valueFrom);
  }
  for (const name of PROBES) {
    const probe = fieldsOf(container[name]);
    if (!probe) continue;
    fallback(probe, 'timeoutSeconds', 1);
    fallback(probe, 'periodSeconds', 10);
    fallback(probe, 'successThreshold', 1);
    fallback(probe, 'failureThreshold', 3);
    defaultHandler(probe);
  }
  for (const name of HOOKS) defaultHandler(fieldsAt(container, `lifecycle.${name}`));
}

function defaultHandler(handler: Fields | undefined): void {
  const get = fieldsOf(handler?.httpGet);
  if (!get) return;
  fallback(get, 'path', '/');
  fallback(get, 'scheme', 'HTTP');
}

function defaultFieldRef(source: unknown): void {
  const reference = fieldsAt(source, 'fieldRef');
  if (reference) fallback(reference, 'apiVersion', 'v1');
}

function defaultDivisor(source: unknown): void {
  const reference = fieldsAt(source, 'resourceFieldRef');
  if (reference) fallback(reference, 'divisor', '0');
}

// An image without tag and digest has the tag `latest`.
function pullPolicy(image: string): string {
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : undefined;
  const isLatest = tag === 'latest' || (tag === undefined && digest === undefined && isReference(name));
  return isLatest ? 'Always' : 'IfNotPresent';
}

// What cannot be parsed as an image has no tag at all.
function isReference(name: string): boolean {
  return (
    /^[A-Za-z0-9.:[\]_-]+(\/[a-z0-9._-]+)*$/.test(name) && !/[A-Z]/.test(name.slice(name.indexOf('/') + 1))
  );
}

function defaultVolume(volume: Fields): void {
  const source = Object.keys(volume).find((name) => name !== 'name');
  if (source === undefined) volume.emptyDir = {};
  for (const name of VOLUME_SOURCES_WITH_MODE) {
    const found = fieldsOf(volume[name]);
    if (found) fallback(found, 'defaultMode', FILE_MODE);
  }
  const host = fieldsOf(volume.hostPath);
  if (host) fallback(host, 'type', '');
  const image = fieldsOf(volume.image);
  if (image) fallback(image, 'pullPolicy', pullPolicy(textOf(image.reference)));
  const claim = fieldsAt(volume, 'ephemeral.volumeClaimTemplate.spec');
  if (claim) fallback(claim, 'volumeMode', 'Filesystem');
  const projected = itemsOf(fieldsOf(volume.projected)?.sources);
  for (const { serviceAccountToken } of projected) {
    const token = fieldsOf(serviceAccountToken);
    if (token) fallback(token, 'expirationSeconds', TOKEN_SECONDS);
  }
  for (const one of [volume, ...projected]) {
    for (const file of itemsOf(fieldsOf(one.downwardAPI)?.items)) {
      defaultFieldRef(file);
      defaultDivisor(file);
    }
  }
}
