import { parseJson, toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject, ObjectMetadata } from '../../../../shared/core/kubernetes-object.ts';
import type { Entry, ResourceId, ResourceType } from '../model.ts';

type Labels = Readonly<Record<string, string>>;

const NO_LABELS: Labels = Object.freeze({});
const NO_OWNERS: readonly string[] = Object.freeze([]);

/** The order in which the API server writes them. */
const METADATA_ORDER = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/** The entry of `object` as stored at `revision`. */
export function toEntry(id: ResourceId, object: KubernetesObject, revision: number): Entry {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const { namespace = '', name, uid = '', labels, ownerReferences } = metadata;
  const ordered = inOrder({ ...metadata, resourceVersion: String(revision) });
  return {
    id,
    namespace,
    name,
    uid,
    revision,
    labels: labels && Object.keys(labels).length > 0 ? labels : NO_LABELS,
    owners: ownersOf(ownerReferences),
    metadata: toJson(ordered),
    rest: toJson(rest).slice(1, -1),
  };
}

/** The entry that `metadata` and `rest`, read from a file, belong to. */
export function restoreEntry(id: ResourceId, revision: number, metadata: string, rest: string): Entry {
  const {
    namespace = '',
    name,
    uid = '',
    labels = NO_LABELS,
    ownerReferences,
  } = parseJson(metadata) as ObjectMetadata;
  return { id, namespace, name, uid, revision, labels, owners: ownersOf(ownerReferences), metadata, rest };
}

/** What `entry` is after its end at `revision`. */
export function endedEntry(entry: Entry, revision: number): Entry {
  const metadata = parseJson(entry.metadata) as ObjectMetadata;
  return { ...entry, revision, metadata: toJson({ ...metadata, resourceVersion: String(revision) }) };
}

/** The object of `entry` in the version of `type`. */
export function toObject(
  entry: Entry,
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
): KubernetesObject {
  return parseJson(entryJson(entry, type)) as KubernetesObject;
}

/** The JSON of `entry` in the version of `type`. */
export function entryJson(
  entry: Entry,
  { group, version, kind }: Pick<ResourceType, 'group' | 'version' | 'kind'>,
): string {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const rest = entry.rest === '' ? '' : `,${entry.rest}`;
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${entry.metadata}${rest}}`;
}

/** `metadata` of an entry. */
export function metadataOf(entry: Entry): ObjectMetadata {
  return parseJson(entry.metadata) as ObjectMetadata;
}

/** `group/plural`: the same for every version, and for Events of both groups. */
export function resourceId({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): ResourceId {
  return group === 'events.k8s.io' ? `/${plural}` : `${group}/${plural}`;
}

function ownersOf(references: ObjectMetadata['ownerReferences'] = []): readonly string[] {
  return references.length === 0 ? NO_OWNERS : references.map(({ uid }) => uid);
}

function inOrder(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const ordered: Record<string, unknown> = {};
  for (const key of METADATA_ORDER) if (metadata[key] !== undefined) ordered[key] = metadata[key];
  for (const key of Object.keys(metadata)) ordered[key] ??= metadata[key];
  return ordered;
}
