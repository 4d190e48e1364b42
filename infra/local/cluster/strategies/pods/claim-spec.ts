import { forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { fieldsAt, fieldsOf, stringsOf, textOf } from '../rules/fields.ts';
import { check, checkSelector, dnsSubdomain } from '../rules/formats.ts';
import { compareQuantities, NO_QUANTITY, parseQuantity } from '../rules/quantity.ts';

/** How a volume may be mounted, in the order the API server lists them. */
export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
/** What a volume is to its pods. */
export const VOLUME_MODES = ['Block', 'Filesystem'];

/** The spec of a claim for storage, of a PersistentVolumeClaim or a template of one. */
export function checkClaimSpec(report: Report, at: string, value: unknown): void {
  const spec = fieldsOf(value) ?? {};
  const modes = stringsOf(spec.accessModes);
  if (modes.length === 0) report.push(required(`${at}.accessModes`, 'at least 1 access mode is required'));
  checkSelector(report, `${at}.selector`, spec.selector);
  checkAccessModes(report, `${at}.accessModes`, modes);
  const amount = fieldsAt(spec, 'resources.requests')?.storage;
  const quantity = parseQuantity(amount);
  if (!quantity) report.push(required(`${at}.resources[storage]`));
  else if (compareQuantities(quantity, NO_QUANTITY) <= 0) {
    report.push(wrong(`${at}.resources[storage]`, amount, 'must be greater than zero'));
  }
  const storageClass = textOf(spec.storageClassName);
  if (storageClass !== '') check(report, `${at}.storageClassName`, storageClass, dnsSubdomain);
  const mode = textOf(spec.volumeMode);
  if (mode !== '' && !VOLUME_MODES.includes(mode)) {
    report.push(unsupported(`${at}.volumeMode`, mode, VOLUME_MODES));
  }
}

/** Access modes of a claim or a volume. */
export function checkAccessModes(report: Report, at: string, modes: readonly string[]): void {
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) report.push(unsupported(at, mode, ACCESS_MODES));
  }
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    report.push(forbidden(at, 'may not use ReadWriteOncePod with other access modes'));
  }
}
