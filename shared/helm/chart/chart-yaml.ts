import { Fault } from '../../core/failures.ts';
import { goFloat } from '../../core/go-yaml/go-float.ts';
import {
  byKey,
  type Fields,
  fields,
  isMap,
  listOf,
  NO_TIME,
  type Raw,
  type RawMap,
  readFields,
  time,
} from '../index/fields.ts';
import { dependencyFields, metadataFields, ordered, validateMetadata } from '../metadata.ts';
import { type Budget, within } from './budget.ts';
import type { ChartDependency, ChartLock, ChartMetadata } from './chart.ts';
import { readMap, textOfFile } from './yaml-file.ts';

/** Where Helm's Chart.yaml says what a chart is. */
export const CHART_FILE = 'Chart.yaml';
/** Where charts of API version v1 say which others they want. */
export const REQUIREMENTS_FILE = 'requirements.yaml';

const METADATA = fields(...metadataFields(text));
const DEPENDENCY = dependencyFields(text);
const MAINTAINER = fields(['name', text], ['email', text], ['url', text]);
const STRUCTS: Readonly<Record<string, Fields>> = { dependencies: DEPENDENCY, maintainers: MAINTAINER };

const LOCK = fields(
  ['generated', time, NO_TIME],
  ['digest', text, ''],
  [
    'dependencies',
    listOf((value, field, dialect) => readFields(value, DEPENDENCY, dialect, field), null),
    null,
  ],
);

/** What one file after the other says, each read over those before as Go's decoder does; not validated. Faults: `malformed`, `too-large`. */
export function readMetadataFiles(
  files: readonly { readonly path: string; readonly data: Uint8Array }[],
  budget: Budget,
): RawMap {
  let raw: RawMap = {};
  for (const { path, data } of files) {
    const read = (): RawMap => {
      const source = textOfFile(data, budget);
      const next = named(withFloats(readMap(source) ?? {}, source), METADATA);
      readFields(next, METADATA, 'json', path);
      return over(raw, next);
    };
    raw = within(`cannot load ${path}`, read);
    // Helm 2 did not ask for it.
    if (path === CHART_FILE && (raw.apiVersion ?? '') === '') raw = { ...raw, apiVersion: 'v1' };
  }
  return readFields(raw, METADATA, 'json', CHART_FILE);
}

/** The metadata by Helm's rules. Fault `invalid`. */
export function validMetadata(read: RawMap): ChartMetadata {
  const verdict = validateMetadata(read);
  if ('problem' in verdict) throw new Fault('invalid', `${CHART_FILE} is not valid: ${verdict.problem}`);
  if (verdict.repeated !== undefined) {
    const message = `more than one dependency with name or alias ${JSON.stringify(verdict.repeated)}: give them aliases`;
    throw new Fault('invalid', `${CHART_FILE} is not valid: ${message}`);
  }
  const { maintainers, dependencies } = verdict.fields as Readonly<Record<string, readonly RawMap[]>>;
  const all = {
    ...verdict.fields,
    maintainers: maintainers?.map((one) => ordered(one, MAINTAINER)),
    dependencies: dependencies?.map((one) => ordered(one, DEPENDENCY)),
  };
  const clean = ordered(all, METADATA) as RawMap &
    Readonly<Record<'name' | 'version' | 'apiVersion', string>>;
  const { name, version, apiVersion } = clean;
  return { name, version, apiVersion, dependencies: (dependencies ?? []).map(dependencyOf), fields: clean };
}

/** A lock; undefined for an empty file. Faults: `malformed`, `too-large`. */
export function readLock(path: string, data: Uint8Array, budget: Budget): ChartLock | undefined {
  return within(`cannot load ${path}`, () => {
    const raw = readMap(textOfFile(data, budget));
    if (raw === undefined) return undefined;
    const read = readFields(named(raw, LOCK), LOCK, 'json', path);
    const listed = (read.dependencies ?? []) as readonly (RawMap | null)[];
    const dependencies = listed.flatMap((one) => (one === null ? [] : [dependencyOf(one)]));
    return { dependencies, fields: read };
  });
}

function dependencyOf(fields: RawMap): ChartDependency {
  const { name = '', version = '', repository = '', alias = '' } = fields as Readonly<Record<string, string>>;
  return { name, version, repository, alias };
}

/** The fields that count, by their own names: Go's decoder sees keys sorted, in any case, and passes over null. */
function named(raw: RawMap, struct: Fields): RawMap {
  const entries = Object.entries(raw)
    .sort(byKey)
    .flatMap(([key, value]) => {
      const field = struct.byName.get(key) ?? struct.byName.get(key.toLowerCase());
      return field === undefined || value === null ? [] : [[field[0], nested(field[0], value)] as const];
    });
  return Object.fromEntries(entries);
}

function nested(field: string, value: Raw): Raw {
  const struct = STRUCTS[field];
  if (struct === undefined || !Array.isArray(value)) return value;
  return value.map((item: Raw) => (isMap(item) ? named(item, struct) : item));
}

/** Lists of structures are read item over item, mappings key over key. */
function over(under: RawMap, next: RawMap): RawMap {
  const merged: Record<string, Raw> = { ...under };
  for (const [field, value] of Object.entries(next)) {
    const below = merged[field];
    if (STRUCTS[field] !== undefined && Array.isArray(value) && Array.isArray(below))
      merged[field] = value.map((item: Raw, at) =>
        isMap(item) && isMap(below[at]) ? { ...below[at], ...item } : item,
      );
    else merged[field] = isMap(value) && isMap(below) ? { ...below, ...value } : value;
  }
  return merged;
}

/** Text, or the text of a number or boolean, as sigs.k8s.io/yaml gives them to fields of text. */
function text(value: Raw, field: string): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : float32(value);
  const kind = Array.isArray(value) ? 'a list' : 'a mapping';
  throw new Fault('malformed', `field '${field}' is ${kind} where text is wanted`);
}

/** A key of the first level with a number that has a point or an exponent. */
const FLOAT = /^([A-Za-z]+):[ \t]+([-+]?[0-9.][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?)[ \t\r]*(?:#.*)?$/gm;

/** Whole numbers that are written as floating point ones, such as a commit of `72445e2`, become what Go makes of those. */
function withFloats(raw: RawMap, source: string): RawMap {
  const changed: Record<string, Raw> = { ...raw };
  for (const [, key = '', written = ''] of source.matchAll(FLOAT)) {
    const value = raw[key];
    if (/[.eE]/.test(written) && typeof value === 'number') changed[key] = float32(value);
  }
  return changed;
}

/** The shortest text that is the same number in 32 bits, in the form of Go's strconv format `g`. */
function float32(value: number): string {
  const short = Math.fround(value);
  if (!Number.isFinite(short)) return short > 0 ? '+Inf' : '-Inf';
  const digits = [1, 2, 3, 4, 5, 6, 7, 8].find(
    (count) => Math.fround(Number(short.toPrecision(count))) === short,
  );
  return goFloat(Number(short.toPrecision(digits ?? 9)));
}
