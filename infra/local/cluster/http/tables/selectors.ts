import { at, list, members, text, texts } from './fields.ts';

const OPERATORS: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' };

/** Labels as `a=b,c=d`, by name; `<none>` when there are none. */
export function labelsText(labels: unknown): string {
  const pairs = Object.entries(members(labels)).map(([name, value]) => `${name}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

/** A label selector as clients write it; `<none>` when it is empty or absent. */
export function selectorText(selector: unknown): string {
  return bareSelectorText(selector) || '<none>';
}

/** A label selector as clients write it; empty when it selects by nothing. */
export function bareSelectorText(selector: unknown): string {
  if (at(selector) === undefined) return '';
  const equalities = Object.entries(members(selector, 'matchLabels')).map(
    ([key, value]) => [key, `${key}=${value}`] as const,
  );
  const expressions = list(selector, 'matchExpressions').map((expression) => {
    const key = text(expression, 'key');
    return [key, expressionText(key, text(expression, 'operator'), texts(expression, 'values'))] as const;
  });
  const all = [...equalities, ...expressions].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return all.map(([, requirement]) => requirement).join(',');
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${OPERATORS[operator] ?? operator} (${[...values].sort().join(',')})`;
}
