import { isYamlMap, parseYamlDocuments } from '../../core/yaml.ts';
import { type Field, type Fields, fieldSpecs } from '../fields.ts';
import { shapeObject } from '../shape.ts';
import {
  ANNOTATIONS,
  type FieldSpec,
  IMAGES,
  NAMESPACES,
  REPLICAS,
  SELECTOR_LABELS,
  TEMPLATE_LABELS,
} from './field-specs.ts';
import { NAME_REFERENCES, type NameReferences } from './name-references.ts';
import { refuse } from './node.ts';
import { compareKinds } from './order.ts';
import { isSelected } from './resource.ts';

const LISTS = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'commonLabels',
  'labels',
  'templateLabels',
  'commonAnnotations',
  'images',
  'replicas',
] as const;

/** Where each field of a kustomization works: kustomize's own places, and what `configurations` add. */
export type Configuration = Readonly<Record<(typeof LISTS)[number], readonly FieldSpec[]>> & {
  readonly nameReference: readonly NameReferences[];
};

/** What holds without `configurations`. */
export const DEFAULTS: Configuration = {
  namePrefix: [],
  nameSuffix: [],
  namespace: NAMESPACES,
  commonLabels: SELECTOR_LABELS,
  labels: [],
  templateLabels: TEMPLATE_LABELS,
  commonAnnotations: ANNOTATIONS,
  images: IMAGES,
  replicas: REPLICAS,
  nameReference: NAME_REFERENCES,
};

const text: Field = { type: 'string' };
const FIELDS: Fields = {
  ...Object.fromEntries([...LISTS, 'varReference'].map((name) => [name, fieldSpecs])),
  nameReference: {
    type: 'list',
    of: { type: 'object', fields: { group: text, version: text, kind: text, fieldSpecs } },
  },
};

type Read = {
  readonly [name in (typeof LISTS)[number]]?: readonly FieldSpec[];
} & {
  readonly nameReference?: readonly (Omit<NameReferences, 'from' | 'kind'> & {
    readonly kind?: string;
    readonly fieldSpecs?: readonly FieldSpec[];
  })[];
};

/** A file of `configurations` (api v0.21.1, internal/plugins/builtinconfig). Fault `unsupported` for what only kustomize may judge. */
export async function readConfiguration(bytes: Uint8Array): Promise<Partial<Configuration>> {
  const [document = null, ...more] = parseYamlDocuments(new TextDecoder().decode(bytes));
  if (document !== null && !isYamlMap(document)) refuse('a configuration that is no map');
  if (more.length > 0) refuse('a configuration of several documents');
  const odd = () => refuse('a configuration with other fields');
  const rules = { coerce: true, unknown: odd, refused: odd, mismatch: odd };
  const read = (await shapeObject(document, FIELDS, '', {
    ...rules,
    visit: async (_role, value) => value,
  })) as Read;
  for (const list of LISTS) for (const spec of read[list] ?? []) checkSpec(spec);
  for (const list of ['namePrefix', 'nameSuffix', 'namespace'] as const) {
    if (read[list]?.some(({ path }) => path === 'metadata/name')) refuse(`metadata/name in ${list}`);
  }
  // Of a place of some kinds and of all, kustomize keeps the first alone, and shares values between others then.
  for (const list of LISTS) {
    const odd = read[list]?.find(({ path }) => path === 'metadata/labels' || path === 'metadata/annotations');
    if (odd) refuse(`${odd.path} in ${list}`);
  }
  const references = (read.nameReference ?? []).map(({ fieldSpecs: from = [], kind = '', ...target }) => {
    for (const spec of from) checkSpec(spec);
    // What is missing is never made to refer to something.
    return { ...target, kind, from: from.map(({ create: _, ...spec }) => spec) };
  });
  return { ...read, nameReference: references };
}

const PATH = /^(?:[A-Za-z0-9_.-]|\\\/)+(?:\[\])?(?:\/(?:[A-Za-z0-9_.-]|\\\/)+(?:\[\])?)*$/;
const MAX_PATH = 500;

function checkSpec({ path }: FieldSpec): void {
  if (typeof path !== 'string' || path.length > MAX_PATH || !PATH.test(path) || path.includes('__proto__'))
    refuse(`the field path ${JSON.stringify(path)?.slice(0, 100)}`);
}

/** The most that a configuration may hold; each is held against all others. */
const MAX_SPECS = 3000;

/** One configuration, undefined for none yet, and what another adds, in kustomize's order: a place of all kinds is lost after the same place of one kind. Fault `unsupported` when they contradict each other. */
export function mergeConfiguration(
  a: Configuration | undefined,
  b: Partial<Configuration> | undefined,
): Configuration {
  if (b === undefined || a === b) return a ?? DEFAULTS;
  if (b === DEFAULTS && a === undefined) return DEFAULTS;
  const merged: { [name: string]: readonly FieldSpec[] } = {};
  for (const name of LISTS) merged[name] = [...mergeSpecs(a?.[name] ?? [], b[name] ?? [])].sort(compareSpecs);
  const nameReference = [...(a?.nameReference ?? [])];
  for (const other of b.nameReference ?? []) {
    const at = nameReference.findIndex((one) => sameKind(one, other));
    const known = nameReference[at];
    if (known) nameReference[at] = { ...known, from: mergeSpecs(known.from, other.from) };
    else nameReference.push(other);
  }
  nameReference.sort(compareTargets);
  return { ...(merged as unknown as Configuration), nameReference };
}

/** Specs and others that are not among them. Fault `unsupported` when one is to create and not to create. */
export function mergeSpecs(specs: readonly FieldSpec[], more: readonly FieldSpec[]): readonly FieldSpec[] {
  if (more.length === 0 || specs === more) return specs;
  const result: FieldSpec[] = [...specs];
  for (const spec of more) {
    const known = result.find((one) => one.path === spec.path && isSelected(idOf(one), spec));
    if (known && (known.create ?? false) !== (spec.create ?? false)) refuse(`${spec.path}, told in two ways`);
    if (!known) result.push(spec);
  }
  return result.length > MAX_SPECS ? refuse(`more than ${MAX_SPECS} field paths`) : result;
}

function idOf({ group = '', version = '', kind = '' }: Partial<FieldSpec>) {
  return { group, version, kind };
}

function compareSpecs(a: FieldSpec, b: FieldSpec): number {
  return compareKinds(idOf(a), idOf(b));
}

function sameKind(a: NameReferences, b: NameReferences): boolean {
  return (a.group ?? '') === (b.group ?? '') && (a.version ?? '') === (b.version ?? '') && a.kind === b.kind;
}

function compareTargets(a: NameReferences, b: NameReferences): number {
  return compareKinds(idOf(a), idOf(b));
}
