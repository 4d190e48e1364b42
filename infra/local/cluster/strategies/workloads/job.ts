import type { KindRules } from '../kind-rules.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { checkTemplate } from '../pods/pod-spec.ts';
import { immutable, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsOf,
  itemsOf,
  numberOf,
  sameValue,
  textOf,
} from '../rules/fields.ts';
import { checkNotNegative, checkSelector } from '../rules/formats.ts';
import { checkTemplateLabels, checkUnchanged } from './selector.ts';

const BACKOFF_LIMIT = 6;
const NO_LIMIT = 2 ** 31 - 1;
const MODES = ['NonIndexed', 'Indexed'];
const NUMBERS = [
  ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'],
  ...['backoffLimitPerIndex', 'maxFailedIndexes'],
];
const FIXED = ['podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'];
/** What of a suspended job's template may change. */
const SCHEDULING = ['nodeSelector', 'tolerations', 'schedulingGates', 'affinity'];
/** The labels that tell a job's pods, old and new. */
const UID_LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'] as const;

export const job: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    defaultJobSpec(spec);
    const labels = fieldsOf(fieldsOf(fieldsOf(spec.template)?.metadata)?.labels);
    const metadata = childOf(object, 'metadata');
    if (labels && !metadata.labels) metadata.labels = { ...labels };
  },
  create(object) {
    const spec = fieldsOf(object.spec) ?? {};
    const metadata = childOf(object, 'metadata');
    const template = childOf(childOf(spec, 'template'), 'metadata');
    // Labels that were taken from the template are the template's, inside the API server: what it gets they get.
    const isShared = !metadata.labels || sameValue(metadata.labels, template.labels);
    if (spec.manualSelector !== true) giveSelector(metadata, spec);
    if (isShared && template.labels) metadata.labels = { ...fieldsOf(template.labels) };
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkJobSpec(report, 'spec', spec);
    const selector = fieldsOf(spec.selector);
    if (selector) checkSelector(report, 'spec.selector', selector);
    else report.push(required('spec.selector'));
    if (selector && !old && spec.manualSelector !== true) {
      const generated = { matchLabels: { [UID_LABELS[0]]: fieldsOf(object.metadata)?.uid } };
      if (!sameValue(selector, generated)) {
        report.push(wrong('spec.selector', selector, '`selector` not auto-generated'));
      }
    }
    checkTemplateLabels(report, spec);
    const before = fieldsOf(old?.spec);
    if (before) checkChange(report, spec, before);
  },
};

function defaultJobSpec(spec: Fields): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fallback(spec, 'parallelism', 1);
  fallback(spec, 'backoffLimit', spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : NO_LIMIT);
  fallback(spec, 'completionMode', 'NonIndexed');
  fallback(spec, 'suspend', false);
  fallback(spec, 'podReplacementPolicy', spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed');
  fallback(spec, 'manualSelector', false);
  for (const rule of itemsOf(fieldsOf(spec.podFailurePolicy)?.rules)) {
    for (const condition of itemsOf(rule.onPodConditions)) {
      if (textOf(condition.status) === '') condition.status = 'True';
    }
  }
  defaultPodSpec(childOf(childOf(spec, 'template'), 'spec'));
}

// Sets what is not given; what is given is validated to be the same.
function giveSelector(metadata: Fields, spec: Fields): void {
  const labels = childOf(childOf(childOf(spec, 'template'), 'metadata'), 'labels');
  const uid = textOf(metadata.uid);
  for (const name of UID_LABELS) fallback(labels, name, uid);
  for (const name of NAME_LABELS) fallback(labels, name, textOf(metadata.name));
  const selector = childOf(spec, 'selector');
  fallback(childOf(selector, 'matchLabels'), UID_LABELS[0], uid);
}

/** All that is wrong with a job's spec at `path`, but for its selector. */
export function checkJobSpec(report: Report, path: string, spec: Fields): void {
  for (const name of NUMBERS) checkNotNegative(report, `${path}.${name}`, spec[name]);
  // A CronJob's template is not defaulted.
  const mode = textOf(spec.completionMode ?? 'NonIndexed');
  if (!MODES.includes(mode)) report.push(unsupported(`${path}.completionMode`, mode, MODES));
  if (mode === 'Indexed' && spec.completions === undefined) {
    report.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  }
  for (const name of mode === 'NonIndexed'
    ? ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy']
    : []) {
    if (spec[name] === undefined) continue;
    report.push(wrong(`${path}.${name}`, spec[name], 'requires indexed completion mode'));
  }
  const template = fieldsOf(spec.template) ?? {};
  checkTemplate(report, `${path}.template`, template);
  const policy = textOf(fieldsOf(template.spec)?.restartPolicy);
  const at = `${path}.template.spec.restartPolicy`;
  if (policy === 'Always') report.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never') {
    report.push(unsupported(at, policy, ['OnFailure', 'Never']));
  } else if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    report.push(wrong(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

function checkChange(report: Report, spec: Fields, old: Fields): void {
  const isIndexed = spec.completionMode === 'Indexed';
  if (!sameValue(spec.completions, old.completions)) {
    if (!isIndexed) report.push(immutable('spec.completions', spec.completions ?? null));
    else if (numberOf(spec.completions) !== numberOf(spec.parallelism)) {
      const detail = 'can only be modified in tandem with spec.parallelism';
      report.push(wrong('spec.completions', spec.completions, detail));
    }
  }
  checkUnchanged(report, spec, old, 'selector');
  const forgiven = old.suspend === true;
  if (!sameValue(essence(spec.template, forgiven), essence(old.template, forgiven))) {
    report.push(immutable('spec.template', spec.template));
  }
  checkUnchanged(report, spec, old, 'completionMode');
  for (const name of FIXED) checkUnchanged(report, spec, old, name);
}

function essence(template: unknown, forgiven: boolean): unknown {
  if (!forgiven) return template;
  const { metadata: _, ...others } = fieldsOf(template) ?? {};
  const spec = Object.entries(fieldsOf(others.spec) ?? {}).filter(([name]) => !SCHEDULING.includes(name));
  return { ...others, spec: Object.fromEntries(spec) };
}
