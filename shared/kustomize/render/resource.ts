import { groupOf, versionOf } from '../../core/kubernetes-object.ts';
import { CLUSTER_SCOPED } from './cluster-scoped.ts';
import { field, isMap, type Node, type NodeMap, refuse } from './node.ts';

/** What kustomize tells a resource apart by. */
export interface Id {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  /** `default` when none is given, CLUSTER for what is certainly cluster-scoped. */
  readonly namespace: string;
}

/** A resource of a build: its object, and what kustomize keeps in annotations until it prints. */
export interface Resource {
  object: NodeMap;
  /** What it was called before each change of its id, oldest first. */
  previous: Id[];
  prefixes: string[];
  suffixes: string[];
  /** Whether a hash of the content is to end its name. */
  hashed: boolean;
  /** Where it comes from and what was done to it, as kustomize writes that; only kept when it is asked for. */
  origin?: string;
  transformations?: string[];
  /** How many values it holds at most, once that was counted. */
  size?: number;
}

/** The namespace of what has none (kyaml/resid, TotallyNotANamespace). */
export const CLUSTER = '_non_namespaceable_';

/** A resource that nothing has happened to. */
export function resourceOf(object: NodeMap): Resource {
  return { object, previous: [], prefixes: [], suffixes: [], hashed: false };
}

/** `metadata`, which every resource has. */
export function metadataOf({ object }: Resource): NodeMap {
  return field(object, 'metadata') as NodeMap;
}

/** `metadata.name`. */
export function nameOf(resource: Resource): string {
  return metadataOf(resource).name as string;
}

/** `metadata.namespace`, empty when there is none. */
export function namespaceOf(resource: Resource): string {
  return (field(metadataOf(resource), 'namespace') as string | undefined) ?? '';
}

/** What it is called now. */
export function currentId(resource: Resource): Id {
  const { apiVersion, kind } = resource.object as { apiVersion: string; kind: string };
  const namespace = isClusterScoped(resource) ? CLUSTER : namespaceOf(resource) || 'default';
  return {
    group: groupOf(apiVersion),
    version: versionOf(apiVersion),
    kind,
    name: nameOf(resource),
    namespace,
  };
}

/** What it was called when it was read. */
export function originalId(resource: Resource): Id {
  return withApiVersion(resource.previous[0], resource) ?? currentId(resource);
}

/** Every id that it had before, by its present API version, which is all that kustomize keeps. */
export function previousIds(resource: Resource): readonly Id[] {
  return resource.previous.map((id) => withApiVersion(id, resource) as Id);
}

function withApiVersion(id: Id | undefined, { object }: Resource): Id | undefined {
  if (!id) return undefined;
  const apiVersion = object.apiVersion as string;
  return { ...id, group: groupOf(apiVersion), version: versionOf(apiVersion) };
}

/** Notes what it is called now, before that changes. */
export function remember(resource: Resource): void {
  resource.previous.push(currentId(resource));
}

/** Whether kustomize is certain that the kind is cluster-scoped. */
export function isClusterScoped({ object }: Resource): boolean {
  return CLUSTER_SCOPED.has(`${object.apiVersion} ${object.kind}`);
}

/** An id as a key; no part of one holds a space. */
export function idKey({ group, version, kind, name, namespace }: Id): string {
  return `${group}/${version} ${kind} ${namespace} ${name}`;
}

/** Whether `id` is of this group, version and kind; what is empty matches everything. */
export function isSelected(
  id: Pick<Id, 'group' | 'version' | 'kind'>,
  by: { readonly group?: string; readonly version?: string; readonly kind?: string },
): boolean {
  return (
    (!by.group || by.group === id.group) &&
    (!by.version || by.version === id.version) &&
    (!by.kind || by.kind === id.kind)
  );
}

// What names are made of; kustomize keeps old names in lists that are separated by commas.
const NAME = /^[A-Za-z0-9_$][A-Za-z0-9._:${}-]*$/;

/** Whether text is a name that cannot be mistaken for several. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** A document as a resource. Fault `unsupported` when its identity is not plain text, or it is a list. */
export function toResource(document: Node): Resource {
  const { apiVersion, kind, metadata } = isMap(document) ? document : refuse('a document that is no object');
  const identity = { apiVersion, kind, 'metadata.name': field(metadata, 'name') };
  for (const [at, value] of Object.entries(identity)) {
    if (typeof value !== 'string' || value === '') refuse(`an object whose ${at} is no plain text`);
  }
  if ((kind as string).endsWith('List')) refuse('lists of objects');
  const namespace = field(metadata, 'namespace');
  if (namespace !== undefined && (typeof namespace !== 'string' || namespace === '')) {
    refuse('a metadata.namespace that is no plain text');
  }
  for (const text of [kind, field(metadata, 'name'), namespace ?? 'default'] as string[]) {
    if (!isName(text)) refuse(`the name ${JSON.stringify(text)}`);
  }
  return resourceOf(document as NodeMap);
}
