import type { KindRules } from '../kind-rules.ts';
import { type Report, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsOf,
  itemsOf,
  sameValue,
  stringsOf,
  textOf,
} from '../rules/fields.ts';
import { check, checkSelector, dnsSubdomain, pathSegment } from '../rules/formats.ts';

const GROUP = 'rbac.authorization.k8s.io';
const SUBJECTS = ['ServiceAccount', 'User', 'Group'];

export const role: KindRules = {
  validate: (report, object) => checkRules(report, itemsOf(object.rules), true),
};

export const clusterRole: KindRules = {
  validate(report, object) {
    checkRules(report, itemsOf(object.rules), false);
    const aggregation = fieldsOf(object.aggregationRule);
    const selectors = itemsOf(aggregation?.clusterRoleSelectors);
    const at = 'aggregationRule.clusterRoleSelectors';
    if (aggregation && selectors.length === 0) {
      const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
      report.push(required(at, detail));
    }
    for (const [index, selector] of selectors.entries()) checkSelector(report, `${at}[${index}]`, selector);
  },
};

export const roleBinding: KindRules = binding(true);
export const clusterRoleBinding: KindRules = binding(false);

function checkRules(report: Report, rules: readonly Fields[], isNamespaced: boolean): void {
  for (const [index, rule] of rules.entries()) {
    const at = `rules[${index}]`;
    if (stringsOf(rule.verbs).length === 0) {
      report.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    }
    const urls = stringsOf(rule.nonResourceURLs);
    if (urls.length > 0) {
      if (isNamespaced) {
        const detail = 'namespaced rules cannot apply to non-resource URLs';
        report.push(wrong(`${at}.nonResourceURLs`, urls, detail));
      }
      if (['apiGroups', 'resources', 'resourceNames'].some((name) => stringsOf(rule[name]).length > 0)) {
        const detail = 'rules cannot apply to both regular resources and non-resource URLs';
        report.push(wrong(`${at}.nonResourceURLs`, urls, detail));
      }
      continue;
    }
    if (stringsOf(rule.apiGroups).length === 0) {
      report.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    }
    if (stringsOf(rule.resources).length === 0) {
      report.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    }
  }
}

function binding(isNamespaced: boolean): KindRules {
  const roles = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return {
    defaults(object) {
      const reference = childOf(object, 'roleRef');
      if (textOf(reference.apiGroup) === '') reference.apiGroup = GROUP;
      for (const subject of itemsOf(object.subjects)) {
        if (subject.kind === 'User' || subject.kind === 'Group') fallback(subject, 'apiGroup', GROUP);
      }
    },
    validate(report, object, old) {
      const reference = fieldsOf(object.roleRef) ?? {};
      const group = textOf(reference.apiGroup);
      if (group !== GROUP) report.push(unsupported('roleRef.apiGroup', group, [GROUP]));
      const kind = textOf(reference.kind);
      if (!roles.includes(kind)) report.push(unsupported('roleRef.kind', kind, roles));
      const name = textOf(reference.name);
      if (name === '') report.push(required('roleRef.name'));
      else check(report, 'roleRef.name', name, pathSegment);
      for (const [index, subject] of itemsOf(object.subjects).entries()) {
        checkSubject(report, `subjects[${index}]`, subject, isNamespaced);
      }
      if (old && !sameValue(reference, old.roleRef)) {
        const shown = { APIGroup: group, Kind: kind, Name: name };
        report.push(wrong('roleRef', shown, 'cannot change roleRef'));
      }
    },
  };
}

function checkSubject(report: Report, at: string, subject: Fields, isNamespaced: boolean): void {
  const [kind, name, group] = [textOf(subject.kind), textOf(subject.name), textOf(subject.apiGroup)];
  if (name === '') report.push(required(`${at}.name`));
  if (!SUBJECTS.includes(kind)) {
    report.push(unsupported(`${at}.kind`, kind, SUBJECTS));
    return;
  }
  if (kind !== 'ServiceAccount') {
    if (group !== GROUP) report.push(unsupported(`${at}.apiGroup`, group, [GROUP]));
    return;
  }
  if (name !== '') check(report, `${at}.name`, name, dnsSubdomain);
  if (group !== '') report.push(unsupported(`${at}.apiGroup`, group, ['']));
  if (!isNamespaced && textOf(subject.namespace) === '') report.push(required(`${at}.namespace`));
}
