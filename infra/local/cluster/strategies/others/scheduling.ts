import type { KindRules } from '../kind-rules.ts';
import { forbidden, immutable, required, unsupported, wrong } from '../rules/errors.ts';
import { fallback, fieldsOf, numberOf, textOf } from '../rules/fields.ts';
import { check, dnsLabel } from '../rules/formats.ts';

const HIGHEST_PRIORITY = 1_000_000_000;
const PREEMPTION = ['PreemptLowerPriority', 'Never'];
/** The two classes that the API server makes itself. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

export const priorityClass: KindRules = {
  // It is created with one, which no change moves.
  generation: 'still',
  defaults: (object) => fallback(object, 'preemptionPolicy', 'PreemptLowerPriority'),
  validate(report, object, old) {
    if (old) {
      if (object.value !== old.value) {
        report.push(forbidden('value', 'may not be changed in an update.'));
      }
      if (object.preemptionPolicy !== old.preemptionPolicy) {
        report.push(immutable('preemptionPolicy', object.preemptionPolicy ?? null));
      }
      return;
    }
    const name = textOf(fieldsOf(object.metadata)?.name);
    if (name.startsWith('system-')) {
      if (SYSTEM_PRIORITIES[name] !== object.value) {
        const detail = "priority class names with 'system-' prefix are reserved for system use only.";
        const why = `error: ${name} is not a known system priority class`;
        report.push(forbidden('metadata.name', `${detail} ${why}`));
      }
    } else if (numberOf(object.value) > HIGHEST_PRIORITY) {
      const detail = `maximum allowed value of a user defined priority is ${HIGHEST_PRIORITY}`;
      report.push(forbidden('value', detail));
    }
    const policy = textOf(object.preemptionPolicy);
    if (!PREEMPTION.includes(policy)) report.push(unsupported('preemptionPolicy', policy, PREEMPTION));
  },
};

export const runtimeClass: KindRules = {
  validate(report, object, old) {
    const handler = textOf(object.handler);
    if (handler === '') report.push(required('handler'));
    else check(report, 'handler', handler, dnsLabel);
    if (old && old.handler !== handler) report.push(immutable('handler', handler));
  },
};

export const lease: KindRules = {
  validate(report, object) {
    const spec = fieldsOf(object.spec);
    const seconds = spec?.leaseDurationSeconds;
    if (seconds !== undefined && numberOf(seconds) <= 0) {
      report.push(wrong('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
    }
    const transitions = spec?.leaseTransitions;
    if (transitions !== undefined && numberOf(transitions) < 0) {
      report.push(wrong('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
    }
  },
};

/** Nodes bring their status along: a kubelet registers itself so. */
export const node: KindRules = {
  keepsStatus: true,
  defaults(object) {
    const status = fieldsOf(object.status);
    if (status && status.allocatable === undefined && status.capacity) status.allocatable = status.capacity;
  },
};
