import type { KindRules } from '../kind-rules.ts';
import { forbidden, type Report, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fieldsOf, itemsOf, numberOf, sameValue } from '../rules/fields.ts';
import { secondsOf } from '../rules/times.ts';
import { admitPod } from './admission.ts';
import { defaultPodOnly, defaultPodSpec } from './pod-defaults.ts';
import { checkPodSpec, checkTemplate } from './pod-spec.ts';
import { qualityOfService } from './quality.ts';

const MUTABLE = [
  ...['`spec.containers[*].image`', '`spec.initContainers[*].image`', '`spec.activeDeadlineSeconds`'],
  ...['`spec.tolerations` (only additions to existing tolerations)'],
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

export const pod: KindRules = {
  generation: 'spec',
  statusKeeps: ['ownerReferences'],
  graceSeconds: graceOf,
  defaults(object) {
    const spec = childOf(object, 'spec');
    defaultPodSpec(spec);
    defaultPodOnly(spec);
  },
  create(object, world) {
    const { nature } = world;
    admitPod(object, world);
    const spec = fieldsOf(object.spec) ?? {};
    object.status = { phase: 'Pending', qosClass: qualityOfService(spec) };
    if (itemsOf(spec.schedulingGates).length === 0) return;
    object.status = {
      ...fieldsOf(object.status),
      conditions: [
        {
          ...{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
          ...{ lastProbeTime: null, lastTransitionTime: secondsOf(nature.now()) },
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ],
    };
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    checkPodSpec(report, 'spec', spec, true);
    const before = fieldsOf(old?.spec);
    if (before) checkChange(report, spec, before);
  },
};

// A pod without node, or whose containers have ended, is gone at once.
function graceOf(object: Fields): number {
  const spec = fieldsOf(object.spec) ?? {};
  const phase = fieldsOf(object.status)?.phase;
  if (spec.nodeName === undefined || phase === 'Failed' || phase === 'Succeeded') return 0;
  return numberOf(spec.terminationGracePeriodSeconds);
}

function checkChange(report: Report, spec: Fields, before: Fields): void {
  for (const list of ['containers', 'initContainers']) {
    if (itemsOf(spec[list]).length === itemsOf(before[list]).length) continue;
    report.push(forbidden(`spec.${list}`, 'pod updates may not add or remove containers'));
    return;
  }
  const tolerations = itemsOf(spec.tolerations);
  if (!itemsOf(before.tolerations).every((old) => tolerations.some((one) => sameValue(one, old)))) {
    const detail = 'existing toleration can not be modified except its tolerationSeconds';
    report.push(forbidden('spec.tolerations', detail));
  }
  const [deadline, was] = [spec.activeDeadlineSeconds, before.activeDeadlineSeconds];
  if (deadline === undefined && was !== undefined) {
    const detail = 'must not update from a positive integer to nil value';
    report.push(wrong('spec.activeDeadlineSeconds', null, detail));
  } else if (was !== undefined && numberOf(deadline) > numberOf(was)) {
    const detail = 'must be less than or equal to previous value';
    report.push(wrong('spec.activeDeadlineSeconds', deadline, detail));
  }
  if (sameValue(frozen(spec), frozen(before))) return;
  report.push(forbidden('spec', `pod updates may not change fields other than ${MUTABLE.join(',')}`));
}

function frozen(spec: Fields): Fields {
  const { activeDeadlineSeconds: _, tolerations: __, schedulingGates: ___, ...others } = spec;
  for (const list of ['containers', 'initContainers']) {
    others[list] = itemsOf(others[list]).map(({ image: ____, ...container }) => container);
  }
  return others;
}

/** A template by itself; nothing makes pods of it. */
export const podTemplate: KindRules = {
  generation: (object, old) => !sameValue(object.template, old.template),
  defaults: (object) => defaultPodSpec(childOf(childOf(object, 'template'), 'spec')),
  validate: (report, object) => checkTemplate(report, 'template', fieldsOf(object.template) ?? {}),
};
