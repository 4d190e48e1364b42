import { yamlQuoted } from '../../core/yaml-quote.ts';
import { resolvePlain } from '../../core/yaml-scalar.ts';
import { Comment, Instant, type TreeValue } from '../tree.ts';
import { instantOf } from './instants.ts';
import { goFloat } from './scalar-text.ts';

/** What cannot stand in double quotes as it is. */
const ESCAPED = /["\\\u2028\u2029\ufeff\ufffe\uffff]|\p{Cc}|[\u{10000}-\u{10ffff}]/gu;

// How a plain scalar says that it is a whole number; the others are broken ones.
const WHOLE = /^[-+]?(?:0[xXbBoO])?[0-9a-fA-F_]+$/;

/** What go-yaml v3 makes of a plain scalar. */
export function plainValue(text: string): TreeValue {
  const instant = instantOf(text);
  if (instant !== undefined) return new Instant(instant);
  const value = resolvePlain(text, 'v3');
  if (typeof value !== 'number') return value;
  return Number.isInteger(value) && WHOLE.test(text) ? BigInt(value) : value;
}

/** How a scalar is written: on the line it begins on, and the lines of a literal block below it. */
export interface ScalarText {
  readonly line: string;
  readonly block?: readonly string[];
}

// go-yaml v3: numbers to the base of 60 and the booleans of old are quoted for the sake of others.
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const OLD_BOOLEAN = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;

/** A scalar as go-yaml v3 writes it: text plain where that reads as text, several lines as a literal block. */
export function scalarYaml(value: TreeValue, asKey = false): ScalarText {
  if (typeof value === 'string') return textYaml(value, asKey);
  if (value instanceof Instant) return { line: value.text };
  if (value instanceof Comment) return { line: `{value: ${value.text}, inline: ${value.inline}}` };
  if (value instanceof Uint8Array) return binary(value);
  if (value === null) return { line: 'null' };
  return { line: typeof value === 'number' ? numberYaml(value) : String(value) };
}

// go-yaml's characters of base64 on a line.
const BASE64_LINE = 70;

function binary(bytes: Uint8Array): ScalarText {
  const text = Buffer.from(bytes).toString('base64');
  const lines = text.match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? [];
  return text.length < BASE64_LINE ? { line: `!!binary ${text}` } : { line: '!!binary |', block: lines };
}

function numberYaml(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return goFloat(value);
}

function textYaml(text: string, asKey: boolean): ScalarText {
  if (text === '<<') return { line: '!!merge <<' };
  const breaks = text.includes('\n');
  if (breaks && !asKey && isLiteral(text)) return literal(text);
  if (breaks || !readsAsText(text)) return { line: yamlQuoted(text, ESCAPED) };
  if (isPlain(text)) return { line: text };
  return { line: isSingle(text) ? `'${text.replaceAll("'", "''")}'` : yamlQuoted(text, ESCAPED) };
}

function readsAsText(text: string): boolean {
  if (text === '' || BASE_60.test(text) || OLD_BOOLEAN.test(text)) return false;
  return typeof plainValue(text) === 'string';
}

// What go-yaml never prints as it is, besides tabs and line feeds.
const SPECIAL =
  /[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|\p{Cs}|[\u{10000}-\u{10ffff}]/u;
// Breaks in go-yaml's eyes.
const BREAK = '[\\n\\r\\u0085\\u2028\\u2029]';
const SPACE_BREAK = new RegExp(` ${BREAK}`);
const BREAK_SPACE = new RegExp(`${BREAK} `);

function isLiteral(text: string): boolean {
  return !text.endsWith(' ') && !SPACE_BREAK.test(text) && !SPECIAL.test(text);
}

const LEADING = /^(?:[#,[\]{}&*!|>'"%@`]|[-?:](?:[ \t]|$)|---|\.\.\.)/;

function isPlain(text: string): boolean {
  if (text.startsWith(' ') || text.endsWith(' ') || LEADING.test(text)) return false;
  if (new RegExp(BREAK).test(text) || !isSingle(text)) return false;
  return !/:(?:[ \t]|$)/.test(text) && !/[ \t]#/.test(text);
}

function isSingle(text: string): boolean {
  return !text.includes('\t') && !SPECIAL.test(text) && !SPACE_BREAK.test(text) && !BREAK_SPACE.test(text);
}

/** go-yaml's indentation when SOPS writes. */
const INDENT_HINT = '4';

function literal(text: string): ScalarText {
  const hint = /^[ \n]/.test(text) ? INDENT_HINT : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  return { line: `|${hint}${chomp}`, block: body.split('\n') };
}
