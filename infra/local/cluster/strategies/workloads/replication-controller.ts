import type { KindRules } from '../kind-rules.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { checkTemplate } from '../pods/pod-spec.ts';
import { required, wrong } from '../rules/errors.ts';
import { childOf, fallback, fieldsOf } from '../rules/fields.ts';
import { checkNotNegative } from '../rules/formats.ts';
import { matchesAll } from '../rules/selectors.ts';

/** Served so that manifests apply; no controller here makes pods of it, as its status tells. */
export const replicationController: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'replicas', 1);
    // The API names 0 as its default, and does not write it.
    if (spec.minReadySeconds === 0) delete spec.minReadySeconds;
    const template = fieldsOf(spec.template);
    if (!template) return;
    const labels = fieldsOf(fieldsOf(template.metadata)?.labels);
    if (labels) {
      fallback(spec, 'selector', { ...labels });
      fallback(childOf(object, 'metadata'), 'labels', { ...labels });
    }
    defaultPodSpec(childOf(template, 'spec'));
  },
  validate(report, object) {
    const spec = fieldsOf(object.spec) ?? {};
    checkNotNegative(report, 'spec.replicas', spec.replicas);
    checkNotNegative(report, 'spec.minReadySeconds', spec.minReadySeconds);
    const selector = fieldsOf(spec.selector);
    if (!selector || Object.keys(selector).length === 0) report.push(required('spec.selector'));
    const template = fieldsOf(spec.template);
    if (!template) {
      report.push(required('spec.template'));
      return;
    }
    const labels = fieldsOf(template.metadata)?.labels;
    if (selector && !matchesAll(selector, labels)) {
      const detail = '`selector` does not match template `labels`';
      report.push(wrong('spec.template.metadata.labels', labels, detail));
    }
    checkTemplate(report, 'spec.template', template, 'ReplicationController');
  },
};
