import { Fault } from '../failures.ts';
import type { YamlValue } from '../yaml.ts';
import { yamlQuoted } from '../yaml-quote.ts';
import { resolvePlain } from '../yaml-scalar.ts';
import { goFloat } from './go-float.ts';
import { sortKeys } from './sort-keys.ts';

/** What cannot stand in double quotes as it is. */
const ESCAPED = /["\\\u2028\u2029]|\p{Cc}|[\u{10000}-\u{10ffff}]/gu;

/** What is printed: JSON's values, and bigints. */
export type Printable = string | number | bigint | boolean | null | readonly Printable[] | PrintableMap;

/** A mapping; keys of ASCII are printed. */
export interface PrintableMap {
  readonly [key: string]: Printable;
}

/** A mapping as YAML, and the same as values. */
export interface Printed {
  readonly text: string;
  readonly object: { [key: string]: YamlValue };
}

interface Page<T> {
  readonly lines: string[];
  readonly plainOf: (node: T) => Printable;
}

/**
 * Prints a mapping as go-yaml v2 does (sigs.k8s.io/yaml, kustomize, Helm); `plainOf` says what stands for a node of another kind.
 * Fault `unsupported` for what go-yaml prints in ways that are not built.
 */
export function printGoYaml<T = Printable>(
  object: { readonly [key: string]: T },
  plainOf: (node: T) => Printable = (node) => node as Printable,
): Printed {
  const page: Page<T> = { lines: [], plainOf };
  const value = printMap(object as PrintableMap, '', page as Page<never>);
  return { text: `${page.lines.join('\n')}\n`, object: value };
}

/** Each entry on its own line; the first begins where the last line of the page ends, if that is open. */
function printMap(
  map: PrintableMap,
  indent: string,
  page: Page<never>,
  opened = false,
): { [key: string]: YamlValue } {
  const values: { [key: string]: YamlValue } = {};
  const { lines } = page;
  let open = opened;
  for (const key of sortKeys(Object.keys(map))) {
    const head = `${keyText(key)}:`;
    if (open) lines[lines.length - 1] += ` ${head}`;
    else lines.push(`${indent}${head}`);
    open = false;
    values[key] = printValue(map[key] as never, indent, page);
  }
  return values;
}

/** A value after a key: on its line, or on deeper ones; lists stand in the key's own column. */
function printValue(node: never, indent: string, page: Page<never>): YamlValue {
  const value = page.plainOf(node);
  if (Array.isArray(value) && value.length > 0) return printList(value, indent, page);
  if (isMap(value) && Object.keys(value).length > 0) return printMap(value, `${indent}  `, page);
  return printScalar(value, `${indent}  `, page.lines);
}

function printList(
  list: readonly Printable[],
  indent: string,
  page: Page<never>,
  opened = false,
): YamlValue[] {
  const values: YamlValue[] = [];
  const { lines } = page;
  for (const [at, item] of list.entries()) {
    if (at === 0 && opened) lines[lines.length - 1] += ' -';
    else lines.push(`${indent}-`);
    const inside = `${indent}  `;
    const value = page.plainOf(item as never);
    if (Array.isArray(value) && value.length > 0) values.push(printList(value, inside, page, true));
    else if (isMap(value) && Object.keys(value).length > 0) values.push(printMap(value, inside, page, true));
    else values.push(printScalar(value, inside, lines));
  }
  return values;
}

function printScalar(value: Printable, indent: string, lines: string[]): YamlValue {
  const last = lines.length - 1;
  if (typeof value === 'string') {
    if (value.includes('\n') && isLiteral(value)) printLiteral(value, indent, lines);
    else lines[last] = wrapped(`${lines[last]} `, stringText(value), indent);
    return value;
  }
  lines[last] += ` ${otherText(value)}`;
  return value;
}

function isMap(value: Printable): value is PrintableMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(why: string): never {
  throw new Fault('unsupported', why);
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

// Beyond 64 bits there are only floating point numbers.
const MAX_UINT64 = 2 ** 64;
const MIN_INT64 = -(2 ** 63);

function otherText(value: Printable): string {
  if (Array.isArray(value)) return '[]';
  if (isMap(value)) return '{}';
  if (typeof value !== 'number') return String(value);
  const isInteger = Number.isInteger(value) && value >= MIN_INT64 && value < MAX_UINT64;
  return isInteger ? String(value) : goFloat(value);
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
