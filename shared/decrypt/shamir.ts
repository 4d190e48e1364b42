import { Fault } from '../core/failures.ts';

/** Puts a secret together again from Shamir's shares over GF(2^8), each ending in its x. Fault `malformed`. */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const [first] = shares;
  if (first === undefined || shares.length < 2) throw malformed('less than two parts');
  if (first.length < 2) throw malformed('parts must be at least two bytes');
  if (shares.some(({ length }) => length !== first.length)) throw malformed('parts of different lengths');
  const xs = shares.map((share) => share.at(-1) as number);
  if (new Set(xs).size < xs.length) throw malformed('duplicate part detected');
  return Uint8Array.from({ length: first.length - 1 }, (_, at) =>
    atZero(
      xs,
      shares.map((share) => share[at] as number),
    ),
  );
}

/** Lagrange's polynomial through the points, at x = 0. */
function atZero(xs: readonly number[], ys: readonly number[]): number {
  return xs.reduce((sum, x, i) => {
    const basis = xs.reduce((product, other, j) => {
      return i === j ? product : multiply(product, multiply(other, inverse(x ^ other)));
    }, 1);
    return sum ^ multiply(ys[i] as number, basis);
  }, 0);
}

// AES's field: x^8 + x^4 + x^3 + x + 1.
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ (product & 0x80 ? 0x11b : 0);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

/** a^254, which is 1/a. */
function inverse(a: number): number {
  let power = 1;
  for (let times = 0; times < 254; times += 1) power = multiply(power, a);
  return power;
}

function malformed(problem: string): Fault {
  return new Fault('malformed', `could not get data key from shamir parts: ${problem}`);
}
