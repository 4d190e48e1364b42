import { parseLooseVersion } from '../../core/semver.ts';
import { type Chart, found, type Outcome, trouble } from './chart.ts';

// Labels have 63 characters: upstream spends twelve on the revision.
const REVISION_CHARACTERS = 12;
const METADATA = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;

/** What HC-07 appends to a version: the first 12 characters of a source's revision in hex, and the object's generation; empty for neither. */
export function versionMetadata({
  revision,
  generation,
}: {
  /** Hex of the commit (GitRepository) or digest (Bucket), with strategy Revision. */
  readonly revision?: string | undefined;
  /** With values files. */
  readonly generation?: number | undefined;
}): string {
  const parts = [revision?.slice(0, REVISION_CHARACTERS), generation?.toString()];
  return parts.filter((part) => part !== undefined && part !== '').join('.');
}

/** `version` with this build metadata in place of its own, written as semver does (`v1.2` becomes `1.2.0`); unchanged for empty metadata. */
export function patchVersion(version: string, metadata: string): Outcome<string> {
  if (metadata === '') return found(version);
  const parsed = parseLooseVersion(version);
  if (parsed === undefined)
    return trouble(
      'invalid',
      `failed to parse version ${JSON.stringify(version)} from chart metadata as SemVer`,
    );
  if (!METADATA.test(metadata))
    return trouble(
      'invalid',
      `failed to set SemVer metadata on chart version: ${JSON.stringify(metadata)} is none`,
    );
  const { major, minor, patch, prerelease } = parsed;
  return found(`${major}.${minor}.${patch}${prerelease === '' ? '' : `-${prerelease}`}+${metadata}`);
}

/** The chart under another version. */
export function withVersion(chart: Chart, version: string): Chart {
  const { metadata } = chart;
  return { ...chart, metadata: { ...metadata, version, fields: { ...metadata.fields, version } } };
}
