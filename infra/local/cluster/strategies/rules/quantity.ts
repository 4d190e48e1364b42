type Form = 'decimal' | 'binary' | 'exponent';

/** An amount as Kubernetes writes it: `digits` times 10 to the `exponent`. */
export interface Quantity {
  readonly digits: bigint;
  readonly exponent: number;
  readonly form: Form;
}

const DECIMAL: Readonly<Record<string, number>> = {
  ...{ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const BINARY: Readonly<Record<string, bigint>> = {
  ...{ Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n },
};
const BINARY_STEP = 1024n;
// A quantity keeps nano units; what is finer is rounded up.
const FINEST_EXPONENT = -9;
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Reads a quantity of JSON, a string or a number; undefined when it is none. */
export function parseQuantity(value: unknown): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const [, sign, whole = '', fraction = '', power, unit = ''] = SYNTAX.exec(String(value)) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  const exponent = -fraction.length;
  const factor = BINARY[unit];
  if (factor !== undefined) return settled(digits * factor, exponent, 'binary');
  if (power !== undefined) return settled(digits, exponent + Number(power.slice(1)), 'exponent');
  return settled(digits, exponent + (DECIMAL[unit] ?? 0), 'decimal');
}

function settled(digits: bigint, exponent: number, form: Form): Quantity {
  if (exponent >= FINEST_EXPONENT) return trimmed(digits, exponent, form);
  return trimmed(roundedUp(digits, FINEST_EXPONENT - exponent), FINEST_EXPONENT, form);
}

function roundedUp(digits: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places);
  const quotient = digits / divisor;
  if (digits % divisor === 0n) return quotient;
  return digits > 0n ? quotient + 1n : quotient - 1n;
}

function trimmed(digits: bigint, exponent: number, form: Form): Quantity {
  if (digits === 0n) return { digits: 0n, exponent: 0, form };
  let [rest, power] = [digits, exponent];
  while (rest % 10n === 0n) [rest, power] = [rest / 10n, power + 1];
  return { digits: rest, exponent: power, form };
}

/** The quantity as the API server writes it: `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity(quantity: Quantity): string {
  const { digits, exponent, form } = quantity;
  if (digits === 0n) return '0';
  const whole = exponent >= 0 ? digits * 10n ** BigInt(exponent) : undefined;
  // Binary suffixes are for whole numbers of 1024 and more.
  if (form === 'binary' && whole !== undefined && absolute(whole) >= BINARY_STEP) return binaryText(whole);
  const steps = Math.floor(exponent / 3) * 3;
  const amount = digits * 10n ** BigInt(exponent - steps);
  if (form === 'exponent') return steps === 0 ? `${amount}` : `${amount}e${steps}`;
  const unit = Object.entries(DECIMAL).find(([, power]) => power === steps)?.[0];
  return unit === undefined ? `${amount}e${steps}` : `${amount}${unit}`;
}

function binaryText(whole: bigint): string {
  let [amount, unit] = [whole, ''];
  for (const [name, factor] of Object.entries(BINARY)) {
    if (whole % factor === 0n) [amount, unit] = [whole / factor, name];
  }
  return `${amount}${unit}`;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Rounds up to thousandths, as amounts of resources are. */
export function inThousandths(quantity: Quantity): Quantity {
  if (quantity.exponent >= -3) return quantity;
  return trimmed(roundedUp(quantity.digits, -3 - quantity.exponent), -3, quantity.form);
}

/** Less than, equal to or greater than zero, as `one` is to `other`. */
export function compareQuantities(one: Quantity, other: Quantity): number {
  const [left, right] = aligned(one, other);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum in the form of the first. */
export function addQuantities(one: Quantity, other: Quantity): Quantity {
  const [left, right, exponent] = aligned(one, other);
  return trimmed(left + right, exponent, one.digits === 0n ? other.form : one.form);
}

function aligned(one: Quantity, other: Quantity): [bigint, bigint, number] {
  const exponent = Math.min(one.exponent, other.exponent);
  const scaled = ({ digits, exponent: own }: Quantity) => digits * 10n ** BigInt(own - exponent);
  return [scaled(one), scaled(other), exponent];
}

/** The nothing to start a sum from. */
export const NO_QUANTITY: Quantity = { digits: 0n, exponent: 0, form: 'decimal' };

/** Whether it is a whole number. */
export function isWhole({ exponent }: Quantity): boolean {
  return exponent >= 0;
}
