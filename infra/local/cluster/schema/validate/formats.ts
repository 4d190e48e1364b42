import { isIPv4, isIPv6 } from 'node:net';
import type { JsonSchema } from '../json-schema.ts';
import { isCreditCard, isIsbn10, isIsbn13 } from './digits.ts';

/** Formats of text that the API server checks, by their names without dashes. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  byte: isBase64,
  cidr: isCidr,
  creditcard: isCreditCard,
  date: isDate,
  datetime: isDateTime,
  duration: isDuration,
  email: (text) => EMAIL.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  hostname: isHostname,
  ipv4: isSloppyIPv4,
  ipv6: (text) => isIPv6(text) && !text.includes('%'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  k8slongname: (text) => text.length <= 253 && LONG_NAME.test(text),
  k8sshortname: (text) => text.length <= 63 && SHORT_NAME.test(text),
  mac: isMac,
  password: () => true,
  rgbcolor: (text) => RGB.test(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  uri: isRequestUri,
  uuid: (text) => uuid('[0-9a-f]', '[0-9a-f]').test(text),
  uuid3: (text) => uuid('3', '[0-9a-f]').test(text),
  uuid4: (text) => uuid('4', '[89ab]').test(text),
  uuid5: (text) => uuid('5', '[89ab]').test(text),
};

const ATOM = '[^\\s@<>(),;:."\\[\\]\\\\]+';
const ADDRESS = `(?:${ATOM}(?:\\.${ATOM})*|"[^"\\\\]*")@${ATOM}(?:\\.${ATOM})*`;
const EMAIL = new RegExp(`^(?:${ADDRESS}|[^<>@]*<${ADDRESS}>)$`);
const SHORT_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LONG_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const BYTE = '(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])';
const RGB = new RegExp(`^rgb\\(\\s*${BYTE}\\s*,\\s*${BYTE}\\s*,\\s*${BYTE}\\s*\\)$`);
const HOSTNAME =
  /^(?:[a-zA-Z0-9\p{S}\p{L}](?:-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?|(?:[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63})$/u;

/** The format of a schema that is looked at; others than the known ones are as if they were not there. */
export function usedFormat(schema: JsonSchema): string | undefined {
  const { format, type = '' } = schema;
  if (format === undefined || format === '') return undefined;
  const isText = type === '' || type === 'string' || schema['x-kubernetes-int-or-string'] === true;
  if (isText) return Object.hasOwn(FORMATS, format.replaceAll('-', '')) ? format : undefined;
  if (type === 'integer') return format === 'int32' || format === 'int64' ? format : undefined;
  if (type === 'number') return format === 'float' || format === 'double' ? format : undefined;
  return undefined;
}

/** Whether a text is of a format; true of formats that are no formats of text. */
export function isOfFormat(format: string, text: string): boolean {
  return FORMATS[format.replaceAll('-', '')]?.(text) ?? true;
}

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** As the validator reads it: only the first two parts around a `t` are looked at. */
function isDateTime(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const match = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/.exec(time);
  const [, hour = '', minute = '', second = ''] = match ?? [];
  return match !== null && isDate(date) && hour <= '23' && minute <= '59' && second <= '59';
}

const UNITS = ['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk'];
const LONG_UNITS = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'];

/** Go's durations, and Scala's such as `3 days`. */
function isDuration(text: string): boolean {
  if (/^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text)) return true;
  const units = [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].map(([, unit = '']) => unit.toLowerCase());
  return units.some((unit) => UNITS.includes(unit) || LONG_UNITS.some((long) => unit.startsWith(long)));
}

function isHostname(text: string): boolean {
  return text.length <= 255 && HOSTNAME.test(text) && text.split('.').every((part) => part.length <= 63);
}

/** Leading zeros are taken for what they were before Go 1.17. */
function isSloppyIPv4(text: string): boolean {
  if (text.includes(':')) return text.includes('.') && isIPv6(text);
  return isIPv4(text.replace(/(^|\.)0+(?=\d)/g, '$1'));
}

function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const [, address = '', bits = ''] = match ?? [];
  if (match && isIPv6(address)) return Number(bits) <= 128;
  return match !== null && isSloppyIPv4(address) && Number(bits) <= 32;
}

function isMac(text: string): boolean {
  return [6, 8, 20].some((length) =>
    [
      `^[0-9a-f]{2}(?::[0-9a-f]{2}){${length - 1}}$`,
      `^[0-9a-f]{2}(?:-[0-9a-f]{2}){${length - 1}}$`,
      `^[0-9a-f]{4}(?:\\.[0-9a-f]{4}){${length / 2 - 1}}$`,
    ].some((pattern) => new RegExp(pattern, 'i').test(text)),
  );
}

/** An absolute URI or an absolute path, as of a request line. */
function isRequestUri(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses them
  if (text === '' || /[\x00-\x20\x7f]/.test(text) || /%(?![0-9a-f]{2})/i.test(text)) return false;
  if (text.startsWith('/') || text === '*') return true;
  const match = /^[a-z][a-z0-9+.-]*:(.*)$/is.exec(text);
  if (!match) return false;
  const host = /^\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(match[1] ?? '')?.[1];
  return host === undefined || /^(?:\[[0-9a-f:.%]+\]|[^:[\]<>"\\^`{|}]*)(?::\d*)?$/i.test(host);
}

function uuid(version: string, variant: string): RegExp {
  const [hex, dash] = ['[0-9a-f]', '-?'];
  return new RegExp(
    `^${hex}{8}${dash}${hex}{4}${dash}${version}${hex}{3}${dash}${variant}${hex}{3}${dash}${hex}{12}$`,
    'i',
  );
}
