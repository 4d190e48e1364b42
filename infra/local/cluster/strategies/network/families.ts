import type { FieldError } from '../../api-error.ts';
import { wrong } from '../rules/errors.ts';
import { type Fields, fieldsOf, stringsOf, textOf } from '../rules/fields.ts';

const NOT_HERE = 'not configured on this cluster';

/** Gives a service its families of addresses, as a cluster with IPv4 alone does; returns what it cannot have. */
export function giveFamilies(spec: Fields): readonly FieldError[] {
  const first = textOf(spec.clusterIP);
  if (first !== '' && stringsOf(spec.clusterIPs).length === 0) spec.clusterIPs = [first];
  const addresses = stringsOf(spec.clusterIPs);
  const newer = addresses.findIndex((address) => address.includes(':'));
  if (newer !== -1) return [wrong(`spec.clusterIPs[${newer}]`, addresses, `IPv6 is ${NOT_HERE}`)];

  // Without selector and address nothing here depends on what the cluster has.
  const isFree = addresses[0] === 'None' && Object.keys(fieldsOf(spec.selector) ?? {}).length === 0;
  spec.ipFamilyPolicy ??= isFree ? 'RequireDualStack' : 'SingleStack';
  const policy = textOf(spec.ipFamilyPolicy);
  const families = stringsOf(spec.ipFamilies);
  if (families.length > 1 && policy === 'SingleStack') {
    const detail = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
    return [wrong('spec.ipFamilyPolicy', policy, detail)];
  }
  if (families.length === 0) families.push('IPv4');
  if (isFree && policy !== 'SingleStack' && families.length === 1) {
    families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
  }
  spec.ipFamilies = families;
  return isFree ? [] : unavailable(policy, families);
}

function unavailable(policy: string, families: readonly string[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (policy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push(wrong('spec.ipFamilyPolicy', policy, detail));
  }
  for (const [index, family] of families.entries()) {
    if (family === 'IPv6') errors.push(wrong(`spec.ipFamilies[${index}]`, family, NOT_HERE));
  }
  return errors;
}
