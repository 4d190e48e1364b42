import { MAX_YAML_CHARACTERS } from '../core/yaml.ts';
import { BadPattern, matches } from './envsubst-glob.ts';
import { type Bytes, encodeRunes, mapCase, runeAt, runesOf } from './runes.ts';

/** Trimming by a glob takes quadratic time; a longer value is refused instead of stopping the worker. */
export const MAX_TRIM_BYTES = 16 * 1024;

/** Throws an Error when a substitution makes more than could be parsed afterwards: a short text can name a long value many times. */
export function checkGrown(bytes: number): void {
  if (bytes > MAX_YAML_CHARACTERS)
    throw new Error(`more than ${MAX_YAML_CHARACTERS} bytes come of one resource: shorten the variables`);
}

/** `${name<operator>arguments}` for a value that is already known. Throws an Error with a text for people. */
export function substituteFunction(operator: string, value: Bytes, args: readonly Bytes[]): Bytes {
  switch (operator) {
    case ',':
      return mapFirst(value, 'lower');
    case ',,':
      return encodeRunes(runesOf(value).map((code) => mapCase(code, 'lower')));
    case '^':
      return mapFirst(value, 'upper');
    case '^^':
      return encodeRunes(runesOf(value).map((code) => mapCase(code, 'upper')));
    case '#':
      return args.length === 0 ? String(value.length) : trim(value, args[0] as Bytes, 'shortest');
    case '##':
      return trim(value, args[0] ?? '', 'longest');
    case '%':
      return reverse(trim(reverse(value), reverse(args[0] ?? ''), 'shortest'));
    case '%%':
      return reverse(trim(reverse(value), reverse(args[0] ?? ''), 'longest'));
    case ':':
      return substring(value, args);
    case '/':
      return args.length === 0 ? value : replace(value, args[0] as Bytes, args[1] ?? '', 1);
    case '//':
      return args.length === 0
        ? value
        : replace(value, args[0] as Bytes, args[1] ?? '', Number.POSITIVE_INFINITY);
    case '/#':
      return args.length === 2 && value.startsWith(args[0] as Bytes)
        ? replace(value, args[0] as Bytes, args[1] as Bytes, 1)
        : value;
    case '/%':
      return args.length === 2 && value.endsWith(args[0] as Bytes)
        ? value.slice(0, value.length - (args[0] as Bytes).length) + args[1]
        : value;
    default:
      return value === '' ? args.join('') : value;
  }
}

function mapFirst(value: Bytes, to: 'upper' | 'lower'): Bytes {
  if (value === '') return value;
  const { code, width } = runeAt(value, 0);
  return encodeRunes([mapCase(code, to)]) + value.slice(width);
}

function substring(value: Bytes, args: readonly Bytes[]): Bytes {
  const offset = integer(args[0] ?? '');
  if (offset === undefined) return value;
  const start = offset < 0 ? Math.max(0, value.length + offset) : offset;
  if (args.length === 1) return value.slice(start);
  const length = integer(args[1] as Bytes);
  if (length === undefined) return value;
  const end = start + length;
  if (end >= value.length) return value.slice(start);
  // Go panics here, and the run fails.
  if (end < start)
    throw new Error(`runtime error: slice bounds out of range [${end < 0 ? '' : start}:${end}]`);
  return value.slice(start, end);
}

/** Go's strconv.Atoi: a sign and digits, nothing else, within 64 bits. */
function integer(text: Bytes): number | undefined {
  if (!/^[-+]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? Number(value) : undefined;
}

function trim(value: Bytes, pattern: Bytes, which: 'shortest' | 'longest'): Bytes {
  if (value.length > MAX_TRIM_BYTES) throw new Error(`a value of ${value.length} bytes is too long to trim`);
  let match = '';
  try {
    for (let length = value.length; length > 0; length -= 1) {
      if (!matches(pattern, value.slice(0, length))) continue;
      match = value.slice(0, length);
      if (which === 'longest') break;
    }
  } catch (error) {
    if (error instanceof BadPattern) return value;
    throw error;
  }
  return value.slice(match.length);
}

function reverse(value: Bytes): Bytes {
  return encodeRunes([...runesOf(value)].reverse());
}

/** Go's strings.Replace: an empty pattern matches before each rune and at the end. */
function replace(value: Bytes, pattern: Bytes, replacement: Bytes, limit: number): Bytes {
  let result = '';
  let from = 0;
  for (let done = 0; done < limit; done += 1) {
    let at = value.indexOf(pattern, from);
    if (pattern === '') at = done === 0 ? 0 : from < value.length ? from + runeAt(value, from).width : -1;
    if (at === -1) break;
    result += value.slice(from, at) + replacement;
    checkGrown(result.length);
    from = at + pattern.length;
  }
  return result + value.slice(from);
}
