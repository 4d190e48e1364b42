import type { KindRules } from '../kind-rules.ts';
import { checkAmount, checkResourceName } from '../pods/resources.ts';
import { duplicate, forbidden, type Report, wrong } from '../rules/errors.ts';
import { childOf, type Fields, fieldsOf, itemsOf, textOf } from '../rules/fields.ts';
import { check, labelKey } from '../rules/formats.ts';
import { compareQuantities, parseQuantity } from '../rules/quantity.ts';
import { checkScopes } from './namespace.ts';

const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];

export const resourceQuota: KindRules = {
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    for (const [name, amount] of Object.entries(fieldsOf(spec.hard) ?? {})) {
      const at = `spec.hard[${name}]`;
      const before = report.length;
      checkResourceName(report, at, name);
      if (report.length > before && !name.includes('/')) {
        report.push(wrong(at, name, 'must be a standard resource for quota'));
      }
      checkAmount(report, at, name, amount);
    }
    checkScopes(report, spec, fieldsOf(old?.spec));
  },
};

export const limitRange: KindRules = {
  defaults(object) {
    for (const limit of itemsOf(childOf(object, 'spec').limits)) {
      if (limit.type !== 'Container') continue;
      const given = { ...fieldsOf(limit.max), ...fieldsOf(limit.default) };
      const requested = { ...fieldsOf(limit.min), ...given, ...fieldsOf(limit.defaultRequest) };
      if (Object.keys(given).length > 0) limit.default = given;
      if (Object.keys(requested).length > 0) limit.defaultRequest = requested;
    }
  },
  validate(report, object) {
    const types = new Set<string>();
    for (const [index, limit] of itemsOf(fieldsOf(object.spec)?.limits).entries()) {
      const at = `spec.limits[${index}]`;
      const type = textOf(limit.type);
      check(report, `${at}.type`, type, labelKey);
      if (types.has(type)) report.push(duplicate(`${at}.type`, type));
      types.add(type);
      for (const list of LISTS) {
        for (const name of Object.keys(fieldsOf(limit[list]) ?? {})) {
          checkResourceName(report, `${at}.${list}[${name}]`, name);
        }
      }
      for (const list of type === 'Pod' ? ['default', 'defaultRequest'] : []) {
        if (limit[list] === undefined) continue;
        report.push(forbidden(`${at}.${list}`, "may not be specified when `type` is 'Pod'"));
      }
      checkOrder(report, at, limit);
    }
  },
};

/** Which amounts must not be above which, and how the API server says so. */
const ORDERS: readonly {
  readonly low: string;
  readonly high: string;
  readonly at?: string;
  readonly value?: string;
  readonly says: readonly [string, string];
}[] = [
  { low: 'min', high: 'max', at: 'min', says: ['min value', 'is greater than max value'] },
  { low: 'min', high: 'defaultRequest', says: ['min value', 'is greater than default request value'] },
  {
    ...{ low: 'defaultRequest', high: 'max', at: 'defaultRequest' },
    says: ['default request value', 'is greater than max value'],
  },
  {
    ...{ low: 'defaultRequest', high: 'default', at: 'defaultRequest' },
    says: ['default request value', 'is greater than default limit value'],
  },
  {
    ...{ low: 'min', high: 'default', value: 'min' },
    says: ['min value', 'is greater than default value'],
  },
  {
    ...{ low: 'default', high: 'max', at: 'default', value: 'max' },
    says: ['default value', 'is greater than max value'],
  },
];

function checkOrder(report: Report, path: string, limit: Fields): void {
  const names = new Set(LISTS.flatMap((list) => Object.keys(fieldsOf(limit[list]) ?? {})));
  for (const name of names) {
    for (const { low, high, says, at = high, value = at } of ORDERS) {
      const [least, most] = [fieldsOf(limit[low])?.[name], fieldsOf(limit[high])?.[name]];
      const [one, other] = [parseQuantity(least), parseQuantity(most)];
      if (!one || !other || compareQuantities(one, other) <= 0) continue;
      const shown = fieldsOf(limit[value])?.[name];
      report.push(wrong(`${path}.${at}[${name}]`, shown, `${says[0]} ${least} ${says[1]} ${most}`));
    }
  }
}
