import { fieldsOf, itemsOf, stringEntries, stringsOf, textOf } from './fields.ts';

/** Whether labels match a LabelSelector; an absent one matches nothing, an empty one everything. */
export function selects(selector: unknown, labels: unknown): boolean {
  const wanted = fieldsOf(selector);
  if (!wanted) return false;
  const present = fieldsOf(labels) ?? {};
  return (
    stringEntries(wanted.matchLabels).every(([key, value]) => present[key] === value) &&
    itemsOf(wanted.matchExpressions).every((expression) => {
      const value = present[textOf(expression.key)];
      const among = stringsOf(expression.values).some((one) => one === value);
      switch (expression.operator) {
        case 'In':
          return among;
        case 'NotIn':
          return !among;
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return false;
      }
    })
  );
}

/** Whether labels hold all that a Service's plain selector names; an empty one matches nothing. */
export function matchesAll(selector: unknown, labels: unknown): boolean {
  const wanted = stringEntries(selector);
  const present = fieldsOf(labels) ?? {};
  return wanted.length > 0 && wanted.every(([key, value]) => present[key] === value);
}
