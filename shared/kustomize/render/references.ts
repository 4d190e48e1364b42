import type { FieldSpec } from './field-specs.ts';
import { indexOf, type Slot, type SpecIndex, visitField } from './fields-at.ts';
import { NAME_REFERENCES, type NameReferences } from './name-references.ts';
import { field, isMap, isNull, type Node, type NodeMap, refuse, textOf, untagged } from './node.ts';
import {
  CLUSTER,
  currentId,
  type Id,
  isSelected,
  nameOf,
  namespaceOf,
  originalId,
  previousIds,
  type Resource,
} from './resource.ts';

/** A resource that may be referred to by an old name. */
interface Candidate {
  readonly resource: Resource;
  readonly id: Id;
  readonly previous: readonly Id[];
}

/** What is looked up for every reference, worked out once: nothing of it changes while references do. */
interface Lookup {
  readonly byOldName: ReadonlyMap<string, readonly Candidate[]>;
  readonly byOriginalNamespace: ReadonlyMap<string, readonly Candidate[]>;
}

interface Referrer {
  readonly resource: Resource;
  readonly id: Id;
  /** Namespaces of the accounts that a RoleBinding names, which it may refer to across namespaces. */
  readonly accounts: ReadonlySet<string>;
}

type References = readonly (readonly [NameReferences, SpecIndex])[];

const DEFAULTS: References = referencesOf(NAME_REFERENCES);

function referencesOf(targets: readonly NameReferences[]): References {
  return targets.map((target) => [target, indexOf(target.from)]);
}

/** Rewrites every name of another object that has changed (api v0.21.1, filters/nameref). Fault `unsupported` when a name could mean several objects. */
export function fixReferences(
  resources: readonly Resource[],
  targets: readonly NameReferences[],
  spend: (steps: number) => void,
): void {
  const specs = targets === NAME_REFERENCES ? DEFAULTS : referencesOf(targets);
  // Of all of them, as kustomize fails on an account without a namespace even when no name has changed.
  const accounts = resources.map(accountNamespaces);
  const lookup = lookupOf(resources);
  if (lookup.byOldName.size === 0) return;
  for (const [at, resource] of resources.entries()) {
    const original = originalId(resource);
    const referrer = { resource, id: currentId(resource), accounts: accounts[at] as ReadonlySet<string> };
    for (const [target, specsOf] of specs) {
      for (const spec of specsOf(original)) {
        visitField(resource, spec, (slot) => update(slot, spec, { target, referrer, lookup, spend }));
      }
    }
  }
}

interface Reference {
  readonly target: NameReferences;
  readonly referrer: Referrer;
  readonly lookup: Lookup;
  /** Counts the objects that were looked at. */
  readonly spend: (steps: number) => void;
}

function lookupOf(resources: readonly Resource[]): Lookup {
  const byOldName = new Map<string, Candidate[]>();
  const byOriginalNamespace = new Map<string, Candidate[]>();
  const put = (map: Map<string, Candidate[]>, key: string, candidate: Candidate) => {
    const list = map.get(key);
    if (list) list.push(candidate);
    else map.set(key, [candidate]);
  };
  for (const resource of resources) {
    const candidate = { resource, id: currentId(resource), previous: previousIds(resource) };
    for (const name of new Set(candidate.previous.map((id) => id.name))) put(byOldName, name, candidate);
    put(byOriginalNamespace, originalId(resource).namespace, candidate);
  }
  byOriginalNamespace.delete(CLUSTER);
  return { byOldName, byOriginalNamespace };
}

function accountNamespaces({ object }: Resource): ReadonlySet<string> {
  const namespaces = new Set<string>();
  if (object.kind !== 'RoleBinding' || !Array.isArray(object.subjects)) return namespaces;
  for (const subject of object.subjects) {
    const namespace = field(subject, 'namespace');
    if (namespace === undefined || field(subject, 'kind') !== 'ServiceAccount') continue;
    namespaces.add(typeof namespace === 'string' ? namespace : refuse('a subject without a namespace'));
  }
  return namespaces;
}

function update({ map, name, value }: Slot, spec: FieldSpec, reference: Reference): void {
  if (isNull(value)) return;
  const setItem = (item: Node): Node => {
    if (isNull(item)) return item;
    if (isMap(item)) return renameMap(item, spec, reference);
    return renameText(item, spec, reference);
  };
  map[name] = Array.isArray(value) ? value.map(setItem) : setItem(value as Node);
}

function renameText(node: Node, spec: FieldSpec, reference: Reference): Node {
  const text = textOf(node) ?? refuse(`${spec.path}, which is no text`);
  const found = find(text, spec, reference, () => true, nameOf);
  return found && nameOf(found) !== text ? untagged(nameOf(found)) : node;
}

/** A map with `name` and maybe `namespace`, both of which follow. */
function renameMap(map: NodeMap, spec: FieldSpec, reference: Reference): Node {
  const text = textOf(field(map, 'name')) ?? refuse(`${spec.path} without a name`);
  const inNamespace = namespaceFilter(map, reference);
  const found = find(text, spec, reference, inNamespace, (one) => `${namespaceOf(one)}/${nameOf(one)}`);
  if (!found || (nameOf(found) === text && namespaceOf(found) === '')) return map;
  map.name = untagged(nameOf(found));
  if (namespaceOf(found) !== '') map.namespace = namespaceOf(found);
  return map;
}

function namespaceFilter(
  map: NodeMap,
  { lookup, referrer, spend }: Reference,
): (candidate: Candidate) => boolean {
  const node = field(map, 'namespace');
  if (node === undefined) return () => true;
  const namespace = textOf(node) ?? refuse('a namespace that is no text');
  const there = lookup.byOriginalNamespace.get(namespace) ?? [];
  spend(there.length);
  const original = there.some((one) => isReachable(one, referrer));
  if (original) return ({ resource }) => originalId(resource).namespace === namespace;
  return ({ id }) => id.namespace === namespace && namespace !== CLUSTER;
}

/** Whether an object can be named by another at all (resmap, SubsetThatCouldBeReferencedByResource). */
function isReachable({ resource, id }: Candidate, { id: from, accounts }: Referrer): boolean {
  return (
    from.namespace === CLUSTER ||
    id.namespace === CLUSTER ||
    id.namespace === from.namespace ||
    accounts.has(namespaceOf(resource))
  );
}

function find(
  oldName: string,
  spec: FieldSpec,
  { target, referrer, lookup, spend }: Reference,
  isIn: (candidate: Candidate) => boolean,
  identity: (resource: Resource) => string,
): Resource | undefined {
  const role = spec.path.endsWith('roleRef/name') ? roleOf(referrer.resource) : undefined;
  const named = lookup.byOldName.get(oldName) ?? [];
  spend(named.length);
  const candidates = named.filter(
    (candidate) =>
      isReachable(candidate, referrer) &&
      isIn(candidate) &&
      candidate.previous.some((id) => isSelected(id, target)) &&
      (!role || candidate.previous.some((id) => isSelected(id, role))) &&
      isNear(candidate, referrer),
  );
  if (candidates.length <= 1) return candidates[0]?.resource;
  const similar = candidates.filter(({ resource }) => sameAffixes(resource, referrer.resource, true));
  const equal =
    similar.length > 1
      ? similar.filter(({ resource }) => sameAffixes(resource, referrer.resource, false))
      : similar;
  const identities = new Set(equal.map(({ resource }) => identity(resource)));
  return identities.size > 1
    ? refuse(`the name ${oldName}, which could mean several objects`)
    : equal[0]?.resource;
}

function isNear({ resource, id }: Candidate, { id: from }: Referrer): boolean {
  const anywhere = from.namespace === CLUSTER || id.namespace === CLUSTER;
  return anywhere || resource.object.kind === 'ServiceAccount' || id.namespace === from.namespace;
}

function roleOf({ object }: Resource): { group: string; kind: string } | undefined {
  const group = textOf(field(object.roleRef, 'apiGroup'));
  const kind = textOf(field(object.roleRef, 'kind'));
  return group === undefined || kind === undefined ? undefined : { group, kind };
}

function sameAffixes(a: Resource, b: Resource, emptyFitsAll: boolean): boolean {
  return sameEnd(a.prefixes, b.prefixes, emptyFitsAll) && sameEnd(a.suffixes, b.suffixes, emptyFitsAll);
}

/** Whether one list ends the other; an empty one only an empty one, unless `emptyFitsAll`. */
function sameEnd(a: readonly string[], b: readonly string[], emptyFitsAll: boolean): boolean {
  if (a.length === 0 || b.length === 0) return emptyFitsAll || a.length === b.length;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.every((text, at) => text === long[long.length - short.length + at]);
}
