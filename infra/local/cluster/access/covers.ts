import { coversPath, type Rule, toRule } from './rule.ts';
import { quoteAll } from './subjects.ts';

/** What of `wanted` nobody with the rules `owned` may do: rules of one group, resource, name or path each, verbs together. */
export function uncovered(owned: readonly Rule[], wanted: readonly Rule[]): readonly Rule[] {
  const missing = wanted.flatMap(atoms).filter((atom) => !owned.some((rule) => covers(rule, atom)));
  return compact(missing);
}

/** A rule in the words of a refusal: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function ruleText(rule: Rule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  const shown = parts.filter(([, values]) => values.length > 0);
  return `{${shown.map(([name, values]) => `${name}:${quoteAll(values)}`).join(', ')}}`;
}

/** The rule taken apart: one verb on one resource, by one name or all, or on one path. */
function atoms(rule: Rule): readonly Rule[] {
  const names = rule.resourceNames.length > 0 ? rule.resourceNames.map((name) => [name]) : [[]];
  const onResources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceNames) =>
          toRule({ verbs: [verb], apiGroups: [group], resources: [resource], resourceNames }),
        ),
      ),
    ),
  );
  const onPaths = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => toRule({ verbs: [verb], nonResourceURLs: [url] })),
  );
  return [...onResources, ...onPaths];
}

/** Whether `rule` allows all that `atom` does; `*` in `atom` is covered by `*` only. */
function covers(rule: Rule, atom: Rule): boolean {
  return (
    coversAll(rule.verbs, atom.verbs) &&
    coversAll(rule.apiGroups, atom.apiGroups) &&
    coversResources(rule.resources, atom.resources) &&
    coversNames(rule.resourceNames, atom.resourceNames) &&
    atom.nonResourceURLs.every((path) => rule.nonResourceURLs.some((url) => coversPath(url, path)))
  );
}

function coversAll(owned: readonly string[], wanted: readonly string[]): boolean {
  return owned.includes('*') || wanted.every((value) => owned.includes(value));
}

function coversResources(owned: readonly string[], wanted: readonly string[]): boolean {
  if (coversAll(owned, wanted)) return true;
  return wanted.every((resource) => {
    const slash = resource.indexOf('/');
    return owned.includes(resource) || (slash !== -1 && owned.includes(`*${resource.slice(slash)}`));
  });
}

function coversNames(owned: readonly string[], wanted: readonly string[]): boolean {
  return owned.length === 0 || (wanted.length > 0 && wanted.every((name) => owned.includes(name)));
}

/** Verbs on the same resource together. */
function compact(rules: readonly Rule[]): readonly Rule[] {
  const together = new Map<string, Rule>();
  const others: Rule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs.length > 0) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const same = together.get(key);
    together.set(key, same ? { ...same, verbs: [...same.verbs, ...rule.verbs] } : rule);
  }
  return [...others, ...together.values()];
}
