/** A parsed version; `original` keeps a leading `v` and anything else that was written. */
export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

// Masterminds/semver 3.5, which Flux uses.
const MAX_VERSION_LENGTH = 256;
const MAX_UINT64 = 2n ** 64n - 1n;
const SUFFIX = String.raw`(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`;
const LOOSE = new RegExp(String.raw`^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?${SUFFIX}$`);

/** A version with all of major, minor and patch; a leading `v` and leading zeros in those are fine. Undefined when it is none. */
export function parseVersion(text: string): Version | undefined {
  return text.split('.').length < 3 ? undefined : parseLooseVersion(text);
}

/** As `parseVersion`, but `1` and `1.2` are completed with zeros. */
export function parseLooseVersion(text: string): Version | undefined {
  if (text.length > MAX_VERSION_LENGTH) return undefined;
  const found = LOOSE.exec(text);
  if (found === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = found;
  const version = { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch) };
  if (Object.values(version).some((segment) => segment > MAX_UINT64)) return undefined;
  const zeroLed = prerelease.split('.').some((part) => /^0[0-9]+$/.test(part));
  return zeroLed ? undefined : { ...version, prerelease, metadata, original: text };
}

/** Negative, zero or positive by precedence; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** A release is above all its prereleases; numbers are below words; fewer identifiers are below more. */
export function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  const left = a.split('.');
  const right = b.split('.');
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = compareIdentifiers(left[index], right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return compare(left, right);
  if (left === undefined && right === undefined) return compare(a, b);
  return left === undefined ? 1 : -1;
}

function numberOf(text: string): bigint | undefined {
  const value = /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
  return value !== undefined && value <= MAX_UINT64 ? value : undefined;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
