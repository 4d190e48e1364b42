import { packageOf, typeOfKind } from '../../../../shared/core/kubernetes-schema/field.ts';
import { KUBERNETES_TABLE } from '../../../../shared/core/kubernetes-schema/table.ts';

/** What `x-kubernetes-group-version-kind` says. */
export interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly version: string;
}

/** Kinds that no resource has, but every group version speaks. */
const OF_ALL: ReadonlySet<string> = new Set(['meta.v1.DeleteOptions', 'meta.v1.WatchEvent']);

let kinds: ReadonlySet<string> | undefined;

/** `apps/v1`, or `v1` of the core group. */
export function groupVersionOf({ group, version }: { readonly group: string; readonly version: string }) {
  return group === '' ? version : `${group}/${version}`;
}

/** The kind that a type of the table is, in a document of `groupVersion`; none when it is only a part of one. */
export function kindsOfType(type: string, groupVersion: string): readonly Kind[] {
  const own = packageOf(type);
  const kind = type.slice(own.length + 1);
  if (type === 'meta.v1.Status') return [{ group: '', kind, version: 'v1' }];
  if (OF_ALL.has(type)) return [kindIn(groupVersion, kind)];
  const home = KUBERNETES_TABLE.packages[own]?.[1];
  kinds ??= builtInKinds();
  return home !== undefined && kinds.has(type) ? [kindIn(home, kind)] : [];
}

function kindIn(groupVersion: string, kind: string): Kind {
  const [version = '', group = ''] = groupVersion.split('/').toReversed();
  return { group, kind, version };
}

/** Types that are kinds: of resources, of their lists and of what subresources speak. */
function builtInKinds(): ReadonlySet<string> {
  const found = Object.entries(KUBERNETES_TABLE.resources).flatMap(([groupVersion, rows]) =>
    rows.flatMap(({ kind, subresources = {} }) => [
      typeOfKind(groupVersion, kind),
      typeOfKind(groupVersion, `${kind}List`),
      ...Object.values(subresources).map(foreignType),
    ]),
  );
  return new Set(found.filter((type) => type !== undefined));
}

function foreignType(words: string): string | undefined {
  const foreign = words.split(' ').find((word) => word.includes('/'));
  const at = foreign?.lastIndexOf('/') ?? -1;
  return foreign && typeOfKind(foreign.slice(0, at), foreign.slice(at + 1));
}
