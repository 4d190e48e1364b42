import type { KindRules } from '../kind-rules.ts';
import { type Report, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fallback, fieldsOf, sameValue, stringsOf, textOf } from '../rules/fields.ts';
import { check, labelKey } from '../rules/formats.ts';

const KUBERNETES = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespace: KindRules = {
  defaults(object) {
    const metadata = childOf(object, 'metadata');
    if (textOf(metadata.name) !== '') childOf(metadata, 'labels')[NAME_LABEL] = metadata.name;
    fallback(childOf(object, 'status'), 'phase', 'Active');
  },
  create(object) {
    const metadata = childOf(object, 'metadata');
    // A generated name is known only now.
    childOf(metadata, 'labels')[NAME_LABEL] = metadata.name;
    object.status = { phase: 'Active' };
    const spec = childOf(object, 'spec');
    const finalizers = stringsOf(spec.finalizers);
    spec.finalizers = finalizers.includes(KUBERNETES) ? finalizers : [...finalizers, KUBERNETES];
  },
  update(object, old) {
    const { finalizers } = fieldsOf(old.spec) ?? {};
    object.spec = { ...fieldsOf(object.spec), ...(finalizers !== undefined && { finalizers }) };
  },
  updateSubresource(object, old, subresource) {
    if (subresource === 'finalize') object.status = old.status;
  },
  validate(report, object, old) {
    if (old) return;
    for (const name of stringsOf(fieldsOf(object.spec)?.finalizers)) checkFinalizer(report, name);
  },
  validateStatus(report, object) {
    const leaving = fieldsOf(object.metadata)?.deletionTimestamp !== undefined;
    const phase = textOf(fieldsOf(object.status)?.phase);
    if (phase === (leaving ? 'Terminating' : 'Active')) return;
    const detail = leaving
      ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
      : "may only be 'Active' if `deletionTimestamp` is empty";
    report.push(wrong('status.Phase', phase, detail));
  },
};

function checkFinalizer(report: Report, name: string): void {
  check(report, 'spec.finalizers', name, labelKey);
  if (name.includes('/') || [KUBERNETES, 'orphan', 'foregroundDeletion'].includes(name)) return;
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  report.push(wrong('spec.finalizers', name, detail));
}

const SCOPES = [
  ...['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass'],
  ...['Terminating', 'VolumeAttributesClass'],
];

/** Scopes of a quota: known, and not changed. */
export function checkScopes(report: Report, spec: Fields, old: Fields | undefined): void {
  const scopes = stringsOf(spec.scopes);
  for (const scope of scopes) {
    if (!SCOPES.includes(scope)) report.push(wrong('spec.scopes', scopes, 'unsupported scope'));
  }
  if (old && !sameValue([...scopes].sort(), stringsOf(old.scopes).sort())) {
    report.push(wrong('spec.scopes', scopes, 'field is immutable'));
  }
}
