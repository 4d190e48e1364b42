import type { KindRules } from '../kind-rules.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { checkTemplate } from '../pods/pod-spec.ts';
import { type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fallback, fieldsAt, fieldsOf, numberOf, sameValue } from '../rules/fields.ts';
import { checkNotNegative } from '../rules/formats.ts';
import { checkAtMostAll, checkShare, isNone } from './numbers.ts';
import { checkTemplateLabels, checkUnchanged, checkWorkloadSelector } from './selector.ts';

const HISTORY = 10;
/** Counts the template's changes; a field of the spec inside the API server, an annotation outside. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export const daemonSet: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    const strategy = childOf(spec, 'updateStrategy');
    fallback(strategy, 'type', 'RollingUpdate');
    if (strategy.type === 'RollingUpdate') {
      const rolling = childOf(strategy, 'rollingUpdate');
      fallback(rolling, 'maxUnavailable', 1);
      fallback(rolling, 'maxSurge', 0);
    }
    fallback(spec, 'revisionHistoryLimit', HISTORY);
    defaultPodSpec(childOf(childOf(spec, 'template'), 'spec'));
  },
  create: (object) => setTemplateGeneration(object, 1),
  update(object, old) {
    const before = numberOf(Number(fieldsAt(old, 'metadata.annotations')?.[TEMPLATE_GENERATION] ?? 0));
    const moves = !sameValue(fieldsOf(object.spec)?.template, fieldsOf(old.spec)?.template);
    setTemplateGeneration(object, moves ? before + 1 : before);
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkUnchanged(report, spec, fieldsOf(old?.spec), 'selector');
    checkTemplateLabels(report, spec);
    checkWorkloadSelector(report, spec, 'daemonset');
    checkTemplate(report, 'spec.template', fieldsOf(spec.template) ?? {}, 'DaemonSet');
    checkNotNegative(report, 'spec.minReadySeconds', spec.minReadySeconds);
    checkStrategy(report, fieldsOf(spec.updateStrategy) ?? {});
    checkNotNegative(report, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  },
};

function setTemplateGeneration(object: Fields, generation: number): void {
  const annotations = childOf(childOf(object, 'metadata'), 'annotations');
  annotations[TEMPLATE_GENERATION] = String(generation);
}

function checkStrategy(report: Report, strategy: Fields): void {
  if (strategy.type === 'OnDelete') return;
  const rolling = fieldsOf(strategy.rollingUpdate);
  if (strategy.type !== 'RollingUpdate') {
    const shown = { Type: strategy.type, RollingUpdate: rolling ?? null };
    report.push(unsupported('spec.updateStrategy', shown, ['RollingUpdate', 'OnDelete']));
    return;
  }
  const at = 'spec.updateStrategy.rollingUpdate';
  for (const name of ['maxUnavailable', 'maxSurge']) checkShare(report, `${at}.${name}`, rolling?.[name]);
  for (const name of ['maxUnavailable', 'maxSurge']) checkAtMostAll(report, `${at}.${name}`, rolling?.[name]);
  const [hasUnavailable, hasSurge] = [!isNone(rolling?.maxUnavailable), !isNone(rolling?.maxSurge)];
  if (hasUnavailable && hasSurge) {
    const detail = 'may not be set when maxUnavailable is non-zero';
    report.push(wrong(`${at}.maxSurge`, rolling?.maxSurge, detail));
  } else if (!hasUnavailable && !hasSurge) {
    report.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
}
