import type { JsonSchema } from '../json-schema.ts';
import { add, type Collected, collect, type Finding, merge, type Result } from './finding.ts';
import { typesOf } from './scalars.ts';

type Numeric = number | bigint;

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
const INT64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;
/** The largest number of 32 bits. */
const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

interface Limits {
  readonly type: string;
  readonly format: string;
  readonly path: string;
}

/** What is wrong with a number's size. */
export function numberResult(schema: JsonSchema, value: Numeric, path: string): Result {
  const limits = limitsOf(schema, path);
  const result = collect();
  add(result, rangeFinding(limits, value, 'Checked'));
  const { multipleOf, maximum, minimum } = schema;
  if (multipleOf !== undefined) merge(result, multipleResult(limits, value, multipleOf));
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum === true;
    merge(
      result,
      bound(
        limits,
        value,
        minimum,
        'Minimum boundary',
        (limit) => (exclusive ? value <= limit : value < limit),
        `should be greater than${exclusive ? '' : ' or equal to'}`,
      ),
    );
  }
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum === true;
    merge(
      result,
      bound(
        limits,
        value,
        maximum,
        'Maximum boundary',
        (limit) => (exclusive ? value >= limit : value > limit),
        `should be less than${exclusive ? '' : ' or equal to'}`,
      ),
    );
  }
  result.matches += 1;
  return result;
}

/** Type and format count for ranges only where there is one type, and the format is one of it. */
function limitsOf(schema: JsonSchema, path: string): Limits {
  const types = typesOf(schema);
  const type = types.length === 1 ? (types[0] ?? '') : '';
  const formats = type === 'integer' ? ['int32', 'int64'] : type === 'number' ? ['float', 'double'] : [];
  const isNumeric = type === 'integer' || type === 'number';
  const format = schema.format !== undefined && formats.includes(schema.format) ? schema.format : '';
  return { type: isNumeric ? type : '', format, path };
}

function rangeFinding({ type, format, path }: Limits, value: Numeric, what: string): Finding | undefined {
  if (isInRange(type, format, value)) return undefined;
  const named = format === '' ? '(default format)' : `with format ${format}`;
  return { path, rule: 'composite', message: `${what} value must be of type ${type} ${named} in ${path}` };
}

function isInRange(type: string, format: string, value: Numeric): boolean {
  if (type === 'integer') {
    if (typeof value === 'number' && !Number.isInteger(value)) return false;
    const [low, high] = format === 'int32' ? INT32 : INT64;
    return value >= low && value <= high;
  }
  return format !== 'float' || Math.abs(Number(value)) <= MAX_FLOAT32;
}

function bound(
  limits: Limits,
  value: Numeric,
  limit: number,
  what: string,
  breaks: (limit: number) => boolean,
  words: string,
): Result {
  const result = collect();
  const outside = rangeFinding(limits, limit, what);
  add(result, outside);
  // The validator compares whole numbers with whole limits.
  const compared = !outside && isInteger(value) ? Math.trunc(limit) : limit;
  if (breaks(compared)) addAbout(result, limits.path, `${words} ${compared}`, value);
  return result;
}

function multipleResult(limits: Limits, value: Numeric, factor: number): Result {
  const result = collect();
  const outside = rangeFinding(limits, factor, 'MultipleOf');
  add(result, outside);
  const used = !outside && isInteger(value) ? Math.trunc(factor) : factor;
  if (used <= 0) {
    const message = `factor MultipleOf declared for ${limits.path} must be positive: ${used}`;
    add(result, { path: limits.path, rule: 'other', message, value: used });
  } else if (!isMultiple(value, used)) {
    addAbout(result, limits.path, `should be a multiple of ${used}`, value);
  }
  return result;
}

function isMultiple(value: Numeric, factor: number): boolean {
  if (typeof value === 'bigint') return value % BigInt(factor) === 0n;
  const times = factor < 1 ? (1 / factor) * value : value / factor;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function isInteger(value: Numeric): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function addAbout(result: Collected, path: string, words: string, value: Numeric): void {
  add(result, { path, rule: 'other', message: `${path} in body ${words}`, value });
}
