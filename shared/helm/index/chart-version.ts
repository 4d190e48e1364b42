import { parseLooseVersion, type Version } from '../../core/semver.ts';
import {
  anything,
  type Dialect,
  type Fields,
  fields,
  flag,
  listOf,
  looseText,
  NO_TIME,
  type Raw,
  type RawMap,
  readFields,
  text,
  textMap,
  texts,
  time,
} from './fields.ts';

/** One version of a chart as an index lists it, in the order of Helm's own fields. */
export interface ChartVersion {
  readonly version: Version;
  /** What is written of it. */
  readonly fields: RawMap;
}

const MAINTAINER = fields(['name', text], ['email', text], ['url', text]);

const DEPENDENCY = fields(
  ['name', text, ''],
  ['version', text],
  ['repository', text, ''],
  ['condition', text],
  ['tags', texts],
  ['enabled', flag],
  ['import-values', listOf(anything, null)],
  ['alias', text],
);

// Helm 4.2 pkg/chart/v2 Metadata, then pkg/repo/v1 ChartVersion with what Helm 2 wrote; only of the latter numbers become text.
const CHART_VERSION = fields(
  ['name', text],
  ['home', text],
  ['sources', texts],
  ['version', text],
  ['description', text],
  ['keywords', texts],
  ['maintainers', listOf((value, field, dialect) => readFields(value, MAINTAINER, dialect, field), null)],
  ['icon', text],
  ['apiVersion', text],
  ['condition', text],
  ['tags', text],
  ['appVersion', text],
  ['deprecated', flag],
  ['annotations', textMap],
  ['kubeVersion', text],
  ['dependencies', listOf((value, field, dialect) => readFields(value, DEPENDENCY, dialect, field), null)],
  ['type', text],
  ['urls', listOf(looseText, ''), null],
  ['created', time, NO_TIME],
  ['removed', flag],
  ['digest', looseText],
  ['checksum', looseText],
  ['engine', looseText],
  ['tillerVersion', looseText],
  ['url', looseText],
);

const SANITISED = ['name', 'description', 'home', 'icon', 'condition', 'tags', 'appVersion', 'kubeVersion'];
const SANITISED_OF_DEPENDENCY = ['name', 'version', 'repository', 'condition'];
const TYPES = [undefined, 'application', 'library'];
const ALIAS = /^[a-zA-Z0-9_-]+$/;

/** One version of a chart; undefined for one that Helm does not take (its name, version, type, maintainers or dependencies). Fault `malformed` for what cannot be read at all. */
export function readChartVersion(value: Raw, dialect: Dialect): ChartVersion | undefined {
  if (value === null || value === undefined) return undefined;
  const { apiVersion = 'v1', ...read } = readFields(value, CHART_VERSION, dialect, 'entries');
  return validated({ ...read, apiVersion });
}

function validated(read: RawMap): ChartVersion | undefined {
  const clean = sanitised(read, SANITISED, ['sources', 'keywords']);
  const { name, version: given, type } = clean as Readonly<Record<string, string | undefined>>;
  if (!name || name === '.' || name === '..' || name.includes('/')) return undefined;
  const version = given === undefined ? undefined : parseLooseVersion(given);
  if (version === undefined || !TYPES.includes(type)) return undefined;
  const maintainers = cleaned(clean.maintainers, ['name', 'email', 'url'], []);
  const dependencies = cleaned(clean.dependencies, SANITISED_OF_DEPENDENCY, ['tags']);
  if (maintainers === undefined || dependencies === undefined) return undefined;
  if (dependencies.some(({ alias }) => alias !== undefined && !ALIAS.test(String(alias)))) return undefined;
  const all = {
    ...clean,
    maintainers: maintainers.map((one) => ordered(one, MAINTAINER)),
    dependencies: dependencies.map((one) => ordered(one, DEPENDENCY)),
  };
  return { version, fields: ordered(all, CHART_VERSION) };
}

/** Undefined when one of them is null, which Helm does not take. */
function cleaned(
  value: unknown,
  names: readonly string[],
  lists: readonly string[],
): readonly RawMap[] | undefined {
  const items = (value ?? []) as readonly (RawMap | null)[];
  if (items.some((item) => item === null)) return undefined;
  return items.map((item) => sanitised(item as RawMap, names, lists));
}

/** Without control characters and odd spaces in these texts, as Helm keeps them. */
function sanitised(of: RawMap, names: readonly string[], lists: readonly string[]): RawMap {
  const changed: Record<string, unknown> = { ...of };
  for (const name of names) {
    const found = of[name];
    if (typeof found === 'string' && !PLAIN.test(found)) changed[name] = printable(found);
  }
  for (const name of lists) {
    const found = of[name] as readonly string[] | undefined;
    if (found?.some((one) => !PLAIN.test(one))) changed[name] = found.map(printable);
  }
  return changed;
}

const PLAIN = /^[ -~]*$/;
// Go's unicode.IsSpace, and what its unicode.IsPrint is not.
const SPACES = /[\t-\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/gu;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function printable(value: string): string {
  return value.replace(SPACES, ' ').replace(UNPRINTABLE, '');
}

/** In Helm's order, without empty lists where Helm leaves them out. */
function ordered(of: RawMap, struct: Fields): RawMap {
  const entries = struct.all.flatMap(([name, , zero]) => {
    const value = of[name];
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    return isEmpty && zero === undefined ? [] : [[name, value ?? zero] as const];
  });
  return Object.fromEntries(entries);
}
