interface Named {
  readonly name: string;
  readonly version: string;
}

/** What upstream says of a chart, such as `packaged 'app' chart with version '1.0.0'` (HC-14). */
export function summaryOf(
  action: 'new' | 'pulled' | 'packaged',
  { name, version }: Named,
  valuesFiles: readonly string[] = [],
): string {
  const merged = valuesFiles.length === 0 ? '' : ` and merged values files [${valuesFiles.join(' ')}]`;
  return `${action} '${name}' chart with version '${version}'${merged}`;
}
