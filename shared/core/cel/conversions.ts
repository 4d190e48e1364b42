import type { Library } from './library.ts';
import { TooExpensive } from './limits.ts';
import { isList, isMap, Optional, typeName, type Value } from './values.ts';

/** cel-go's words for a call with values that no function of the name takes. */
export const NO_OVERLOAD = 'no such overload';

/** Conversions, by what they make. */
const CONVERSIONS: ReadonlyMap<string, string> = new Map([
  ...['bool', 'bytes', 'double', 'int', 'string', 'uint'].map((name): [string, string] => [name, name]),
  ['duration', 'google.protobuf.Duration'],
  ['timestamp', 'google.protobuf.Timestamp'],
]);

/** What went wrong in a function of the package, as cel-go tells it. */
export function inWordsOfCelGo(
  error: unknown,
  name: string,
  value: Value | undefined,
  library: Library,
): unknown {
  if (!(error instanceof Error) || error instanceof TooExpensive) return error;
  const wanted = CONVERSIONS.get(name);
  if (wanted !== undefined && value !== undefined && !error.message.startsWith('found no matching')) {
    // The value itself is not told: it may be a secret.
    return new Error(`type conversion error from '${typeName(value, library)}' to '${wanted}'`);
  }
  const { message } = error;
  if (message.startsWith('found no matching overload')) return new Error(NO_OVERLOAD);
  if (/ divide by zero$/.test(message)) return new Error('division by zero');
  const outside = /^index (-?\d+) out of bounds/.exec(message);
  if (outside) return new Error(`index out of range: ${outside[1]}`);
  return / overflow during /.test(message) ? new Error('integer overflow') : error;
}

/** The types of what the package does not have, or need not go through. */
export function typeOf(value: Value, { package: cel }: Library): Value | undefined {
  if (value instanceof Optional) return cel.objectType('optional_type');
  if (isList(value)) return cel.listType(cel.CelScalar.DYN);
  return isMap(value) ? cel.mapType(cel.CelScalar.DYN, cel.CelScalar.DYN) : undefined;
}

/** The package takes any text for a number, though it be none. */
export function refuseNumber(text: Value | undefined): undefined {
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$|^[+-]?(?:inf|infinity)$|^nan$/i;
  if (typeof text !== 'string' || isNumber.test(text)) return undefined;
  throw new Error("type conversion error from 'string' to 'double'");
}

/** The package takes 30 February for 1 March. */
export function refuseDate(text: Value | undefined): undefined {
  const [, year, month, day] = (typeof text === 'string' && /^(\d{4})-(\d\d)-(\d\d)T/.exec(text)) || [];
  if (year === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day)) {
    throw new Error("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  }
  return undefined;
}
