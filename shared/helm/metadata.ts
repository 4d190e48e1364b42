import { parseLooseVersion, type Version } from '../core/semver.ts';
import {
  anything,
  type Field,
  type Fields,
  fields,
  flag,
  listOf,
  mapOf,
  type RawMap,
  type Read,
  readFields,
} from './index/fields.ts';

/** What Helm's rules say of a chart's metadata. */
export type MetadataVerdict =
  | {
      readonly fields: RawMap;
      readonly version: Version;
      /** The first name or alias that several dependencies have: a chart may not, in an index it is let pass. */
      readonly repeated?: string | undefined;
    }
  | { readonly problem: string };

/** Helm 4.2's pkg/chart/v2 Metadata in its order, its texts read by `text`. */
export function metadataFields(text: Read): readonly Field[] {
  const texts = listOf(text, '');
  const maintainer = fields(['name', text], ['email', text], ['url', text]);
  const dependency = dependencyFields(text);
  return [
    ['name', text],
    ['home', text],
    ['sources', texts],
    ['version', text],
    ['description', text],
    ['keywords', texts],
    ['maintainers', listOf((value, field, dialect) => readFields(value, maintainer, dialect, field), null)],
    ['icon', text],
    ['apiVersion', text],
    ['condition', text],
    ['tags', text],
    ['appVersion', text],
    ['deprecated', flag],
    ['annotations', mapOf(text)],
    ['kubeVersion', text],
    ['dependencies', listOf((value, field, dialect) => readFields(value, dependency, dialect, field), null)],
    ['type', text],
  ];
}

/** Helm 4.2's pkg/chart/v2 Dependency in its order. */
export function dependencyFields(text: Read): Fields {
  return fields(
    ['name', text, ''],
    ['version', text],
    ['repository', text, ''],
    ['condition', text],
    ['tags', listOf(text, '')],
    ['enabled', flag],
    ['import-values', listOf(anything, null)],
    ['alias', text],
  );
}

const SANITISED = ['name', 'description', 'home', 'icon', 'condition', 'tags', 'appVersion', 'kubeVersion'];
const SANITISED_OF_DEPENDENCY = ['name', 'version', 'repository', 'condition'];
const TYPES = [undefined, 'application', 'library'];
const ALIAS = /^[a-zA-Z0-9_-]+$/;

/** Holds metadata against the rules of Helm's Metadata.Validate, and takes odd characters out of its texts as that does. */
export function validateMetadata(read: RawMap): MetadataVerdict {
  const clean = sanitised(read, SANITISED, ['sources', 'keywords']);
  const { name = '', version: given = '', type, apiVersion } = clean as Readonly<Record<string, string>>;
  if (apiVersion === undefined) return missing('apiVersion');
  if (name === '') return missing('name');
  if (name === '.' || name === '..' || name.includes('/'))
    return {
      problem: `chart.metadata.name ${JSON.stringify(name)} is invalid: it has to be one name without '/'`,
    };
  if (given === '') return missing('version');
  const version = parseLooseVersion(given);
  if (version === undefined)
    return {
      problem: `chart.metadata.version ${JSON.stringify(given)} is invalid: it has to be a semantic version`,
    };
  if (!TYPES.includes(type)) return { problem: 'chart.metadata.type must be application or library' };
  const maintainers = ((clean.maintainers ?? []) as readonly (RawMap | null)[]).map(cleanMaintainer);
  if (maintainers.includes(undefined)) return { problem: 'maintainers must not contain empty or null nodes' };
  const dependencies = cleanDependencies((clean.dependencies ?? []) as readonly (RawMap | null)[]);
  if ('problem' in dependencies) return dependencies;
  const { repeated } = dependencies;
  return { version, repeated, fields: { ...clean, maintainers, dependencies: dependencies.clean } };
}

function missing(field: string): MetadataVerdict {
  return { problem: `chart.metadata.${field} is required` };
}

function cleanMaintainer(maintainer: RawMap | null): RawMap | undefined {
  return maintainer === null ? undefined : sanitised(maintainer, ['name', 'email', 'url'], []);
}

function cleanDependencies(
  dependencies: readonly (RawMap | null)[],
):
  | { readonly clean: readonly RawMap[]; readonly repeated?: string | undefined }
  | { readonly problem: string } {
  const seen = new Set<unknown>();
  let repeated: string | undefined;
  const clean: RawMap[] = [];
  for (const one of dependencies) {
    if (one === null) return { problem: 'dependencies must not contain empty or null nodes' };
    const dependency = sanitised(one, SANITISED_OF_DEPENDENCY, ['tags']);
    const { name, alias } = dependency;
    if (alias !== undefined && !ALIAS.test(String(alias)))
      return { problem: `dependency ${JSON.stringify(name)} has disallowed characters in the alias` };
    const key = alias ?? name;
    if (seen.has(key)) repeated ??= String(key);
    seen.add(key);
    clean.push(dependency);
  }
  return { clean, repeated };
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

/** In Helm's order, without empty lists and texts where Helm leaves them out. */
export function ordered(of: RawMap, struct: Fields): RawMap {
  const entries = struct.all.flatMap(([name, , zero]) => {
    const value = of[name];
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    return isEmpty && zero === undefined ? [] : [[name, value ?? zero] as const];
  });
  return Object.fromEntries(entries);
}
