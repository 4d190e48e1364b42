import { duplicate, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { type Fields, stringsOf, textOf } from '../rules/fields.ts';
import { isAddress } from './addresses.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** The addresses of a service and their families: right in themselves, and not changed. */
export function checkClusterAddresses(report: Report, spec: Fields, old: Fields | undefined): void {
  const addresses = stringsOf(spec.clusterIPs);
  const first = textOf(spec.clusterIP);
  checkUnchanged(report, spec, old);
  if (spec.type === 'ExternalName') return;
  if (first !== '' && addresses.length === 0) report.push(required('spec.clusterIPs'));
  else if (first !== '' && addresses[0] !== first) {
    report.push(wrong('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  } else if (first === '' && addresses.length > 0) {
    const detail = 'must be empty when `clusterIP` is not specified';
    report.push(wrong('spec.clusterIPs', addresses, detail));
  }
  const seen = new Set<string>();
  for (const [index, family] of stringsOf(spec.ipFamilies).entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (!FAMILIES.includes(family)) report.push(unsupported(at, family, FAMILIES));
    if (seen.has(family)) report.push(duplicate(at, family));
    seen.add(family);
  }
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !POLICIES.includes(textOf(policy))) {
    report.push(unsupported('spec.ipFamilyPolicy', policy, POLICIES));
  }
  for (const [index, address] of addresses.entries()) {
    if (address === 'None' && index === 0) {
      if (addresses.length > 1) {
        report.push(wrong('spec.clusterIPs', addresses, "'None' must be the first and only value"));
      }
    } else if (!isAddress(address)) {
      const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
      report.push(wrong(`spec.clusterIPs[${index}]`, address, detail));
    }
  }
}

function checkUnchanged(report: Report, spec: Fields, old: Fields | undefined): void {
  if (!old || old.type === 'ExternalName' || spec.type === 'ExternalName') return;
  const [before, after] = [stringsOf(old.clusterIPs), stringsOf(spec.clusterIPs)];
  if (before.length === 0 || before[0] === after[0]) return;
  const detail = after.length === 0 ? 'primary clusterIP can not be unset' : 'may not change once set';
  report.push(wrong('spec.clusterIPs[0]', after.length === 0 ? before : after, detail));
}
