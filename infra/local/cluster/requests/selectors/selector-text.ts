interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A LabelSelector (or a map of labels) as the text of a query, sorted by key. */
export function selectorText(selector: unknown): string {
  if (typeof selector !== 'object' || selector === null) return '';
  const { matchLabels, matchExpressions, ...labels } = selector as {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly Expression[];
    readonly [label: string]: unknown;
  };
  const equal = Object.entries(matchLabels ?? (matchExpressions ? {} : labels));
  const parts = equal.map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const more = (matchExpressions ?? []).map((one) => ({ key: one.key, text: expressionText(one) }));
  return [...parts, ...more]
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}

function expressionText({ key, operator, values = [] }: Expression): string {
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return `${key} ${operator.toLowerCase()} (${values.toSorted().join(',')})`;
  }
}
