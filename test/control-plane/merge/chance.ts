/** Chance that repeats: the same seed gives the same choices. */
export interface Chance {
  /** Of 0 to `limit - 1`. */
  below(limit: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Each of `items` or not; in any order when `shuffled`. */
  some<T>(items: readonly T[], shuffled?: boolean): T[];
}

/** Choices from a seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    once: (times) => below(times) === 0,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
    some(items, shuffled = false) {
      const found = items.filter(() => below(2) === 0);
      if (shuffled && below(2) === 0) found.reverse();
      return found;
    },
  };
}
