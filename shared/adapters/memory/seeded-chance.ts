import type { Chance } from '../../ports.ts';

/** Chance that repeats itself for the same seed (mulberry32; not for keys). */
export function createSeededChance(seed = 1): Chance {
  let state = seed >>> 0;
  function number(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return { number, uuid: () => uuid(number) };
}

function uuid(number: () => number): string {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(number() * 16).toString(16)).join('');
  const variant = '89ab'.charAt(Math.floor(number() * 4));
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}
