import { immutable, type Report, required, wrong } from '../rules/errors.ts';
import { type Fields, fieldsOf, itemsOf, sameValue, stringEntries } from '../rules/fields.ts';
import { checkSelector } from '../rules/formats.ts';
import { selects } from '../rules/selectors.ts';

/** The selector of a workload called `kind`: there, not empty, and right. */
export function checkWorkloadSelector(report: Report, spec: Fields, kind: string): void {
  const selector = fieldsOf(spec.selector);
  if (!selector) {
    report.push(required('spec.selector'));
    return;
  }
  checkSelector(report, 'spec.selector', selector);
  const isEmpty =
    stringEntries(selector.matchLabels).length + itemsOf(selector.matchExpressions).length === 0;
  if (isEmpty) report.push(wrong('spec.selector', selector, `empty selector is invalid for ${kind}`));
}

/** The labels of the template must be what the selector asks for. */
export function checkTemplateLabels(report: Report, spec: Fields): void {
  const selector = fieldsOf(spec.selector);
  const labels = fieldsOf(fieldsOf(spec.template)?.metadata)?.labels;
  // None selects nothing, an empty one everything, and one that cannot be read is refused as such.
  if (selector && (!isReadable(selector) || selects(selector, labels))) return;
  const detail = '`selector` does not match template `labels`';
  report.push(wrong('spec.template.metadata.labels', labels, detail));
}

function isReadable(selector: Fields): boolean {
  const report: Report = [];
  checkSelector(report, '', selector);
  return report.length === 0;
}

/** A selector that cannot be read, in the words of the kind. */
export function checkReadable(report: Report, spec: Fields, detail: string): void {
  const selector = fieldsOf(spec.selector);
  if (selector && !isReadable(selector)) report.push(wrong('spec.selector', selector, detail));
}

/** A member of the spec that stays what it was made. */
export function checkUnchanged(report: Report, spec: Fields, old: Fields | undefined, name: string): void {
  if (old && !sameValue(spec[name], old[name])) report.push(immutable(`spec.${name}`, spec[name] ?? null));
}
