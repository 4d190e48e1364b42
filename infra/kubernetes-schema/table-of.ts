import type { KubernetesTable, ResourceRow } from '../../shared/core/kubernetes-schema/table.ts';
import type { Discovery, GroupVersionKind, OpenApiDocument, OpenApiNode } from './openapi.ts';
import { packageName, shortName, typeRow } from './rows.ts';

/** What was read from a server: its version, discovery of the core group and of the others, documents of all group versions. */
export interface Reading {
  readonly version: string;
  readonly discovery: readonly Discovery[];
  readonly documents: readonly OpenApiDocument[];
}

/** The table of everything that a server has read out; types that nothing refers to by name are left out. */
export function tableOf({ version, discovery, documents }: Reading): KubernetesTable {
  const nodes = documents.flatMap(({ components }) => Object.entries(components?.schemas ?? {}));
  const types = new Map(nodes.sort(([a], [b]) => (shortName(a) < shortName(b) ? -1 : 1)));
  return {
    version,
    packages: packagesOf(types),
    atomic: [...types]
      .filter(([, node]) => node['x-kubernetes-map-type'] === 'atomic')
      .map(([n]) => shortName(n)),
    resources: Object.fromEntries(discovery.flatMap(resourcesOf)),
    types: Object.fromEntries([...types].map(([name, node]) => [shortName(name), typeRow(name, node)])),
  };
}

/** JSON with one package, resource or type a line, so that a change of one is a change of one line. */
export function tableText({ version, packages, atomic, resources, types }: KubernetesTable): string {
  const lines = (value: object) =>
    Object.entries(value).map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`);
  const groups = Object.entries(resources).map(
    ([name, rows]) => `${JSON.stringify(name)}:[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}]`,
  );
  return [
    `{"version":${JSON.stringify(version)},`,
    `"packages":{\n${lines(packages).join(',\n')}},`,
    `"atomic":${JSON.stringify(atomic)},`,
    `"resources":{\n${groups.join(',\n')}},`,
    `"types":{\n${lines(types).join(',\n')}}}\n`,
  ].join('\n');
}

function packagesOf(types: ReadonlyMap<string, OpenApiNode>): KubernetesTable['packages'] {
  const packages = new Map<string, [string, string?]>();
  for (const [name, node] of types) {
    const full = name.slice(0, name.lastIndexOf('.'));
    const kinds = node['x-kubernetes-group-version-kind'] ?? [];
    const [kind] = kinds;
    const short = packageName(full);
    const known = packages.get(short);
    if (known && known[0] !== full) throw new Error(`${full} and ${known[0]} are both ${short}`);
    if (!known) packages.set(short, [full]);
    // Kinds of the machinery's own package belong to every group version.
    if (kind && short !== 'meta.v1') packages.set(short, [full, groupVersion(kind)]);
  }
  return Object.fromEntries(packages);
}

function resourcesOf({ items }: Discovery): [string, ResourceRow[]][] {
  return items.flatMap(({ metadata, versions }) =>
    versions.map(({ version, resources }): [string, ResourceRow[]] => {
      const own = { group: metadata.name ?? '', version };
      return [groupVersion(own), resources.map((resource) => resourceRow(own, resource))];
    }),
  );
}

type Discovered = Discovery['items'][number]['versions'][number]['resources'][number];

function resourceRow(own: { group: string; version: string }, resource: Discovered): ResourceRow {
  const subresources = resource.subresources?.map(({ subresource, responseKind, verbs }) => [
    subresource,
    [...verbs, ...foreign(own, resource.responseKind, responseKind)].join(' '),
  ]);
  return {
    kind: resource.responseKind.kind,
    plural: resource.resource,
    singular: resource.singularResource,
    namespaced: resource.scope === 'Namespaced',
    verbs: resource.verbs.join(' '),
    ...(resource.shortNames && { shortNames: resource.shortNames }),
    ...(resource.categories && { categories: resource.categories }),
    ...(subresources && { subresources: Object.fromEntries(subresources) }),
  };
}

/** The kind of a subresource when it is not that of its resource; an empty version means the resource's own. */
function foreign(
  own: { readonly group: string; readonly version: string },
  of: GroupVersionKind,
  kind: GroupVersionKind | undefined,
): readonly string[] {
  if (!kind || kind.kind === of.kind) return [];
  return [`${groupVersion(kind.version === '' ? own : kind)}/${kind.kind}`];
}

function groupVersion({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}
