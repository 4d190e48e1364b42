import type { KindRules } from '../kind-rules.ts';
import { checkClaimSpec } from '../pods/claim-spec.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { checkTemplate } from '../pods/pod-spec.ts';
import { forbidden, type Report, unsupported, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fallback, fieldsOf, itemsOf, sameValue, textOf } from '../rules/fields.ts';
import { check, checkNotNegative, dnsLabel, dnsSubdomain, type Format } from '../rules/formats.ts';
import { checkAtMostAll, checkShare, isNone } from './numbers.ts';
import { checkReadable, checkTemplateLabels, checkWorkloadSelector } from './selector.ts';

const HISTORY = 10;
/** What may change, in the order in which the API server names it. */
const MUTABLE = [
  ...['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'],
  ...['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'],
];
const FROZEN = `updates to statefulset spec for fields other than ${MUTABLE.slice(0, -1)
  .map((name) => `'${name}'`)
  .join(', ')} and '${MUTABLE.at(-1)}' are forbidden`;
const RETENTIONS = ['Retain', 'Delete'];

export const statefulSet: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'podManagementPolicy', 'OrderedReady');
    const strategy = childOf(spec, 'updateStrategy');
    if (strategy.type === undefined) {
      strategy.type = 'RollingUpdate';
      fallback(strategy, 'rollingUpdate', {});
    }
    const rolling = fieldsOf(strategy.rollingUpdate);
    if (strategy.type === 'RollingUpdate' && rolling) fallback(rolling, 'partition', 0);
    const retention = childOf(spec, 'persistentVolumeClaimRetentionPolicy');
    fallback(retention, 'whenDeleted', 'Retain');
    fallback(retention, 'whenScaled', 'Retain');
    fallback(spec, 'replicas', 1);
    fallback(spec, 'revisionHistoryLimit', HISTORY);
    defaultPodSpec(childOf(childOf(spec, 'template'), 'spec'));
    for (const claim of itemsOf(spec.volumeClaimTemplates)) {
      // The templates are whole objects to the decoder.
      claim.apiVersion = 'v1';
      claim.kind = 'PersistentVolumeClaim';
      fallback(childOf(claim, 'spec'), 'volumeMode', 'Filesystem');
      fallback(childOf(claim, 'status'), 'phase', 'Pending');
    }
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    // Every name is a subdomain; this one must be a label, for pods are called after it.
    const name = textOf(fieldsOf(object.metadata)?.name);
    if (!old && dnsSubdomain(name).length === 0) check(report, 'metadata.name', name, labelWithoutDots);
    const policy = textOf(spec.podManagementPolicy);
    if (policy !== 'OrderedReady' && policy !== 'Parallel') {
      report.push(wrong('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
    }
    checkStrategy(report, fieldsOf(spec.updateStrategy) ?? {});
    const retention = fieldsOf(spec.persistentVolumeClaimRetentionPolicy) ?? {};
    for (const name of ['whenDeleted', 'whenScaled']) {
      if (RETENTIONS.includes(textOf(retention[name]))) continue;
      const at = `spec.persistentVolumeClaimRetentionPolicy.${name}`;
      report.push(unsupported(at, retention[name], RETENTIONS));
    }
    const templates = itemsOf(spec.volumeClaimTemplates);
    for (const [index, claim] of old ? [] : templates.entries()) {
      checkClaimSpec(report, `spec.volumeClaimTemplates[${index}].spec`, claim.spec);
    }
    checkNotNegative(report, 'spec.replicas', spec.replicas);
    checkNotNegative(report, 'spec.minReadySeconds', spec.minReadySeconds);
    checkNotNegative(report, 'spec.ordinals.start', fieldsOf(spec.ordinals)?.start);
    const service = textOf(spec.serviceName);
    if (!old && service !== '') check(report, 'spec.serviceName', service, dnsLabel);
    checkWorkloadSelector(report, spec, 'statefulset');
    checkReadable(report, spec, '');
    checkTemplateLabels(report, spec);
    const names = templates.map((claim) => textOf(fieldsOf(claim.metadata)?.name));
    checkTemplate(report, 'spec.template', fieldsOf(spec.template) ?? {}, 'StatefulSet', names);
    const before = fieldsOf(old?.spec);
    if (before && !sameValue(frozen(spec), frozen(before))) report.push(forbidden('spec', FROZEN));
  },
};

function frozen(spec: Fields): Fields {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !MUTABLE.includes(name)));
}

function checkStrategy(report: Report, strategy: Fields): void {
  const rolling = fieldsOf(strategy.rollingUpdate);
  const at = 'spec.updateStrategy.rollingUpdate';
  if (strategy.type === 'OnDelete') {
    if (rolling)
      report.push(wrong(at, shownRolling(rolling), "only allowed for updateStrategy 'RollingUpdate'"));
    return;
  }
  if (strategy.type !== 'RollingUpdate') {
    const shown = { Type: strategy.type, RollingUpdate: rolling ? shownRolling(rolling) : null };
    report.push(wrong('spec.updateStrategy', shown, "must be 'RollingUpdate' or 'OnDelete'"));
    return;
  }
  checkNotNegative(report, `${at}.partition`, rolling?.partition);
  if (rolling?.maxUnavailable === undefined) return;
  checkShare(report, `${at}.maxUnavailable`, rolling.maxUnavailable);
  if (isNone(rolling.maxUnavailable)) {
    report.push(wrong(`${at}.maxUnavailable`, rolling.maxUnavailable, 'cannot be 0'));
  }
  checkAtMostAll(report, `${at}.maxUnavailable`, rolling.maxUnavailable);
}

// The API server shows its own inner form.
function shownRolling({ partition, maxUnavailable }: Fields): Fields {
  return { Partition: partition ?? 0, MaxUnavailable: maxUnavailable ?? null };
}

const labelWithoutDots: Format = (name) => (name.includes('.') ? ['must not contain dots'] : dnsLabel(name));
