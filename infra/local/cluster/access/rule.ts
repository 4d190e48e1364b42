import type { Attempt } from '../access.ts';

/** What a role allows. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** A rule as it stands in a role: absent lists are empty. */
export function toRule(rule: Partial<Rule>): Rule {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return {
    verbs: verbs ?? [],
    apiGroups: apiGroups ?? [],
    resources: resources ?? [],
    resourceNames: resourceNames ?? [],
    nonResourceURLs: nonResourceURLs ?? [],
  };
}

/** A rule as a role or a review shows it: without what is empty. */
export function fromRule(rule: Rule): Partial<Rule> {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return {
    verbs,
    ...(apiGroups.length > 0 && { apiGroups }),
    ...(resources.length > 0 && { resources }),
    ...(resourceNames.length > 0 && { resourceNames }),
    ...(nonResourceURLs.length > 0 && { nonResourceURLs }),
  };
}

/** Whether `rule` allows `attempt`. */
export function ruleAllows(rule: Rule, attempt: Attempt): boolean {
  if (!has(rule.verbs, attempt.verb)) return false;
  if ('path' in attempt) return rule.nonResourceURLs.some((url) => coversPath(url, attempt.path));
  const { resourceNames } = rule;
  return (
    has(rule.apiGroups, attempt.group) &&
    allowsResource(rule.resources, attempt.resource, attempt.subresource ?? '') &&
    (resourceNames.length === 0 || resourceNames.includes(attempt.name))
  );
}

/** Whether a non-resource URL of a rule, which may end in `*`, covers `path`. */
export function coversPath(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));
}

function has(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes('*') || allowed.includes(wanted);
}

function allowsResource(allowed: readonly string[], resource: string, subresource: string): boolean {
  if (subresource === '') return has(allowed, resource);
  return has(allowed, `${resource}/${subresource}`) || allowed.includes(`*/${subresource}`);
}
