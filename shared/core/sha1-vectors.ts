/** A class of attacks: the steps of SHA-1 in which two colliding messages differ, and how (Manuel's I(K,b) and II(K,b)). */
export interface DisturbanceVector {
  /** What to exclusive-or the 80 expanded words of one message with to have those of the other. */
  readonly difference: Int32Array;
  /** A step before which both messages are in the same state. */
  readonly meeting: 58 | 65;
  /** What has to be so in any message that is attacked by it, five numbers each: word, bit, word, bit, and 1 when they differ. */
  readonly conditions: Int32Array;
}

type BitCondition = readonly [word: number, bit: number, word: number, bit: number, differ: 0 | 1];
/** The same with words counted from K, and for which K it holds. */
type Rule = readonly [...BitCondition, at: readonly number[]];

interface Family {
  readonly type: 1 | 2;
  readonly bit: number;
  readonly at: readonly number[];
  readonly rules: readonly Rule[];
}

/**
 * The 32 that git looks for, and of their unavoidable bit conditions those that are the same for several: from Stevens
 * and Shumow, "Speeding up Detection of SHA-1 Collision Attacks using Unavoidable Attack Conditions" (2017).
 */
const FAMILIES: readonly Family[] = [
  {
    ...{ type: 1, bit: 0, at: upTo(43, 52) },
    rules: [
      [3, 29, 4, 29, 0, upTo(43, 52)],
      [0, 4, 3, 29, 0, upTo(43, 52)],
      [-2, 4, 1, 29, 0, upTo(43, 52)],
      [-4, 4, -1, 29, 0, upTo(43, 52)],
      [-6, 4, -3, 29, 0, upTo(43, 52)],
      [-4, 29, -3, 29, 0, upTo(44, 52)],
      [1, 29, 3, 29, 1, upTo(43, 49)],
      [-1, 29, 1, 29, 1, upTo(45, 51)],
      [-3, 29, -1, 29, 1, upTo(47, 52)],
      [-7, 29, -6, 29, 0, upTo(47, 52)],
    ],
  },
  {
    ...{ type: 1, bit: 2, at: upTo(46, 51) },
    rules: [
      [-4, 6, -2, 6, 0, upTo(46, 51)],
      [-2, 6, 0, 6, 0, upTo(46, 50)],
      [-6, 6, -4, 6, 0, upTo(48, 51)],
      [-11, 1, -10, 6, 1, [46, 47, 48, 50, 51]],
      [-7, 1, -6, 6, 1, [46, 47, 48, 51]],
      [-14, 1, -13, 6, 1, upTo(49, 51)],
      [1, 1, 0, 6, 0, [46, 47, 50]],
      [-9, 1, -10, 6, 0, [50, 51]],
      [15, 2, 16, 7, 1, [46]],
    ],
  },
  {
    ...{ type: 2, bit: 0, at: upTo(45, 56) },
    rules: [
      [-1, 29, 0, 29, 0, upTo(45, 56)],
      [-2, 29, -1, 29, 0, upTo(45, 56)],
      [-4, 4, -1, 29, 0, upTo(45, 56)],
      [-6, 29, -5, 29, 0, upTo(46, 56)],
      [-9, 4, -6, 29, 0, upTo(46, 56)],
      [4, 29, 5, 29, 0, upTo(45, 54)],
      [2, 4, 5, 29, 0, upTo(45, 54)],
      [-7, 29, -6, 29, 0, upTo(47, 56)],
      [15, 0, 16, 5, 1, upTo(45, 48)],
      [5, 29, 8, 29, 1, [46, 48, 50, 51]],
      [4, 29, 7, 29, 1, [47, 49, 52]],
      [-16, 4, -14, 4, 1, upTo(52, 56)],
    ],
  },
  {
    ...{ type: 2, bit: 2, at: [46, 49, 50, 51] },
    rules: [
      [-10, 1, -9, 6, 1, [46, 49, 50, 51]],
      [-8, 1, -9, 6, 0, upTo(49, 51)],
      [-5, 1, -4, 6, 1, [46, 49]],
      [-3, 1, -4, 6, 0, [46, 50, 51]],
      [2, 6, 4, 6, 0, [46]],
      [5, 1, 4, 6, 0, [46]],
      [15, 2, 16, 7, 1, [46]],
    ],
  },
];

function upTo(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** From so late on both messages still meet at step 65. */
const LATE = 50;

/** Works them out. */
export function disturbanceVectors(): readonly DisturbanceVector[] {
  return FAMILIES.flatMap(({ type, bit, at, rules }) =>
    at.map((k) => ({
      difference: correctedFrom(disturbances(type, k, bit)),
      meeting: k < LATE ? 58 : 65,
      conditions: Int32Array.from(
        rules.flatMap(([w, x, v, y, differ, ks]) => (ks.includes(k) ? [k + w, x, k + v, y, differ] : [])),
      ),
    })),
  );
}

/** Disturbances before step 0 count as well: five local collisions may still be going on. */
const BEFORE = 5;

/** Sixteen steps from K say it all, as what is disturbed expands as messages do. */
function disturbances(type: 1 | 2, k: number, bit: number): Int32Array {
  const steps = new Int32Array(BEFORE + 80);
  const start = BEFORE + k;
  steps[start + 15] = 1 << bit;
  if (type === 2) for (const at of [1, 3]) steps[start + at] = rotate(1 << 31, bit);
  for (let t = start + 16; t < steps.length; t++)
    steps[t] = rotate(of(steps, t - 3) ^ of(steps, t - 8) ^ of(steps, t - 14) ^ of(steps, t - 16), 1);
  for (let t = start - 1; t >= 0; t--)
    steps[t] = rotate(of(steps, t + 16), 31) ^ of(steps, t + 13) ^ of(steps, t + 8) ^ of(steps, t + 2);
  return steps;
}

/** Each disturbance is taken back in the five steps after it: a local collision. */
function correctedFrom(steps: Int32Array): Int32Array {
  return Int32Array.from({ length: 80 }, (_, step) => {
    const t = step + BEFORE;
    const late = rotate(of(steps, t - 3) ^ of(steps, t - 4) ^ of(steps, t - 5), 30);
    return of(steps, t) ^ rotate(of(steps, t - 1), 5) ^ of(steps, t - 2) ^ late;
  });
}

function of(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
