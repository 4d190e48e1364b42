import type { YamlValue } from '../../core/yaml.ts';
import { yamlQuoted } from '../../core/yaml-quote.ts';
import { resolvePlain } from '../../core/yaml-scalar.ts';
import { goFloat } from './go-numbers.ts';
import { isMap, isWritten, type Node, type NodeMap, refuse } from './node.ts';
import { sortKeys } from './sort-keys.ts';

/** What cannot stand in double quotes as it is. */
const ESCAPED = /["\\\u2028\u2029]|\p{Cc}|[\u{10000}-\u{10ffff}]/gu;

/** A resource as kustomize prints it: YAML as go-yaml v2 writes it, and the same as values. */
export interface Printed {
  readonly text: string;
  readonly object: { [key: string]: YamlValue };
}

/** Prints an object. Fault `unsupported` for what does not survive kustomize's way through JSON and back. */
export function print(object: NodeMap): Printed {
  const lines: string[] = [];
  const value = printMap(object, '', lines);
  return { text: `${lines.join('\n')}\n`, object: value };
}

/** Each entry on its own line; the first begins where the last line of `lines` ends, if that is open. */
function printMap(
  map: NodeMap,
  indent: string,
  lines: string[],
  opened = false,
): { [key: string]: YamlValue } {
  const values: { [key: string]: YamlValue } = {};
  let open = opened;
  for (const key of sortKeys(Object.keys(map))) {
    const head = `${keyText(key)}:`;
    if (open) lines[lines.length - 1] += ` ${head}`;
    else lines.push(`${indent}${head}`);
    open = false;
    values[key] = printValue(map[key] as Node, indent, lines);
  }
  return values;
}

/** A value after a key: on its line, or on deeper ones; lists stand in the key's own column. */
function printValue(node: Node, indent: string, lines: string[]): YamlValue {
  if (Array.isArray(node) && node.length > 0) return printList(node, indent, lines);
  if (isMap(node) && Object.keys(node).length > 0) return printMap(node, `${indent}  `, lines);
  return printScalar(node, `${indent}  `, lines);
}

function printList(list: readonly Node[], indent: string, lines: string[], opened = false): YamlValue[] {
  const values: YamlValue[] = [];
  for (const [at, item] of list.entries()) {
    if (at === 0 && opened) lines[lines.length - 1] += ' -';
    else lines.push(`${indent}-`);
    const inside = `${indent}  `;
    if (Array.isArray(item) && item.length > 0) values.push(printList(item, inside, lines, true));
    else if (isMap(item) && Object.keys(item).length > 0) values.push(printMap(item, inside, lines, true));
    else values.push(printScalar(item, inside, lines));
  }
  return values;
}

function printScalar(node: Node, indent: string, lines: string[]): YamlValue {
  const value = isWritten(node) ? node.value : node;
  const last = lines.length - 1;
  if (typeof value === 'string') {
    if (value.includes('\n') && isLiteral(value)) printLiteral(value, indent, lines);
    else lines[last] = wrapped(`${lines[last]} `, stringText(value), indent);
    return value;
  }
  lines[last] += ` ${otherText(value)}`;
  return Array.isArray(value) ? [] : isMap(value) ? {} : (value as YamlValue);
}

// go-yaml v2's width: a space beyond it becomes a line break, if no other space is beside it.
const WIDTH = 80;

/** `head` with a plain or quoted scalar, on as many lines as go-yaml takes. */
function wrapped(head: string, scalar: string, indent: string): string {
  if (head.length + scalar.length <= WIDTH) return head + scalar;
  const quote = scalar[0] === '"' || scalar[0] === "'" ? scalar[0] : '';
  const characters = [...scalar];
  const last = characters.length - 1 - quote.length;
  let column = [...head].length;
  let text = head;
  let afterSpace = false;
  for (const [at, character] of characters.entries()) {
    const inside = at > quote.length && at < last;
    const single = characters[at + 1] !== ' ' || quote === '"';
    if (character === ' ' && !afterSpace && column > WIDTH && single && (inside || quote === '')) {
      const backslash = characters[at + 1] === ' ' ? '\\' : '';
      text += `\n${indent}${backslash}`;
      column = indent.length + backslash.length;
    } else {
      text += character;
      column += 1;
    }
    afterSpace = character === ' ';
  }
  return text;
}

function otherText(value: Node): string {
  if (Array.isArray(value)) return '[]';
  if (isMap(value)) return '{}';
  return typeof value === 'number' && !Number.isInteger(value) ? goFloat(value) : String(value);
}

// go-yaml gives up on plain keys beyond these bytes and writes `? key`.
const MAX_KEY = 128;

function keyText(key: string): string {
  if (Buffer.byteLength(key) > MAX_KEY) refuse('a key of more than 128 bytes');
  if (key.includes('\n')) refuse('a key of several lines');
  if (key === '') return '""';
  return stringText(key);
}

// What is never printed as it is: control characters, odd breaks, characters beyond the first plane.
const SPECIAL = /[^\P{Cc}\n]|[\u0085\u2028\u2029\ufeff\ufffe\uffff]|[\u{10000}-\u{10ffff}]/u;
const UNSAFE = /[\u007f-\u009f\ufeff\ufffe\uffff\p{Cs}]/u;

/** Whether text with line breaks is written as a literal block. */
function isLiteral(text: string): boolean {
  return !text.endsWith(' ') && !/ \n/.test(text) && !SPECIAL.test(text);
}

function printLiteral(text: string, indent: string, lines: string[]): void {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  lines[lines.length - 1] += ` |${hint}${chomp}`;
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  for (const line of body.split('\n')) lines.push(line === '' ? '' : `${indent}${line}`);
}

/** Text on one line: plain where it reads as text, else quoted. */
function stringText(text: string): string {
  if (UNSAFE.test(text)) refuse(`the text ${JSON.stringify(text.slice(0, 40))}`);
  if (text.includes('\n') || !readsAsText(text) || SPECIAL.test(text)) return yamlQuoted(text, ESCAPED);
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

// https://yaml.org/type/float.html's numbers to the base of 60, which are quoted for the sake of others.
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const INSTANT = /^[0-9]{4}-/;

function readsAsText(text: string): boolean {
  if (text === '' || BASE_60.test(text)) return false;
  if (INSTANT.test(text) && isInstant(text)) return false;
  return typeof resolvePlain(text) === 'string';
}

const DAY = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$/;
const TIME =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([.,][0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([.,][0-9]+)?)$/;

/** Whether go-yaml v2 would read an instant. */
function isInstant(text: string): boolean {
  const match = DAY.exec(text) ?? TIME.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  const [hour = 0, minute = 0, second = 0] = match
    .slice(4)
    .filter((part) => part !== undefined && /^[0-9]/.test(part))
    .map(Number);
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= last && hour < 24 && minute < 60 && second < 60;
}

const LEADING = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?: |$)|---|\.\.\.)/;

/** Whether text can stand without quotes in a block. */
function isPlain(text: string): boolean {
  if (text.startsWith(' ') || text.endsWith(' ')) return false;
  return !LEADING.test(text) && !/:(?: |$)/.test(text) && !/[ \t]#/.test(text);
}
