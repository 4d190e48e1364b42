import { Fault, isFault } from '../core/failures.ts';
import { compileGoRegExp } from '../core/go-regexp.ts';
import { compareVersions, parseVersion, type Version } from '../core/semver.ts';
import { type Constraint, parseConstraint } from '../core/semver-constraint.ts';

/** Layers of Helm charts, whose tags have `_` where versions have `+`. */
export const HELM_CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

/** Which tags count, and how they are read. */
export interface TagRules {
  readonly semver: string;
  /** A Go regular expression that a tag must match before it is read as a version. */
  readonly filter?: string | undefined;
  /** The media type of the layer that is asked for. */
  readonly mediaType?: string | undefined;
}

/** The tag of the newest version in range; of equal versions the last by name. Faults: `invalid` (range, filter), `not-found`. */
export async function chooseTag(tags: readonly string[], rules: TagRules): Promise<string> {
  const { semver, filter = '', mediaType } = rules;
  const counts = filter === '' ? () => true : await compileGoRegExp(filter);
  const inRange = parseRange(semver);
  const isChart = mediaType === HELM_CHART_LAYER;
  let best: { readonly tag: string; readonly version: Version } | undefined;
  for (const tag of tags) {
    if (!counts(tag)) continue;
    const version = parseVersion(isChart ? tag.replaceAll('_', '+') : tag);
    if (version === undefined || !inRange(version)) continue;
    const order = best === undefined ? 1 : compareVersions(version, best.version);
    if (order > 0 || (order === 0 && best !== undefined && tag > best.tag)) best = { tag, version };
  }
  if (best !== undefined) return best.tag;
  throw new Fault('not-found', `no match found for semver: ${semver}`, { semver });
}

function parseRange(range: string): Constraint {
  try {
    return parseConstraint(range);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault('invalid', `semver '${range}' parse error: ${error.message}`, error.data, error);
  }
}
