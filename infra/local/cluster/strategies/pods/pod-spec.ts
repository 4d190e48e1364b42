import { forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { type Fields, fieldsAt, fieldsOf, itemsOf, numberOf, stringsOf, textOf } from '../rules/fields.ts';
import {
  check,
  checkLabels,
  checkSelector,
  dnsLabel,
  dnsSubdomain,
  labelKey,
  labelValue,
} from '../rules/formats.ts';
import { checkContainers, checkInitContainers } from './containers.ts';
import { checkVolumes } from './volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];
const LONGEST_SECONDS = 2 ** 31 - 1;
const NAMES: readonly (readonly [string, typeof dnsLabel])[] = [
  ...([
    ['serviceAccountName', dnsSubdomain],
    ['nodeName', dnsSubdomain],
  ] as const),
  ...([
    ['hostname', dnsLabel],
    ['subdomain', dnsLabel],
  ] as const),
  ...([
    ['priorityClassName', dnsSubdomain],
    ['runtimeClassName', dnsSubdomain],
  ] as const),
];

/** All that is wrong with a pod's spec at `path`; `templates` are the volumes that a StatefulSet adds. */
export function checkPodSpec(
  report: Report,
  path: string,
  spec: Fields,
  isPod: boolean,
  templates: readonly string[] = [],
): void {
  const seconds = spec.terminationGracePeriodSeconds;
  const own = itemsOf(spec.volumes).filter(({ name }) => !templates.includes(textOf(name)));
  const volumes = checkVolumes(report, `${path}.volumes`, own);
  const around = {
    volumes: new Set([...volumes, ...templates]),
    graceSeconds: seconds === undefined ? undefined : numberOf(seconds),
  };
  const containers = itemsOf(spec.containers);
  checkContainers(report, `${path}.containers`, containers, around);
  const first = itemsOf(spec.initContainers);
  checkInitContainers(report, `${path}.initContainers`, first, containers, around);
  if (spec.hostNetwork === true) checkHostNetwork(report, `${path}.containers`, containers, isPod);
  checkPolicies(report, path, spec);
  for (const [name, format] of NAMES) {
    if (textOf(spec[name]) !== '') check(report, `${path}.${name}`, textOf(spec[name]), format);
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (numberOf(deadline) < 1 || numberOf(deadline) > LONGEST_SECONDS)) {
    const detail = `must be between 1 and ${LONGEST_SECONDS}, inclusive`;
    report.push(wrong(`${path}.activeDeadlineSeconds`, deadline, detail));
  }
  checkTolerations(report, `${path}.tolerations`, itemsOf(spec.tolerations));
  checkAliases(report, `${path}.hostAliases`, itemsOf(spec.hostAliases));
}

function checkPolicies(report: Report, path: string, spec: Fields): void {
  const restart = textOf(spec.restartPolicy);
  if (!RESTART_POLICIES.includes(restart)) {
    report.push(unsupported(`${path}.restartPolicy`, restart, RESTART_POLICIES));
  }
  const dns = textOf(spec.dnsPolicy);
  if (!DNS_POLICIES.includes(dns)) report.push(unsupported(`${path}.dnsPolicy`, dns, DNS_POLICIES));
  checkLabels(report, `${path}.nodeSelector`, spec.nodeSelector);
  checkAffinity(report, `${path}.affinity`, fieldsOf(spec.affinity));
  if (dns === 'None' && stringsOf(fieldsAt(spec, 'dnsConfig')?.nameservers).length === 0) {
    const missing = fieldsOf(spec.dnsConfig) ? 'at least one DNS nameserver' : '`dnsConfig`';
    const at = fieldsOf(spec.dnsConfig) ? 'dnsConfig.nameservers' : 'dnsConfig';
    report.push(required(`${path}.${at}`, `must provide ${missing} when \`dnsPolicy\` is None`));
  }
  for (const [index, constraint] of itemsOf(spec.topologySpreadConstraints).entries()) {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    if (numberOf(constraint.maxSkew) <= 0) {
      report.push(wrong(`${at}.maxSkew`, numberOf(constraint.maxSkew), 'must be greater than zero'));
    }
    if (textOf(constraint.topologyKey) === '') {
      report.push(required(`${at}.topologyKey`, 'can not be empty'));
    }
    const what = textOf(constraint.whenUnsatisfiable);
    if (!UNSATISFIABLE.includes(what)) {
      report.push(unsupported(`${at}.whenUnsatisfiable`, what, UNSATISFIABLE));
    }
    checkSelector(report, `${at}.labelSelector`, constraint.labelSelector);
  }
}

function checkHostNetwork(report: Report, path: string, containers: readonly Fields[], isPod: boolean): void {
  for (const [index, container] of containers.entries()) {
    for (const [place, port] of itemsOf(container.ports).entries()) {
      const host = numberOf(port.hostPort);
      if ((isPod || host !== 0) && host !== numberOf(port.containerPort)) {
        const detail = 'must match `containerPort` when `hostNetwork` is true';
        report.push(wrong(`${path}[${index}].ports[${place}].hostPort`, host, detail));
      }
    }
  }
}

function checkAffinity(report: Report, path: string, affinity: Fields | undefined): void {
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const terms = fieldsOf(affinity?.[kind]);
    const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
    for (const [index, term] of itemsOf(terms?.[needed]).entries()) {
      checkAffinityTerm(report, `${path}.${kind}.${needed}[${index}]`, term);
    }
    const wished = 'preferredDuringSchedulingIgnoredDuringExecution';
    for (const [index, weighted] of itemsOf(terms?.[wished]).entries()) {
      const at = `${path}.${kind}.${wished}[${index}]`;
      const weight = numberOf(weighted.weight);
      if (weight < 1 || weight > 100) {
        report.push(wrong(`${at}.weight`, weight, 'must be in the range 1-100'));
      }
      checkAffinityTerm(report, `${at}.podAffinityTerm`, fieldsOf(weighted.podAffinityTerm) ?? {});
    }
  }
}

function checkAffinityTerm(report: Report, at: string, term: Fields): void {
  checkSelector(report, `${at}.labelSelector`, term.labelSelector);
  const key = textOf(term.topologyKey);
  if (key === '') report.push(required(`${at}.topologyKey`, 'can not be empty'));
  check(report, `${at}.topologyKey`, key, labelKey);
}

function checkTolerations(report: Report, path: string, tolerations: readonly Fields[]): void {
  for (const [index, toleration] of tolerations.entries()) {
    const at = `${path}[${index}]`;
    const { effect, operator, value } = toleration;
    const key = textOf(toleration.key);
    if (key !== '') check(report, `${at}.key`, key, labelKey);
    else if (operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      report.push(wrong(`${at}.operator`, textOf(operator), detail));
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      report.push(wrong(`${at}.effect`, textOf(effect), detail));
    }
    if (operator === 'Exists') {
      if (textOf(value) !== '') {
        const detail = "value must be empty when `operator` is 'Exists'";
        report.push(wrong(`${at}.operator`, value, detail));
      }
    } else if (operator === undefined || operator === 'Equal') {
      check(report, `${at}.operator`, textOf(value), labelValue);
    } else report.push(unsupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (textOf(effect) !== '' && !EFFECTS.includes(textOf(effect))) {
      report.push(unsupported(`${at}.effect`, effect, EFFECTS));
    }
  }
}

function checkAliases(report: Report, path: string, aliases: readonly Fields[]): void {
  for (const [index, alias] of aliases.entries()) {
    for (const [place, name] of stringsOf(alias.hostnames).entries()) {
      check(report, `${path}[${index}].hostnames[${place}]`, name, dnsSubdomain);
    }
  }
}

/** All that is wrong with a template of pods; `alwaysRestarts` names the kind whose pods must. */
export function checkTemplate(
  report: Report,
  path: string,
  template: Fields,
  alwaysRestarts?: string,
  volumes: readonly string[] = [],
): void {
  const metadata = fieldsOf(template.metadata);
  checkLabels(report, `${path}.labels`, metadata?.labels);
  for (const name of Object.keys(fieldsOf(metadata?.annotations) ?? {})) {
    check(report, `${path}.annotations`, name, (text) => labelKey(text.toLowerCase()));
  }
  const spec = fieldsOf(template.spec) ?? {};
  checkPodSpec(report, `${path}.spec`, spec, false, volumes);
  if (itemsOf(spec.ephemeralContainers).length > 0) {
    const detail = 'ephemeral containers not allowed in pod template';
    report.push(forbidden(`${path}.spec.ephemeralContainers`, detail));
  }
  if (alwaysRestarts === undefined) return;
  if (spec.restartPolicy !== 'Always') {
    report.push(unsupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${alwaysRestarts} is not Supported`;
    report.push(forbidden(`${path}.spec.activeDeadlineSeconds`, detail));
  }
}
