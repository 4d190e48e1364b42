import { type Der, TAG } from './der.ts';

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/;

/** Whether it is one of the two kinds of times. */
export function isTime(element: Der | undefined): element is Der {
  return element?.tag === TAG.utcTime || element?.tag === TAG.generalizedTime;
}

/** Milliseconds since 1970, with a fraction where there is one. Throws an Error. */
export function timeOf(element: Der | undefined): number {
  const text = element?.value.toString('latin1') ?? '';
  const found = element?.tag === TAG.utcTime ? UTC.exec(text) : undefined;
  // RFC 5280: two digits are of the years 1950 to 2049.
  if (found) return read(Number(found[1]) + (Number(found[1]) >= 50 ? 1900 : 2000), found);
  const long = element?.tag === TAG.generalizedTime ? GENERALIZED.exec(text) : undefined;
  if (long) return read(Number(long[1]), long) + Number(`0${long[7] ?? ''}`) * 1000;
  throw new Error('a time is none');
}

function read(year: number, parts: readonly string[]): number {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(2, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  if (isReal && second < 60) return date.getTime();
  throw new Error('a time is none');
}
