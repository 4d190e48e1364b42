import { Fault } from '../../core/failures.ts';
import { goFloat } from '../../core/go-yaml/go-float.ts';
import type { Printable } from '../../core/go-yaml/print.ts';
import { resolvePlain } from '../../core/yaml-scalar.ts';

/** A plain scalar whose text is not how its value is usually written, such as `0644`, `1.10` or `null`: kustomize sometimes goes by the text. */
export interface Written {
  readonly [WRITTEN]: true;
  readonly text: string;
  readonly value: number | boolean | null;
}

/** A YAML value as kustomize holds it while it builds. `null` is a value that was left out, after `key:`. */
export type Node = string | number | boolean | null | Written | Node[] | NodeMap;

/** A mapping; every key is text, and none is `__proto__`. */
export interface NodeMap {
  [key: string]: Node;
}

const WRITTEN = Symbol('written');

/** Ends the rendering: the real kustomize is to build this. Fault `unsupported`. */
export function refuse(why: string, data: { readonly unread?: string } = {}): never {
  throw new Fault('unsupported', why, data);
}

const WRITTEN_NULL: Written = { [WRITTEN]: true, text: 'null', value: null };

// go-yaml v3 makes these instants, which kustomize then prints with a time; quoted ones are text.
const INSTANT = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/;

/** What kustomize's reader (go-yaml v3) makes of a plain scalar. Fault `unsupported` for values that do not survive its way through JSON. */
export function plainNode(text: string): Node {
  if (text === '') return null;
  const value = resolvePlain(text, 'v3');
  if (typeof value === 'string')
    return INSTANT.test(value) ? refuse(`the instant ${value}: quote it`) : value;
  if (typeof value === 'bigint' || (typeof value === 'number' && !isPlainNumber(value))) {
    return refuse(`the number ${text}`);
  }
  return value !== null && String(value) === text && !Object.is(value, -0) ? value : written(text, value);
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function written(text: string, value: number | boolean | null): Written {
  return { [WRITTEN]: true, text, value: Object.is(value, -0) ? 0 : value };
}

/** The value as a YAML node keeps it that came out of JSON: all numbers are floating point ones, and null is written out. */
export function fromJson(node: Node): Node {
  if (node === null) return WRITTEN_NULL;
  if (typeof node === 'string') return rewritten(node);
  if (isWritten(node)) return node.value === null ? WRITTEN_NULL : fromJson(node.value);
  if (typeof node === 'number') return goFloat(node) === String(node) ? node : written(goFloat(node), node);
  if (Array.isArray(node)) return node.map(fromJson);
  if (!isMap(node)) return node;
  const map: NodeMap = {};
  for (const key of Object.keys(node)) map[key] = fromJson(node[key] as Node);
  return map;
}

/** Whether a value is null, however it is written, or absent. */
export function isNull(node: Node | undefined): node is null | undefined | Written {
  return node === undefined || node === null || (isWritten(node) && node.value === null);
}

/** Whether a value keeps its own text. */
export function isWritten(node: Node | undefined): node is Written {
  return typeof node === 'object' && node !== null && WRITTEN in node;
}

/** What is printed for a node. */
export function printable(node: Node): Printable {
  return (isWritten(node) ? node.value : node) as Printable;
}

/** Whether a value is a mapping. */
export function isMap(node: Node | undefined): node is NodeMap {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(WRITTEN in node);
}

/** The field of a mapping, its own only; undefined when absent or `node` is none. */
export function field(node: Node | undefined, name: string): Node | undefined {
  return isMap(node) && Object.hasOwn(node, name) ? node[name] : undefined;
}

/** The text of a scalar, as its YAML node holds it; undefined for anything else. */
export function textOf(node: Node | undefined): string | undefined {
  if (typeof node === 'string') return node;
  if (node === null) return '';
  if (typeof node === 'number' || typeof node === 'boolean') return String(node);
  return isWritten(node) ? node.text : undefined;
}

/** `text` as kustomize sets it on a scalar without saying that it is text, so that it must not read as anything else. */
export function untagged(text: string): string {
  const plain = text === '' || typeof plainNode(text) !== 'string';
  return plain || text === '<<' || text === '='
    ? refuse(`${JSON.stringify(text)} where text is wanted`)
    : text;
}

/** `text` as kustomize writes it anew, as a literal block when it has several lines. Fault `unsupported` for what go-yaml v3 then cannot read back. */
export function rewritten(text: string): string {
  return text.includes('\n') && /^[ \n]*\t/.test(text)
    ? refuse('text of several lines that begins with a tab')
    : text;
}

/** A copy that shares nothing that can change. */
export function clone(node: Node): Node {
  if (Array.isArray(node)) return node.map(clone);
  if (!isMap(node)) return node;
  const copy: NodeMap = {};
  for (const key of Object.keys(node)) copy[key] = clone(node[key] as Node);
  return copy;
}

/** How many values there are in a value, itself among them. */
export function countNodes(node: Node): number {
  if (typeof node !== 'object' || node === null) return 1;
  let count = 1;
  if (Array.isArray(node)) for (const item of node) count += countNodes(item);
  else if (isMap(node)) for (const key of Object.keys(node)) count += countNodes(node[key] as Node);
  return count;
}
