import type { KindRules } from '../kind-rules.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { checkTemplate } from '../pods/pod-spec.ts';
import { forbidden, type Report, unsupported, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fallback, fieldsOf, numberOf, sameValue } from '../rules/fields.ts';
import { checkNotNegative } from '../rules/formats.ts';
import { checkAtMostAll, checkShare, isNone } from './numbers.ts';
import { checkReadable, checkTemplateLabels, checkUnchanged, checkWorkloadSelector } from './selector.ts';

// As of pkg/apis/apps/v1/defaults.go of Kubernetes 1.36.
const HISTORY = 10;
const PROGRESS_SECONDS = 600;
const SHARE = '25%';

export const deployment: KindRules = {
  generation: (object, old) =>
    !sameValue(object.spec, old.spec) ||
    !sameValue(fieldsOf(object.metadata)?.annotations, fieldsOf(old.metadata)?.annotations),
  statusKeeps: ['labels'],
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'replicas', 1);
    const strategy = childOf(spec, 'strategy');
    fallback(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate') {
      const rolling = childOf(strategy, 'rollingUpdate');
      fallback(rolling, 'maxUnavailable', SHARE);
      fallback(rolling, 'maxSurge', SHARE);
    }
    fallback(spec, 'revisionHistoryLimit', HISTORY);
    fallback(spec, 'progressDeadlineSeconds', PROGRESS_SECONDS);
    defaultPodSpec(childOf(childOf(spec, 'template'), 'spec'));
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkNotNegative(report, 'spec.replicas', spec.replicas);
    checkWorkloadSelector(report, spec, 'deployment');
    checkReadable(report, spec, 'invalid label selector');
    checkTemplateLabels(report, spec);
    checkTemplate(report, 'spec.template', fieldsOf(spec.template) ?? {}, 'ReplicaSet');
    checkStrategy(report, fieldsOf(spec.strategy) ?? {});
    for (const name of ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']) {
      checkNotNegative(report, `spec.${name}`, spec[name]);
    }
    const deadline = numberOf(spec.progressDeadlineSeconds, Number.POSITIVE_INFINITY);
    if (deadline <= numberOf(spec.minReadySeconds)) {
      report.push(wrong('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
    checkUnchanged(report, spec, fieldsOf(old?.spec), 'selector');
  },
};

function checkStrategy(report: Report, strategy: Fields): void {
  const rolling = fieldsOf(strategy.rollingUpdate);
  if (strategy.type === 'Recreate') {
    if (rolling) {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      report.push(forbidden('spec.strategy.rollingUpdate', detail));
    }
    return;
  }
  if (strategy.type !== 'RollingUpdate') {
    // The API server shows its own inner form of the strategy here.
    const shown = { Type: strategy.type, RollingUpdate: rolling ?? null };
    report.push(unsupported('spec.strategy', shown, ['Recreate', 'RollingUpdate']));
    return;
  }
  const at = 'spec.strategy.rollingUpdate';
  checkShare(report, `${at}.maxUnavailable`, rolling?.maxUnavailable);
  checkShare(report, `${at}.maxSurge`, rolling?.maxSurge);
  if (isNone(rolling?.maxUnavailable) && isNone(rolling?.maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    report.push(wrong(`${at}.maxUnavailable`, rolling?.maxUnavailable, detail));
  }
  checkAtMostAll(report, `${at}.maxUnavailable`, rolling?.maxUnavailable);
}

export const replicaSet: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'replicas', 1);
    defaultPodSpec(childOf(childOf(spec, 'template'), 'spec'));
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkNotNegative(report, 'spec.replicas', spec.replicas);
    checkNotNegative(report, 'spec.minReadySeconds', spec.minReadySeconds);
    checkWorkloadSelector(report, spec, 'deployment');
    checkReadable(report, spec, 'invalid label selector');
    checkTemplateLabels(report, spec);
    checkTemplate(report, 'spec.template', fieldsOf(spec.template) ?? {}, 'ReplicaSet');
    checkUnchanged(report, spec, fieldsOf(old?.spec), 'selector');
  },
};
