import { isFault } from '../core/failures.ts';
import { compareVersions, parseVersion, type Version } from '../core/semver.ts';
import { parseConstraint } from '../core/semver-constraint.ts';
import { found, type Outcome, trouble } from './chart/chart.ts';
import type { IndexedVersion } from './index/find.ts';

/** The version of a chart of an index: the same text first, else the newest in range, of equal ones the youngest (HC-03). */
export function pickIndexed(
  chart: string,
  wanted: string,
  versions: readonly IndexedVersion[] | undefined,
): Outcome<IndexedVersion> {
  if (versions === undefined) return trouble('not-found', 'no chart name found');
  if (versions.length === 0) return trouble('not-found', 'no chart version found');
  const same = wanted === '' ? undefined : versions.find(({ version }) => version === wanted);
  if (same !== undefined) return found(same);
  const best = newest(wanted, versions, ({ version }) => version, isYounger);
  if (!best.ok || best.value !== undefined) return best as Outcome<IndexedVersion>;
  return trouble('not-found', `no '${chart}' chart with version matching '${wanted}' found`);
}

/** The version, as it is written there, that the tags of a registry have for a chart (HC-04). */
export function pickTagged(wanted: string, tags: readonly string[]): Outcome<string> {
  if (wanted !== '' && tags.includes(wanted)) return found(wanted);
  const best = newest(
    wanted,
    tags,
    (tag) => tag,
    () => false,
  );
  if (!best.ok || best.value !== undefined) return best as Outcome<string>;
  return trouble('not-found', `could not locate a version matching provided version string ${wanted}`);
}

/** Whether a version needs no list of tags: it is one, not a range (HC-04). */
export function isExactVersion(wanted: string): boolean {
  return parseVersion(wanted) !== undefined;
}

// semver.org's own grammar, without a leading `v`: what Helm takes for the tag of a chart.
const NUMBER = '(?:0|[1-9][0-9]*)';
const STRICT = new RegExp(String.raw`^${NUMBER}\.${NUMBER}\.${NUMBER}(?:[-+]|$)`);

/** The versions that tags stand for: `_` where a version has `+`; what is none strictly is left out, as Helm does. */
export function versionsOfTags(tags: readonly string[]): readonly string[] {
  return tags.flatMap((tag) => {
    const version = tag.replaceAll('_', '+');
    return STRICT.test(version) && parseVersion(version) !== undefined ? [version] : [];
  });
}

/** The tag of a version. */
export function tagOfVersion(version: string): string {
  return version.replaceAll('+', '_');
}

function newest<T>(
  wanted: string,
  items: readonly T[],
  textOf: (item: T) => string,
  wins: (item: T, over: T) => boolean,
): Outcome<T | undefined> {
  let best: { readonly item: T; readonly version: Version } | undefined;
  try {
    const inRange = parseConstraint(wanted === '' ? '*' : wanted);
    for (const item of items) {
      const version = parseVersion(textOf(item));
      if (version === undefined || !inRange(version)) continue;
      const order = best === undefined ? 1 : compareVersions(version, best.version);
      if (order > 0 || (order === 0 && best !== undefined && wins(item, best.item))) best = { item, version };
    }
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return trouble('invalid', error.message);
  }
  return found(best?.item);
}

function isYounger(one: IndexedVersion, other: IndexedVersion): boolean {
  const difference = Date.parse(one.created) - Date.parse(other.created);
  return difference > 0 || (difference === 0 && fractionOf(one.created) > fractionOf(other.created));
}

/** The fraction of a second, in nine digits: Helm's indexes are made within a millisecond. */
function fractionOf(time: string): string {
  return (/\.([0-9]{1,9})/.exec(time)?.[1] ?? '').padEnd(9, '0');
}
