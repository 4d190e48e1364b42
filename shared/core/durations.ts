import { Fault } from './failures.ts';

/** Nanoseconds per unit; both code points of the micro sign are units in Go. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
/** One more than the largest int64, the range of Go's Duration. */
const INT64_LIMIT = 2n ** 63n;

/** Milliseconds (fractional below one) of a Go duration such as `1h30m`; Fault `invalid` with Go's own message. */
export function parseDuration(text: string): number {
  const nanoseconds = parseNanoseconds(text);
  const whole = nanoseconds / BigInt(NANOSECONDS_PER_MILLISECOND);
  const rest = nanoseconds % BigInt(NANOSECONDS_PER_MILLISECOND);
  return Number(whole) + Number(rest) / NANOSECONDS_PER_MILLISECOND;
}

/** Milliseconds as Go's `Duration.String()` writes them: `1m0s`, `1.5s`, `2h0m0s`, `750ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.trunc(milliseconds);
  const rest = Math.round((milliseconds - whole) * NANOSECONDS_PER_MILLISECOND);
  return formatNanoseconds(BigInt(whole) * BigInt(NANOSECONDS_PER_MILLISECOND) + BigInt(rest));
}

/** Nanoseconds of a Go duration, as Go's `time.ParseDuration` counts them; Fault `invalid`. */
function parseNanoseconds(text: string): bigint {
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const unsigned = text.slice(sign.length);
  if (unsigned === '0') return 0n;
  if (unsigned === '') throw invalid(text);

  let total = 0n;
  for (let position = 0; position < unsigned.length; ) {
    const term = readTerm(unsigned, position, text);
    total += term.nanoseconds;
    if (total > INT64_LIMIT) throw invalid(text);
    position = term.end;
  }
  if (sign === '-') return -total;
  if (total >= INT64_LIMIT) throw invalid(text);
  return total;
}

/** Nanoseconds as Go's `Duration.String()` writes them. */
function formatNanoseconds(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatNanoseconds(-nanoseconds)}`;
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 3)}\u00b5s`;
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 6)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

/** One `<number><unit>` from `position` on; everything up to the next digit or point is the unit. */
function readTerm(text: string, position: number, original: string): { nanoseconds: bigint; end: number } {
  const term = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;
  term.lastIndex = position;
  const [matched = '', whole = '', fraction = '', unit = ''] = term.exec(text) ?? [];
  if (whole === '' && fraction === '') throw invalid(original);
  const integer = boundedInteger(whole, original);
  if (unit === '') throw fault(`time: missing unit in duration ${quote(original)}`, original);
  const size = UNITS.get(unit);
  if (size === undefined)
    throw fault(`time: unknown unit ${quote(unit)} in duration ${quote(original)}`, original);
  if (integer > INT64_LIMIT / size) throw invalid(original);
  const nanoseconds = integer * size + fractionOf(fraction, size);
  if (nanoseconds > INT64_LIMIT) throw invalid(original);
  return { nanoseconds, end: position + matched.length };
}

function boundedInteger(digits: string, original: string): bigint {
  const significant = digits.replace(/^0+/, '');
  // 2^63 has 19 digits; a longer run would only cost time.
  const value = significant.length > 19 ? INT64_LIMIT + 1n : BigInt(significant || '0');
  if (value > INT64_LIMIT) throw invalid(original);
  return value;
}

/** Go stops reading digits when they no longer fit an int64 and multiplies as float64, then truncates. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (INT64_LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > INT64_LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** `value / 10^digits` without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const base = 10n ** BigInt(digits);
  const fraction = String(value % base)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(value / base) : `${value / base}.${fraction}`;
}

/** Go's package time quotes with escapes for quotes, backslashes and every byte outside printable ASCII. */
function quote(text: string): string {
  let quoted = '';
  for (const byte of new TextEncoder().encode(text)) {
    if (byte < 0x20 || byte >= 0x7f) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else
      quoted += byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return `"${quoted}"`;
}

function invalid(text: string): Fault {
  return fault(`time: invalid duration ${quote(text)}`, text);
}

function fault(message: string, text: string): Fault {
  return new Fault('invalid', message, { duration: text });
}
