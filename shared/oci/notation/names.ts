import type { X509Certificate } from 'node:crypto';
import { Fault } from '../../core/failures.ts';

/** A distinguished name: one value for each attribute. */
export type SubjectName = ReadonlyMap<string, string>;

/** What every name that a trust policy trusts must have. */
const MANDATORY = ['C', 'ST', 'O'] as const;

/** A name as RFC 4514 writes it, `C=US, ST=WA, O=acme`. Fault `invalid`; several values of one attribute are not supported. */
export function parseName(text: string): SubjectName {
  if (text.includes('=#')) throw invalid(text, 'it has "=#", which is not supported');
  const name = new Map<string, string>();
  for (const part of split(text)) add(name, part, text);
  for (const field of MANDATORY)
    if (!name.get(field)) throw invalid(text, `it has no mandatory attribute ${field}`);
  return name;
}

/** The subject of a certificate. Fault `invalid`. */
export function subjectOf(certificate: X509Certificate): SubjectName {
  const name = new Map<string, string>();
  // Node writes a line an attribute, and escapes as RFC 2253 does.
  for (const line of certificate.subject.split('\n')) add(name, line, certificate.subject);
  return name;
}

/** Whether everything that `wanted` names is so in `name`. */
export function isPartOf(wanted: SubjectName, name: SubjectName): boolean {
  return [...wanted].every(([field, value]) => name.get(field) === value);
}

function add(name: Map<string, string>, part: string, text: string): void {
  const equals = part.indexOf('=');
  if (equals <= 0) throw invalid(text, 'a part of it is no attribute');
  if (/(?<!\\)\+/.test(part)) throw invalid(text, 'it has an attribute with several values');
  const written = part.slice(0, equals).trim();
  const field = written === 'S' ? 'ST' : written;
  if (name.has(field)) throw invalid(text, `it has attribute ${field} more than once`);
  name.set(field, unescaped(part.slice(equals + 1).trim()));
}

/** At commas and semicolons that are not escaped. */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === '\\') {
      part += letter + (text[at + 1] ?? '');
      at++;
    } else if (letter === ',' || letter === ';') {
      parts.push(part);
      part = '';
    } else part += letter;
  }
  return [...parts, part];
}

function unescaped(value: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const hex = /^\\([0-9a-fA-F]{2})/.exec(value.slice(at, at + 3));
    if (hex !== null) {
      bytes.push(Number.parseInt(hex[1] as string, 16));
      at += 2;
      continue;
    }
    if (value[at] === '\\') at++;
    const letter = String.fromCodePoint(value.codePointAt(at) ?? 0);
    if (at < value.length) bytes.push(...Buffer.from(letter));
    at += letter.length - 1;
  }
  return Buffer.from(bytes).toString();
}

function invalid(text: string, why: string): Fault {
  return new Fault('invalid', `distinguished name "${text.replaceAll('\n', ', ').slice(0, 200)}": ${why}`);
}
