import { forbidden, type Report, required, wrong } from '../rules/errors.ts';
import { fieldsOf } from '../rules/fields.ts';
import { check, labelKey } from '../rules/formats.ts';
import { compareQuantities, isWhole, NO_QUANTITY, parseQuantity } from '../rules/quantity.ts';

const OF_CONTAINERS = ['cpu', 'memory', 'ephemeral-storage'];
const STANDARD = new Set([
  ...[...OF_CONTAINERS, 'storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'requests.storage', 'pods', 'count'],
  ...['resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims'],
  ...['configmaps', 'services.nodeports', 'services.loadbalancers'],
]);
const COUNTED = new Set([
  ...['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'],
]);

/** Requests and limits of a container. */
export function checkResources(report: Report, at: string, value: unknown): void {
  const limits = fieldsOf(fieldsOf(value)?.limits) ?? {};
  const requests = fieldsOf(fieldsOf(value)?.requests) ?? {};
  for (const [name, amount] of Object.entries(limits))
    checkOne(report, `${at}.limits[${name}]`, name, amount);
  for (const [name, amount] of Object.entries(requests)) {
    checkOne(report, `${at}.requests[${name}]`, name, amount);
    checkAgainstLimit(report, at, name, amount, limits[name]);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePage) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    report.push(forbidden(at, 'HugePages require cpu or memory'));
  }
}

function checkOne(report: Report, at: string, name: string, amount: unknown): void {
  checkResourceName(report, at, name);
  if (!name.includes('/') && !OF_CONTAINERS.includes(name) && !isHugePage(name)) {
    report.push(wrong(at, name, 'must be a standard resource for containers'));
  }
  checkAmount(report, at, name, amount);
}

function checkAgainstLimit(report: Report, at: string, name: string, amount: unknown, limit: unknown): void {
  const mayOvercommit = !name.includes('/') && !isHugePage(name);
  if (limit === undefined) {
    if (!mayOvercommit) {
      report.push(required(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
    }
    return;
  }
  const [wanted, most] = [parseQuantity(amount), parseQuantity(limit)];
  if (!wanted || !most) return;
  const order = compareQuantities(wanted, most);
  if (order !== 0 && !mayOvercommit) {
    report.push(wrong(`${at}.requests`, amount, `must be equal to ${name} limit of ${limit}`));
  } else if (order > 0) {
    report.push(wrong(`${at}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
  }
}

function isHugePage(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** The name of a resource that is counted: a standard one, or one with a domain. */
export function checkResourceName(report: Report, at: string, name: string): void {
  if (labelKey(name).length > 0) check(report, at, name, labelKey);
  else if (!name.includes('/') && !STANDARD.has(name) && !isHugePage(name)) {
    report.push(wrong(at, name, 'must be a standard resource type or fully qualified'));
  }
}

/** An amount of a resource: not negative, and whole where things are counted. */
export function checkAmount(report: Report, at: string, name: string, amount: unknown): void {
  const quantity = parseQuantity(amount);
  if (!quantity) return;
  if (compareQuantities(quantity, NO_QUANTITY) < 0) {
    report.push(wrong(at, amount, 'must be greater than or equal to 0'));
  }
  const isCounted = COUNTED.has(name) || (name.includes('/') && !name.startsWith('requests.'));
  if (isCounted && !isWhole(quantity)) report.push(wrong(at, amount, 'must be an integer'));
}
