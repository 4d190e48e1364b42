import type { FileTree } from '../../ports.ts';
import { joinInside } from '../paths.ts';
import { applyOperations, type Operation, operationsOf } from './json-patch.ts';
import { GONE } from './merge-list.ts';
import { setTexts, textsOf } from './metadata.ts';
import type { Meter } from './meter.ts';
import {
  clone,
  countNodes,
  field,
  fromJson,
  isMap,
  isNull,
  type Node,
  type NodeMap,
  refuse,
} from './node.ts';
import { readNodes } from './read.ts';
import {
  currentId,
  type Id,
  idKey,
  isName,
  metadataOf,
  nameOf,
  namespaceOf,
  previousIds,
  type Resource,
  remember,
  toResource,
} from './resource.ts';
import { select, type Target } from './selector.ts';
import { mergePatch } from './strategic-merge.ts';

/** One entry of `patches` or `patchesJson6902`. */
export interface Patch {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Target;
}

/** What a patch does, read before anything is changed. */
export type ReadPatch =
  | {
      readonly kind: 'merge';
      readonly patches: readonly Resource[];
      readonly target: Target | undefined;
      /** Whether kustomize copies the patch, whereby its labels and annotations become text. */
      readonly copied: boolean;
    }
  | {
      readonly kind: 'json';
      readonly operations: readonly Operation[];
      readonly target: Target;
      /** Whether it stands in `patchesJson6902`, which remembers no old id. */
      readonly old: boolean;
    };

/** Reads an entry, inline or from its file. Fault `unsupported` when it is neither kind of patch. */
export function readPatch(
  { path, patch, target }: Patch,
  from: { tree: FileTree; path: string },
  old: boolean,
): ReadPatch {
  if (Boolean(patch?.trim()) === Boolean(path)) refuse('a patch without text, or with both text and a path');
  const content = path ? fileOf(path, from) : (patch as string);
  const text = typeof content === 'string' ? (old ? content : content.trim()) : content;
  const documents = readNodes(text, path ?? 'a patch');
  const first = documents[0];
  if (documents.length === 1 && Array.isArray(first)) {
    if (!target || (old && !target.name)) refuse('a JSON patch without a target');
    checkJson(text);
    checkWords(first);
    return { kind: 'json', operations: operationsOf(first.map(fromJson)), target: target as Target, old };
  }
  if (old || documents.length === 0) refuse('a patch of no kind');
  if (target && documents.length > 1) refuse('several patches for one target');
  return { kind: 'merge', patches: documents.map(toPatch), target, copied: target !== undefined };
}

/** Reads an entry of `patchesStrategicMerge`: patches, or a file of them. */
export function readMergePatches(entry: string, from: { tree: FileTree; path: string }): ReadPatch {
  const file = joinInside(from.path, entry);
  const text = (file === undefined ? undefined : from.tree.get(file)) ?? entry;
  const documents = readNodes(text, 'a patch');
  if (documents.length === 0 || documents.some((document) => !isMap(document))) refuse('a patch of no kind');
  return { kind: 'merge', patches: documents.map(toPatch), target: undefined, copied: true };
}

function fileOf(path: string, { tree, path: directory }: { tree: FileTree; path: string }): Uint8Array {
  const file = joinInside(directory, path);
  return (file === undefined ? undefined : tree.get(file)) ?? refuse(`the patch ${path}, which is not there`);
}

/** What begins like JSON is read as JSON and nothing else. */
function checkJson(content: string | Uint8Array): void {
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  if (!text.startsWith('[')) return;
  try {
    JSON.parse(text);
  } catch {
    refuse('a JSON patch that is no JSON');
  }
}

// go-yaml v2, which reads JSON patches, takes these for booleans.
const WORDS_OF_V2 = /^([yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;

/** Fault `unsupported` for text in a JSON patch that only go-yaml v3 reads as text. */
function checkWords(node: Node): void {
  if (typeof node === 'string' && WORDS_OF_V2.test(node)) refuse(`the word ${node} in a JSON patch`);
  if (Array.isArray(node)) node.forEach(checkWords);
  if (isMap(node)) Object.values(node).forEach(checkWords);
}

function toPatch(document: Node): Resource {
  const patch = toResource(document);
  const metadata = metadataOf(patch);
  for (const name of ['labels', 'annotations'] as const) {
    const texts = field(metadata, name);
    if (texts === undefined) continue;
    // These carry kustomize's own notes while it builds, or are rewritten as text.
    if (!isMap(texts) || Object.keys(texts).length === 0) refuse(`a patch that removes metadata.${name}`);
    if (Object.values(texts as NodeMap).some(isNull)) refuse(`a patch that removes one of metadata.${name}`);
  }
  checkDirectives(patch.object, true);
  return patch;
}

/** Fault `unsupported` for a JSON patch that could take kustomize's note of an object's origin away. */
export function checkNotes(patch: ReadPatch): void {
  if (patch.kind !== 'json') return;
  for (const { path, from } of patch.operations) {
    for (const pointer of [path, from]) {
      if (pointer[0] === 'metadata' && pointer[1] === 'annotations' && pointer.length === 2)
        refuse('a patch of all annotations beside one of the origin');
    }
  }
}

/** Only `$patch` is a directive to kustomize; the others of kubectl would become fields. */
function checkDirectives(node: Node, outermost = false): void {
  if (Array.isArray(node)) for (const item of node) checkDirectives(item);
  if (!isMap(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith('$') && key !== '$patch') refuse(`the directive ${key}`);
    if (key === 'metadata' && outermost && Object.hasOwn(value as NodeMap, '$patch')) {
      refuse('a patch that replaces metadata');
    }
    checkDirectives(value);
  }
}

/** Applies one patch; deleted resources leave the list. Fault `unsupported` when kustomize would fail. */
export function applyPatch(resources: Resource[], patch: ReadPatch, meter: Meter): void {
  if (patch.kind === 'json') {
    for (const resource of select(resources, patch.target)) {
      measure(resource, 0, meter);
      applyJson(resource, patch, (values) => measure(resource, values, meter));
    }
    return;
  }
  if (patch.target) {
    const selected = select(resources, patch.target);
    for (const resource of selected) mergeInto(resource, patch.patches[0] as Resource, true, meter);
  } else {
    for (const one of patch.patches) mergeInto(targetOf(resources, one), one, patch.copied, meter);
  }
  const left = resources.filter(({ object }) => Object.keys(object).length > 0);
  resources.splice(0, resources.length, ...left);
}

/** Counts a look at a whole resource, which has grown by so many values. */
function measure(resource: Resource, growth: number, meter: Meter): void {
  resource.size = (resource.size ?? countNodes(resource.object)) + growth;
  meter.grow(growth);
  meter.look(resource.size);
}

function mergeInto(resource: Resource, patch: Resource, copied: boolean, meter: Meter): void {
  patch.size ??= countNodes(patch.object);
  measure(resource, patch.size, meter);
  applyMerge(resource, patch, copied);
}

/** The one resource that has, or had, the patch's id. */
function targetOf(resources: readonly Resource[], patch: Resource): Resource {
  const key = idKey(currentId(patch));
  const isIt = (id: Id) => idKey(id) === key;
  const matches = resources.filter(
    (resource) =>
      Object.keys(resource.object).length > 0 && [...previousIds(resource), currentId(resource)].some(isIt),
  );
  const [first] = matches;
  return first && matches.length === 1
    ? first
    : refuse(`a patch of ${nameOf(patch)}, of which there are ${matches.length}`);
}

function applyMerge(resource: Resource, patch: Resource, copied: boolean): void {
  const name = nameOf(resource);
  const namespace = namespaceOf(resource);
  const { kind } = resource.object;
  const copy = clone(patch.object) as NodeMap;
  if (copied) {
    copy.apiVersion = resource.object.apiVersion as string;
    const metadata = copy.metadata as NodeMap;
    for (const texts of ['labels', 'annotations'] as const) setTexts(metadata, texts, textsOf(patch, texts));
  }
  const before = field(metadataOf(resource), 'annotations');
  if (before !== undefined && !isMap(before)) delete metadataOf(resource).annotations;
  const merged = mergePatch(resource.object, copy);
  if (merged === GONE) {
    resource.object = {};
    return;
  }
  resource.object = merged;
  if (!isMap(merged.metadata)) refuse('a patch that removes metadata');
  merged.kind = kind as string;
  metadataOf(resource).name = name;
  if (namespace === '') delete metadataOf(resource).namespace;
  else metadataOf(resource).namespace = namespace;
}

function applyJson(
  resource: Resource,
  { operations, old }: Extract<ReadPatch, { kind: 'json' }>,
  grow: (values: number) => void,
): void {
  for (const { path, from } of operations) {
    const touches = [path, from].some((pointer) => pointer[0] === 'metadata' && pointer.length < 2);
    if (touches) refuse('a JSON patch of metadata as a whole');
    const whole = [path, from].some((pointer) => pointer[0] === 'metadata' && pointer[1] === 'annotations');
    if (whole && old) refuse('a patch of annotations in patchesJson6902');
  }
  if (!old) remember(resource);
  resource.object = fromJson(resource.object) as NodeMap;
  // kustomize keeps its own notes there, so that the map is always there for a patch.
  const metadata = metadataOf(resource);
  if (!old && isNull(metadata.annotations)) metadata.annotations = {};
  applyOperations(resource.object, operations, grow);
  checkIdentity(resource);
  setTexts(metadataOf(resource), 'annotations', textsOf(resource, 'annotations'));
}

function checkIdentity(resource: Resource): void {
  const { name, namespace } = metadataOf(resource);
  toResource(resource.object);
  if (!isName(name as string) || namespace === '') refuse('a patch that leaves no name');
}
