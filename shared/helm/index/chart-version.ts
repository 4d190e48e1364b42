import type { Version } from '../../core/semver.ts';
import { dependencyFields, metadataFields, ordered, validateMetadata } from '../metadata.ts';
import {
  type Dialect,
  fields,
  flag,
  listOf,
  looseText,
  NO_TIME,
  type Raw,
  type RawMap,
  readFields,
  text,
  time,
} from './fields.ts';

/** One version of a chart as an index lists it, in the order of Helm's own fields. */
export interface ChartVersion {
  readonly version: Version;
  /** What is written of it. */
  readonly fields: RawMap;
}

const MAINTAINER = fields(['name', text], ['email', text], ['url', text]);
const DEPENDENCY = dependencyFields(text);

// Helm 4.2 pkg/chart/v2 Metadata, then pkg/repo/v1 ChartVersion with what Helm 2 wrote; only of the latter numbers become text.
const CHART_VERSION = fields(
  ...metadataFields(text),
  ['urls', listOf(looseText, ''), null],
  ['created', time, NO_TIME],
  ['removed', flag],
  ['digest', looseText],
  ['checksum', looseText],
  ['engine', looseText],
  ['tillerVersion', looseText],
  ['url', looseText],
);

/** One version of a chart; undefined for one that Helm does not take (its name, version, type, maintainers or dependencies). Fault `malformed` for what cannot be read at all. */
export function readChartVersion(value: Raw, dialect: Dialect): ChartVersion | undefined {
  if (value === null || value === undefined) return undefined;
  const { apiVersion = 'v1', ...read } = readFields(value, CHART_VERSION, dialect, 'entries');
  const verdict = validateMetadata({ ...read, apiVersion });
  if ('problem' in verdict) return undefined;
  const { maintainers, dependencies } = verdict.fields as Readonly<Record<string, readonly RawMap[]>>;
  const all = {
    ...verdict.fields,
    maintainers: maintainers?.map((one) => ordered(one, MAINTAINER)),
    dependencies: dependencies?.map((one) => ordered(one, DEPENDENCY)),
  };
  return { version: verdict.version, fields: ordered(all, CHART_VERSION) };
}
