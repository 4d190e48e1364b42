import type { FieldSpec } from './field-specs.ts';
import { isMap, isNull, type Node, type NodeMap, refuse } from './node.ts';
import { type Id, isSelected, type Resource } from './resource.ts';

/** The place of a value: a field of a map. */
export interface Slot {
  readonly map: NodeMap;
  readonly name: string;
  /** The value, undefined when the field is absent, which only happens where it may be created. */
  readonly value: Node | undefined;
}

/** Field specs by the kind that they are for. */
export type SpecIndex = (id: Id) => readonly FieldSpec[];

/** Finds the specs for an object without looking at all of them. */
export function indexOf(specs: readonly FieldSpec[]): SpecIndex {
  const kinds = new Map<string, FieldSpec[]>();
  for (const { kind } of specs) kinds.set(kind ?? '', []);
  for (const [kind, list] of kinds) list.push(...specs.filter((spec) => !spec.kind || spec.kind === kind));
  const common = specs.filter(({ kind }) => !kind);
  return (id) => (kinds.get(id.kind) ?? common).filter((spec) => isSelected(id, spec));
}

/** Calls `visit` with each place in the object that `spec` names; with `create`, maps that are missing on the way are made. Fault `unsupported` where the path meets a value that it cannot pass. */
export function visitField({ object }: Resource, spec: FieldSpec, visit: (slot: Slot) => void): void {
  descend(object, { path: partsOf(spec.path), create: spec.create === true, visit }, 0);
}

interface Visit {
  readonly path: readonly string[];
  readonly create: boolean;
  readonly visit: (slot: Slot) => void;
}

const parts = new Map<string, readonly string[]>();

/** Paths that are kept split: those of the tables are far fewer. */
const MAX_KEPT = 2000;

function partsOf(path: string): readonly string[] {
  const known = parts.get(path);
  if (known) return known;
  const split = path.split(/(?<!\\)\//).map((part) => part.replaceAll('\\/', '/'));
  if (parts.size < MAX_KEPT) parts.set(path, split);
  return split;
}

function descend(node: Node, visit: Visit, from: number): void {
  if (isNull(node)) return;
  if (Array.isArray(node)) for (const item of node) descend(item, visit, from);
  else if (isMap(node)) step(node, visit, from);
  else refuse(`text at ${visit.path.slice(0, from).join('.')}, where ${visit.path.join('.')} is looked for`);
}

function step(map: NodeMap, visit: Visit, from: number): void {
  const part = visit.path[from] as string;
  const isList = part.endsWith('[]');
  const name = isList ? part.slice(0, -2) : part;
  const creates = visit.create && !isList;
  const value = Object.hasOwn(map, name) ? (map[name] as Node) : undefined;
  if (value === undefined && !creates) return;
  if (isList && isNull(value)) refuse(`an empty ${name}`);
  if (from === visit.path.length - 1) {
    visit.visit({ map, name, value });
    return;
  }
  if (isNull(value)) {
    if (!creates) return;
    map[name] = {};
  }
  descend(map[name] as Node, visit, from + 1);
}
