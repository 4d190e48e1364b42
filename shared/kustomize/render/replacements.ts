import { type Spot, spotsAt, valueAt } from './field-paths.ts';
import type { Meter } from './meter.ts';
import { clone, countNodes, isMap, isNull, isWritten, type Node, plainNode, refuse, textOf } from './node.ts';
import { currentId, type Id, isSelected, namespaceOf, previousIds, type Resource } from './resource.ts';
import { idMatcher, meetsSelectors, type Target } from './selector.ts';

/** How part of a text is read or replaced. */
interface Options {
  readonly delimiter?: string;
  readonly index?: number;
  readonly encoding?: string;
  readonly create?: boolean;
}

/** One entry of `replacements`. */
export interface Replacement {
  readonly path?: string;
  readonly source?: Omit<Target, 'labelSelector' | 'annotationSelector'> & {
    readonly fieldPath?: string;
    readonly options?: Options;
  };
  readonly sourceValue?: string;
  readonly targets?: readonly {
    readonly select?: Target;
    readonly reject?: readonly Target[];
    readonly fieldPaths?: readonly string[];
    readonly options?: Options;
  }[];
}

/** Copies one object's field into others (api v0.21.1, filters/replacement). Fault `unsupported` when kustomize would fail, or look into text for YAML or JSON. */
export function replace(resources: readonly Resource[], replacement: Replacement, meter: Meter): void {
  const { source, sourceValue, targets } = replacement;
  if ((source === undefined) === (sourceValue === undefined) || !targets || targets.length === 0) {
    refuse('a replacement without one source and targets');
  }
  meter.look(10 * resources.length * ((targets?.length ?? 0) + 1));
  const value = source === undefined ? (sourceValue as string) : sourceOf(resources, source);
  for (const { select, reject = [], fieldPaths = [], options } of targets ?? []) {
    if (!select) refuse('a replacement that selects nothing');
    const selects = idMatcher(select as Target);
    const rejects = reject.filter((target) => !isEmpty(target)).map(idMatcher);
    for (const resource of resources) {
      const ids = idsOf(resource);
      if (!meetsSelectors(resource, select as Target)) continue;
      if (
        reject.some((one) => (one.labelSelector || one.annotationSelector) && meetsSelectors(resource, one))
      )
        continue;
      if (rejects.some((matches) => ids.some(matches)) || !ids.some(selects)) continue;
      for (const path of fieldPaths.length > 0 ? fieldPaths : ['metadata.name'])
        put(resource, path, value, options, meter);
    }
  }
}

function isEmpty({ labelSelector: _, annotationSelector: __, ...id }: Target): boolean {
  return Object.values(id).every((text) => !text);
}

/** The id as it is written now, without a default, and those before. */
function idsOf(resource: Resource): readonly Id[] {
  return [{ ...currentId(resource), namespace: namespaceOf(resource) }, ...previousIds(resource)];
}

function sourceOf(resources: readonly Resource[], source: NonNullable<Replacement['source']>): Node {
  const { name, namespace, fieldPath, options } = source;
  const found = resources.filter((resource) =>
    [currentId(resource), ...previousIds(resource)].some(
      (id) =>
        isSelected(id, source) && (!name || name === id.name) && (!namespace || namespace === id.namespace),
    ),
  );
  const [first] = found;
  if (!first || found.length > 1) return refuse(`a source of which there are ${found.length}`);
  const value = valueAt(first.object, fieldPath || 'metadata.name');
  const text = textOf(value);
  if (isNull(value) || text === '' || countNodes(value) === (isScalar(value) ? 0 : 1))
    return refuse('a source that is empty');
  if (!options?.delimiter) return value;
  const parts = (text ?? refuse('a source that is no text')).split(options.delimiter);
  const part = parts[options.index ?? 0] ?? refuse('a part of a source that is not there');
  return typeof value === 'string' ? part : plainNode(part);
}

function isScalar(node: Node): boolean {
  return typeof node !== 'object' || node === null || isWritten(node);
}

function put(
  resource: Resource,
  path: string,
  value: Node,
  options: Options | undefined,
  meter: Meter,
): void {
  if (/^(?:metadata\.)?(?:name|namespace|annotations|labels)$|^(?:kind|apiVersion|metadata)$/.test(path)) {
    refuse(`a replacement of ${path}`);
  }
  const leaf = isScalar(value) ? 'scalar' : isMap(value) ? 'map' : 'list';
  const spots = spotsAt(resource.object, path, options?.create ? leaf : undefined);
  meter.grow(spots.length * countNodes(value));
  for (const spot of spots) set(spot, value, options, path);
}

function set(spot: Spot, value: Node, options: Options | undefined, path: string): void {
  const old = spot.get() as Node;
  if (!spot.made && isNull(old)) refuse(`a replacement of nothing at ${path}`);
  if (!isScalar(old)) {
    if (options?.delimiter) refuse(`a delimiter at ${path}, which is no text`);
    spot.set(typeof value === 'string' ? untold(value) : clone(value));
    return;
  }
  let text = textOf(value) ?? refuse(`a replacement of text at ${path} by something else`);
  if (options?.delimiter) {
    const parts = (textOf(old) as string).split(options.delimiter);
    const index = options.index ?? 0;
    if (index < 0) parts.unshift(text);
    else if (index >= parts.length) parts.push(text);
    else parts[index] = text;
    text = parts.join(options.delimiter);
  }
  // Text keeps the style that it was written in, of which not all is known.
  if (text.includes('\n') || text === '' || text !== text.trim())
    refuse(`a replacement by several lines at ${path}`);
  if (typeof old === 'string') spot.set(STAYS_TEXT.test(path) ? text : untold(text));
  else if (spot.made && old === null) spot.set(untold(text));
  else spot.set(sameType(old, text, path));
}

// Elsewhere a name or image may stand that kustomize has changed, and of which it does not know any more that it is text.
const STAYS_TEXT = /(?:^|\.)(?:value|(?:data|stringData|labels|annotations)\.[^.]+)$/;

/** What is made says by its text alone what it is. */
function untold(text: string): Node {
  const node = plainNode(text);
  const plain = typeof node === 'string' && text !== '<<' && text !== '=';
  return plain ? node : refuse(`${JSON.stringify(text)} where there was nothing`);
}

/** A number stays a number, and a boolean a boolean. */
function sameType(old: Node, text: string, path: string): Node {
  const node = plainNode(text);
  const kind = (one: Node) => {
    const value = isWritten(one) ? one.value : one;
    return typeof value === 'number'
      ? Number.isInteger(value) && !/[.eE]/.test(textOf(one) ?? '')
        ? 'int'
        : 'float'
      : typeof value;
  };
  return kind(node) === kind(old) && !isNull(node)
    ? node
    : refuse(`a replacement by another type at ${path}`);
}
