const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Whether Kubernetes ranks version `one` below `other`: v2 > v1 > v1beta2 > v1beta1 > v1alpha1 > anything else, by name. */
export function isOlder(one: string, other: string): boolean {
  return compareVersions(one, other) < 0;
}

function compareVersions(one: string, other: string): number {
  const [a, b] = [rank(one), rank(other)];
  if (!a || !b) return a ? 1 : b ? -1 : other < one ? -1 : Number(one !== other);
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Stability first, then the major, then the minor number. */
function rank(version: string): readonly number[] | undefined {
  const [, major, stability, minor = '0'] = VERSION.exec(version) ?? [];
  if (major === undefined) return undefined;
  const stable = stability === undefined ? 2 : stability === 'beta' ? 1 : 0;
  return [stable, Number(major), Number(minor)];
}
