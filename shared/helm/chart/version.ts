import type { Chart, Outcome } from './chart.ts';

/** What HC-07 appends to a version: the first 12 characters of a source's revision in hex, and the object's generation; empty for neither. */
export function versionMetadata(_of: {
  /** Hex of the commit (GitRepository) or digest (Bucket), with strategy Revision. */
  readonly revision?: string | undefined;
  /** With values files. */
  readonly generation?: number | undefined;
}): string {
  throw new Error('not built');
}

/** `version` with this build metadata in place of its own, written as semver does (`v1.2` becomes `1.2.0`); unchanged for empty metadata. */
export function patchVersion(_version: string, _metadata: string): Outcome<string> {
  throw new Error('not built');
}

/** The chart under another version. */
export function withVersion(_chart: Chart, _version: string): Chart {
  throw new Error('not built');
}
