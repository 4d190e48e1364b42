import type { Catalog, ResourceType } from '../model.ts';
import { apiVersionOf } from '../requests/versions.ts';
import { subresourceType } from '../schema/built-in-resources.ts';
import { kindOf } from './subresources.ts';

interface GroupVersions {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
}

/** `/api`: the versions of the core group; `address` is where we are reached, as host and port. */
export function coreVersions(address: string): object {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
}

/** `/apis`: all groups but the core one. */
export function groupList(types: ReturnType<Catalog['all']>): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(types).map(described) };
}

/** `/apis/<group>`; undefined when nothing of it is served. */
export function groupDocument(types: readonly ResourceType[], name: string): object | undefined {
  const group = groupsOf(types).find((one) => one.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...described(group) };
}

/** `/api/v1` or `/apis/<group>/<version>`; undefined when nothing of it is served. */
export function resourceList(
  types: readonly ResourceType[],
  group: string,
  version: string,
): object | undefined {
  const served = types.filter((type) => type.group === group && type.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap((type) => [resourceEntry(type), ...subresourceEntries(type)]),
  };
}

/** The groups of `types` in their order, without the core group. */
export function groupsOf(types: readonly ResourceType[]): readonly GroupVersions[] {
  const groups = new Map<string, string[]>();
  for (const { group, version } of types) {
    if (group === '') continue;
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    groups.set(group, versions);
  }
  return [...groups].map(([name, versions]) => ({ name, versions }));
}

function described({ name, versions }: GroupVersions): object {
  const told = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: told, preferredVersion: told[0] };
}

function resourceEntry(type: ResourceType): object {
  return {
    name: type.plural,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 && { shortNames: type.shortNames }),
    ...(type.categories.length > 0 && { categories: type.categories }),
  };
}

function subresourceEntries(type: ResourceType): readonly object[] {
  return [...type.subresources].sort().map((name) => {
    const { group, version, kind } = kindOf(type, name);
    const isOther = group !== type.group || version !== type.version;
    return {
      name: `${type.plural}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      ...(isOther && { group, version }),
      kind,
      verbs: subresourceType(type, name)?.verbs ?? [],
    };
  });
}
