import type { Entry, Store } from '../model.ts';
import { contentOf } from './content.ts';
import { CLUSTER_ROLES } from './role-index.ts';
import { fromRule, type Rule, toRule } from './rule.ts';

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[]
    | null;
}

interface Aggregating {
  readonly aggregationRule: { readonly clusterRoleSelectors?: readonly LabelSelector[] | null } | null;
  readonly rules: readonly Partial<Rule>[] | null;
}

/** Field manager of the controller that fills ClusterRoles with an aggregationRule; it applies `rules`. */
export const AGGREGATION_MANAGER = 'clusterrole-aggregation-controller';

/** The ClusterRoles whose `rules` are not what their aggregationRule gathers, and the rules they should have. */
export function staleAggregations(
  store: Pick<Store, 'list'>,
): readonly { readonly name: string; readonly rules: readonly Partial<Rule>[] }[] {
  const roles = store.list(CLUSTER_ROLES);
  return roles.flatMap((role) => {
    // Most roles have none, and need not be parsed to know it.
    if (!role.rest.includes('"aggregationRule"')) return [];
    const { aggregationRule, rules } = contentOf<Aggregating>(role);
    if (!aggregationRule) return [];
    const gathered = gather(role, aggregationRule.clusterRoleSelectors ?? [], roles);
    const current = (rules ?? []).map((rule) => JSON.stringify(toRule(rule)));
    const isCurrent = [...gathered.keys()].join() === current.join();
    return isCurrent ? [] : [{ name: role.name, rules: [...gathered.values()].map(fromRule) }];
  });
}

/** The rules of the roles that are selected, under their texts: each once. */
function gather(
  role: Entry,
  selectors: readonly LabelSelector[],
  roles: readonly Entry[],
): ReadonlyMap<string, Rule> {
  const gathered = new Map<string, Rule>();
  for (const selector of selectors) {
    for (const other of roles) {
      if (other.name === role.name || !matches(selector, other.labels)) continue;
      for (const rule of (contentOf<Aggregating>(other).rules ?? []).map(toRule)) {
        const text = JSON.stringify(rule);
        if (!gathered.has(text)) gathered.set(text, rule);
      }
    }
  }
  return gathered;
}

function matches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = selector;
  const exact = Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (matchExpressions ?? []).every((expression) => holds(expression, labels));
}

function holds(
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  return operator === 'NotIn' && (value === undefined || !values.includes(value));
}
