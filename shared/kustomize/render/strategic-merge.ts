import { directiveIn, GONE, mergeAssociative } from './merge-list.ts';
import { type MergeField, type MergeType, mergeTypeOf } from './merge-lists.ts';
import { field, isMap, isNull, isWritten, type Node, type NodeMap, refuse, textOf } from './node.ts';

/** What is known of the place that is merged. */
interface Place {
  /** How a list is merged there, and what its items or fields are. */
  readonly field: MergeField | undefined;
  /** Whether kustomize knows a schema at all; where it knows none, an embedded object brings its own. */
  readonly known: boolean;
}

/** Merges a patch, which it consumes, into an object that it changes, as kustomize 5.8 does (kyaml v0.21.1, yaml/merge2 and yaml/walk); GONE when the patch deletes it. Fault `unsupported` where it cannot be sure. */
export function mergePatch(object: NodeMap, patch: NodeMap): NodeMap | typeof GONE {
  const type = mergeTypeOf(object.apiVersion as string, object.kind as string);
  const place: Place = { field: type && { type }, known: type !== undefined };
  const merged = merge(object, patch, place);
  return merged === GONE || isMap(merged) ? merged : refuse('a patch that leaves no object');
}

/** Merges `patch` into `old`, either of which may be absent; they may be one and the same. */
function merge(old: Node | undefined, patch: Node | undefined, place: Place): Node | typeof GONE {
  const shape = isNull(old) ? patch : old;
  if (Array.isArray(shape)) return mergeLists(old, patch, place);
  if (isNull(shape) || isMap(shape)) return mergeMaps(old, patch, place);
  if (isContainer(old) || isContainer(patch)) refuse('a patch that turns text into a map or list');
  // Over text in quotes a number becomes text, too, and what was in quotes is not known any more.
  if (typeof old === 'string' && !isNull(patch) && typeof patch !== 'string')
    refuse('a patch that turns text into a number or boolean');
  return patch === undefined ? (old as Node) : patch;
}

function isContainer(node: Node | undefined): boolean {
  return Array.isArray(node) || isMap(node);
}

function mergeLists(old: Node | undefined, patch: Node | undefined, place: Place): Node | typeof GONE {
  for (const side of [old, patch]) {
    if (!isNull(side) && !Array.isArray(side)) refuse('a patch that turns a list into something else');
  }
  if (place.field?.keys) {
    const { keys, type } = place.field;
    return mergeAssociative(old, patch, keys, (oldItem, newItem) =>
      merge(oldItem, newItem, { field: type && { type }, known: true }),
    );
  }
  return patch === undefined ? (old as Node) : patch;
}

function mergeMaps(old: Node | undefined, patch: Node | undefined, place: Place): Node | typeof GONE {
  for (const side of [old, patch]) {
    if (!isNull(side) && !isMap(side)) refuse('a patch that turns a map into something else');
  }
  const target = targetOf(old, patch);
  if (target === undefined || target === GONE) return GONE;
  // A null that somebody wrote out stays; the empty one has gone above.
  if (!isMap(target)) return target;
  const type = typeAt(target, patch, place);
  const source = isMap(patch) ? patch : {};
  const names = new Set([...Object.keys(target), ...Object.keys(source)]);
  for (const name of names) {
    const inside: Place = { field: type.type?.get(name), known: type.known };
    const value = merge(field(target, name), field(source, name), inside);
    if (value === GONE || (isNull(value) && !keepsNull(target, source, name))) delete target[name];
    else target[name] = value;
  }
  return target;
}

/** A null that is written out in the object, and that the patch does not mention, is kept. */
function keepsNull(target: NodeMap, source: NodeMap, name: string): boolean {
  return isWritten(field(target, name)) && field(source, name) === undefined;
}

function targetOf(old: Node | undefined, patch: Node | undefined): Node | typeof GONE | undefined {
  if (isNull(old)) {
    if (isMap(patch) && directiveOf(patch) === 'delete') return GONE;
    if (patch === undefined && isWritten(old)) return old;
    return patch;
  }
  if (patch !== undefined && isNull(patch)) return GONE;
  const directive = patch === undefined ? undefined : directiveOf(patch as NodeMap);
  if (directive === 'delete') return GONE;
  return directive === 'replace' ? patch : old;
}

/** Reads and removes `$patch`. */
function directiveOf(patch: NodeMap): string | undefined {
  if (!Object.hasOwn(patch, '$patch')) return undefined;
  const directive = directiveIn(patch);
  delete patch.$patch;
  return directive;
}

/** The type at a place: what is known from above, or that of an object inside a kind that kustomize knows nothing of. */
function typeAt(
  target: NodeMap,
  patch: Node | undefined,
  { field: known, known: schema }: Place,
): { type: MergeType | undefined; known: boolean } {
  if (known?.type) return { type: known.type, known: true };
  for (const side of [target, patch]) {
    const apiVersion = textOf(field(side, 'apiVersion'));
    const kind = textOf(field(side, 'kind'));
    if (!apiVersion || !kind) continue;
    const type = mergeTypeOf(apiVersion, kind);
    if (type === undefined) continue;
    // Below a known kind the schema may or may not reach here.
    return schema ? refuse(`a ${kind} inside another kind`) : { type, known: true };
  }
  return { type: undefined, known: schema };
}
