import { typeOfKind } from '../../../../shared/core/kubernetes-schema/field.ts';
import { KUBERNETES_TABLE, type ResourceRow } from '../../../../shared/core/kubernetes-schema/table.ts';
import type { ResourceType, Verb } from '../model.ts';
import { builtInType } from './built-in.ts';

/** Groups and resources that are not served, because objects of theirs would change what the API server does, and nothing here does it. */
const NOT_SERVED: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'certificates.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
  '/componentstatuses',
  'networking.k8s.io/ipaddresses',
  'networking.k8s.io/servicecidrs',
]);

/** Subresources that lead to a node, and there is none. */
const NEED_A_NODE: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** What a subresource speaks, and what may be asked of it. */
export interface SubresourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' } as const;
const READ_AND_WRITE: readonly Verb[] = ['get', 'patch', 'update'];

let served: readonly ResourceType[] | undefined;

/** Every built-in resource that is served, the preferred version of a group first; the same array for all clusters. */
export function builtInResources(): readonly ResourceType[] {
  served ??= Object.entries(KUBERNETES_TABLE.resources).flatMap(([groupVersion, rows]) =>
    rows.filter(({ plural }) => isServed(groupVersion, plural)).map((row) => resourceOf(groupVersion, row)),
  );
  return served;
}

/** What a subresource of a built-in or custom resource is; undefined when it is not served. */
export function subresourceType(type: ResourceType, subresource: string): SubresourceType | undefined {
  if (!type.subresources.includes(subresource)) return undefined;
  const own = { group: type.group, version: type.version, kind: type.kind };
  if (type.custom) return { ...(subresource === 'scale' ? SCALE : own), verbs: READ_AND_WRITE };
  const words = rowOf(type)?.subresources?.[subresource]?.split(' ') ?? [];
  const verbs = words.filter((word) => !word.includes('/')) as Verb[];
  const foreign = words.find((word) => word.includes('/'))?.split('/');
  if (!foreign) return { ...own, verbs };
  const [kind = '', version = '', group = ''] = foreign.toReversed();
  return { group, version, kind, verbs };
}

function rowOf({ group, version, plural }: ResourceType): ResourceRow | undefined {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return KUBERNETES_TABLE.resources[groupVersion]?.find((row) => row.plural === plural);
}

function isServed(groupVersion: string, plural: string): boolean {
  const group = groupOf(groupVersion);
  return !NOT_SERVED.has(group) && !NOT_SERVED.has(`${group}/${plural}`);
}

function groupOf(groupVersion: string): string {
  return groupVersion.includes('/') ? groupVersion.slice(0, groupVersion.indexOf('/')) : '';
}

function resourceOf(groupVersion: string, row: ResourceRow): ResourceType {
  const { kind, plural, singular, namespaced, shortNames = [], categories = [] } = row;
  const type = typeOfKind(groupVersion, kind);
  if (type === undefined) throw new Error(`no schema of ${groupVersion} ${kind}`);
  return {
    group: groupOf(groupVersion),
    version: groupVersion.slice(groupVersion.indexOf('/') + 1),
    kind,
    plural,
    singular,
    listKind: `${kind}List`,
    shortNames,
    categories,
    namespaced,
    verbs: row.verbs.split(' ') as Verb[],
    subresources: Object.keys(row.subresources ?? {}).filter((name) => !NEED_A_NODE.has(name)),
    get schema() {
      return builtInType(type);
    },
  };
}
