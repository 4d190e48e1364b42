import { compareBytes } from './hash.ts';
import { refuse } from './node.ts';
import { currentId, type Id, namespaceOf, type Resource } from './resource.ts';

/** `sortOptions`. */
export interface SortOptions {
  readonly order?: string;
  readonly legacySortOptions?: {
    readonly orderFirst?: readonly string[];
    readonly orderLast?: readonly string[];
  };
}

// api v0.21.1, internal/builtins/SortOrderTransformer.go.
const FIRST =
  'Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role ClusterRole RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget';
const LAST = 'MutatingWebhookConfiguration ValidatingWebhookConfiguration';

function ranksOf(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const [at, kind] of first.entries()) ranks.set(kind, at - first.length);
  for (const [at, kind] of last.entries()) ranks.set(kind, at + 1);
  return ranks;
}

const RANKS = ranksOf(FIRST.split(' '), LAST.split(' '));

/** The resources in the order that the outermost kustomization wants: as they came, unless it is `legacy`. */
export function sorted(
  resources: readonly Resource[],
  options: SortOptions | undefined,
): readonly Resource[] {
  if (!options || (options.order === 'fifo' && !options.legacySortOptions)) return resources;
  if (options.order !== 'legacy') return refuse(`the order ${options.order}`);
  const { orderFirst = [], orderLast = [] } = options.legacySortOptions ?? {
    orderFirst: FIRST.split(' '),
    orderLast: LAST.split(' '),
  };
  const ranks = ranksOf(orderFirst, orderLast);
  return resources
    .map((resource) => ({ resource, id: currentId(resource), namespace: namespaceOf(resource) }))
    .sort((a, b) => compare(a, b, ranks))
    .map(({ resource }) => resource);
}

/** The order of kinds, by kustomize's own list of the first and last ones. */
export function compareKinds(a: Omit<Id, 'name' | 'namespace'>, b: Omit<Id, 'name' | 'namespace'>): number {
  const rank = (RANKS.get(a.kind) ?? 0) - (RANKS.get(b.kind) ?? 0);
  return rank === 0 ? compareBytes(kindKey(a), kindKey(b)) : rank;
}

interface Sortable {
  readonly id: Id;
  readonly namespace: string;
}

function compare(a: Sortable, b: Sortable, ranks: ReadonlyMap<string, number>): number {
  const [one, two] = [kindKey(a.id), kindKey(b.id)];
  if (one !== two) {
    const rank = (ranks.get(a.id.kind) ?? 0) - (ranks.get(b.id.kind) ?? 0);
    if (rank !== 0) return rank;
    // Two Namespaces of different groups, the core one last.
    const namespaces = a.id.kind === 'Namespace' && b.id.kind === 'Namespace' && (!a.id.group || !b.id.group);
    return namespaces ? compareBytes(two, one) : compareBytes(one, two);
  }
  return compareBytes(idText(a), idText(b));
}

function kindKey({ group, version, kind }: Omit<Id, 'name' | 'namespace'>): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`;
}

function idText({ id, namespace }: Sortable): string {
  return `${namespace || '~X'}|${id.name}`;
}
