import { Buffer } from 'node:buffer';
import type {
  KubernetesObject,
  ObjectMetadata,
  OwnerReference,
} from '../../../../shared/core/kubernetes-object.ts';
import type { ResourceType } from '../model.ts';
import { forbidden, immutable, type Report, required, tooLong, wrong } from '../strategies/rules/errors.ts';
import { check, checkLabels, dnsLabel, labelKey } from '../strategies/rules/formats.ts';
import { nameFaults, prefixFaults } from './names.ts';

/** All annotations of an object together; the API server's limit. */
const ANNOTATIONS_BYTES = 256 * 1024;

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', ORPHAN, FOREGROUND]);

/** What is wrong with the metadata of a new object, its name included. */
export function newMetadataFaults(type: ResourceType, { metadata }: KubernetesObject): Report {
  const report: Report = [];
  const { name, generateName, namespace } = metadata;
  if (generateName) {
    for (const says of prefixFaults(type, generateName)) {
      report.push(wrong('metadata.generateName', generateName, says));
    }
  }
  if (!name) report.push(required('metadata.name', 'name or generateName is required'));
  else for (const says of nameFaults(type, name)) report.push(wrong('metadata.name', name, says));
  if (type.namespaced && namespace) check(report, 'metadata.namespace', namespace, dnsLabel);
  if ((metadata.generation ?? 0) < 0) {
    report.push(wrong('metadata.generation', metadata.generation, 'must be greater than or equal to 0'));
  }
  checkContent(report, type, metadata);
  return report;
}

/** What is wrong with a change of metadata. */
export function changedMetadataFaults(type: ResourceType, now: ObjectMetadata, old: ObjectMetadata): Report {
  const report: Report = [];
  if (old.deletionTimestamp) {
    const added = (now.finalizers ?? []).filter((name) => !old.finalizers?.includes(name)).toSorted();
    if (added.length > 0) {
      const list = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      report.push(forbidden('metadata.finalizers', why));
    }
  }
  if ((now.generation ?? 0) < (old.generation ?? 0)) {
    report.push(wrong('metadata.generation', now.generation, 'must not be decremented'));
  }
  for (const field of IMMUTABLE) {
    if ((now[field] ?? undefined) !== (old[field] ?? undefined)) {
      report.push(immutable(`metadata.${field}`, now[field]));
    }
  }
  checkContent(report, type, now);
  return report;
}

const IMMUTABLE = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const;

/** Finalizers of a custom resource that should name a domain: allowed, with a warning. */
export function finalizerWarnings(
  type: ResourceType,
  now: KubernetesObject,
  old?: KubernetesObject,
): string[] {
  if (!type.custom) return [];
  const added = (now.metadata.finalizers ?? []).filter((name) => !old?.metadata.finalizers?.includes(name));
  return added
    .filter((name) => !name.includes('/') && !STANDARD_FINALIZERS.has(name))
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    );
}

function checkContent(report: Report, type: ResourceType, metadata: ObjectMetadata): void {
  checkLabels(report, 'metadata.labels', metadata.labels);
  checkAnnotations(report, metadata.annotations ?? {});
  checkOwners(report, metadata.ownerReferences ?? []);
  checkFinalizers(report, type, metadata.finalizers ?? []);
}

function checkAnnotations(report: Report, annotations: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const says of labelKey(key.toLowerCase())) report.push(wrong('metadata.annotations', key, says));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATIONS_BYTES) report.push(tooLong('metadata.annotations', ANNOTATIONS_BYTES));
}

function checkOwners(report: Report, owners: readonly OwnerReference[]): void {
  const field = 'metadata.ownerReferences';
  let first = '';
  for (const owner of owners) {
    if (!owner.apiVersion) {
      report.push(wrong(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    }
    for (const member of ['kind', 'name', 'uid'] as const) {
      if (!owner[member]) report.push(wrong(`${field}.${member}`, '', 'must not be empty'));
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      report.push(wrong(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (first !== '') {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${name}`;
      report.push(wrong(field, owners, why));
    } else first = name;
  }
}

function checkFinalizers(report: Report, type: ResourceType, finalizers: readonly string[]): void {
  const field = 'metadata.finalizers';
  for (const name of finalizers) check(report, field, name, labelKey);
  if (finalizers.includes(ORPHAN) && finalizers.includes(FOREGROUND)) {
    report.push(wrong(field, finalizers, `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`));
  }
  if (type.custom || type.group === 'apiextensions.k8s.io') return;
  for (const [index, name] of finalizers.entries()) {
    if (name.includes('/') || STANDARD_FINALIZERS.has(name)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    report.push(wrong(`${field}[${index}]`, name, why));
  }
}
