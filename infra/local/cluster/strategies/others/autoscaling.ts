import type { KindRules } from '../kind-rules.ts';
import { forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import {
  childOf,
  type Fields,
  fallback,
  fieldsOf,
  innerForm,
  itemsOf,
  numberOf,
  textOf,
} from '../rules/fields.ts';
import { check, checkSelector, pathSegment } from '../rules/formats.ts';
import { checkAtMostAll, checkShare } from '../workloads/numbers.ts';

const CPU_PERCENT = 80;
const PERIOD_SECONDS = 15;
const TYPES = ['Object', 'Pods', 'Resource', 'External', 'ContainerResource'];
const TARGETS = ['Utilization', 'Value', 'AverageValue'];
const EVICTIONS = ['AlwaysAllow', 'IfHealthyBudget'];
const BUDGET = ['minAvailable', 'selector', 'maxUnavailable', 'unhealthyPodEvictionPolicy'];
const UP: Fields = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS },
    { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS },
  ],
};
const DOWN: Fields = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }],
};

export const horizontalPodAutoscaler: KindRules = {
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'minReplicas', 1);
    // The first version has no metrics but one number, which stays absent there.
    if (object.apiVersion === 'autoscaling/v1') return;
    if (itemsOf(spec.metrics).length === 0) {
      const target = { type: 'Utilization', averageUtilization: CPU_PERCENT };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    const behavior = fieldsOf(spec.behavior);
    if (!behavior) return;
    behavior.scaleUp = { ...UP, ...fieldsOf(behavior.scaleUp) };
    behavior.scaleDown = { ...DOWN, ...fieldsOf(behavior.scaleDown) };
  },
  validate(report, object) {
    const spec = fieldsOf(object.spec) ?? {};
    const least = numberOf(spec.minReplicas, 1);
    const most = numberOf(spec.maxReplicas);
    if (least < 1) report.push(wrong('spec.minReplicas', least, 'must be greater than or equal to 1'));
    if (most === 0) report.push(required('spec.maxReplicas', 'must be set and greater than 0'));
    else if (most < 0) {
      report.push(wrong('spec.maxReplicas', most, 'must be greater than or equal to 1'));
    }
    if (most < least) {
      report.push(wrong('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
    }
    const target = fieldsOf(spec.scaleTargetRef) ?? {};
    for (const name of ['kind', 'name']) {
      if (textOf(target[name]) === '') report.push(required(`spec.scaleTargetRef.${name}`));
      else check(report, `spec.scaleTargetRef.${name}`, textOf(target[name]), pathSegment);
    }
    if (!textOf(target.apiVersion).includes('/')) {
      const detail = 'apiVersion must specify API group';
      report.push(wrong('spec.scaleTargetRef.apiVersion', textOf(target.apiVersion), detail));
    }
    for (const [index, metric] of itemsOf(spec.metrics).entries()) {
      checkMetric(report, `spec.metrics[${index}]`, metric);
    }
  },
};

function checkMetric(report: Report, at: string, metric: Fields): void {
  const type = textOf(metric.type);
  if (type === '') report.push(required(`${at}.type`, 'must specify a metric source type'));
  if (!TYPES.includes(type)) {
    report.push(unsupported(`${at}.type`, type, TYPES));
    return;
  }
  const source = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  const given = fieldsOf(metric[source]);
  if (!given) {
    report.push(required(`${at}.${source}`, 'must populate information for the given metric source'));
    return;
  }
  if (type !== 'Resource') return;
  if (textOf(given.name) === '') {
    report.push(required(`${at}.resource.name`, 'must specify a resource name'));
  }
  const target = fieldsOf(given.target) ?? {};
  const of = `${at}.resource.target`;
  if (!TARGETS.includes(textOf(target.type))) {
    const detail = 'must be either Utilization, Value, or AverageValue';
    report.push(wrong(`${of}.type`, target.type, detail));
  }
  const share = target.averageUtilization;
  if (share !== undefined && numberOf(share) < 1) {
    report.push(wrong(`${of}.averageUtilization`, share, 'must be greater than 0'));
  }
  if (share === undefined && target.averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    report.push(required(`${of}.averageUtilization`, detail));
  }
  if (share !== undefined && target.averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    report.push(forbidden(`${of}.averageValue`, detail));
  }
}

export const podDisruptionBudget: KindRules = {
  generation: 'spec',
  validate(report, object) {
    const spec = fieldsOf(object.spec) ?? {};
    if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
      report.push(
        wrong('spec', innerForm(spec, BUDGET), 'minAvailable and maxUnavailable cannot be both set'),
      );
    }
    for (const name of ['minAvailable', 'maxUnavailable']) {
      if (spec[name] === undefined) continue;
      checkShare(report, `spec.${name}`, spec[name]);
      checkAtMostAll(report, `spec.${name}`, spec[name]);
    }
    checkSelector(report, 'spec.selector', spec.selector);
    const policy = spec.unhealthyPodEvictionPolicy;
    if (policy !== undefined && !EVICTIONS.includes(textOf(policy))) {
      report.push(unsupported('spec.unhealthyPodEvictionPolicy', policy, EVICTIONS));
    }
  },
};
