import { describe, expect, test } from 'vitest';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import { mergePatch } from '../../../shared/reconcile/status-patch.ts';

type Json = Record<string, unknown>;

/** RFC 7386, section 2, written down from there. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Json =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  }
  return result;
}

const chance = createSeededChance(11);
const pick = <T>(values: readonly T[]): T => values[Math.floor(chance.number() * values.length)] as T;

function randomValue(depth: number): unknown {
  const kind =
    depth === 0 ? pick(['text', 'number', 'flag']) : pick(['text', 'number', 'flag', 'list', 'object']);
  if (kind === 'text') return pick(['', 'a', 'b']);
  if (kind === 'number') return pick([0, 1, -1]);
  if (kind === 'flag') return pick([true, false]);
  if (kind === 'list') return Array.from({ length: pick([0, 1, 2]) }, () => randomValue(depth - 1));
  return randomObject(depth - 1);
}

function randomObject(depth: number): Json {
  const names = ['a', 'b', 'c', 'd'].filter(() => chance.number() < 0.6);
  return Object.fromEntries(names.map((name) => [name, randomValue(depth)]));
}

describe('the status patch', () => {
  test('turns what was into what shall be, for a thousand pairs', () => {
    for (let round = 0; round < 1000; round++) {
      const before = randomObject(3);
      const after = randomObject(3);

      const patch = mergePatch(before, after);

      expect(applied(before, patch ?? {})).toEqual(after);
    }
  });

  test('is nothing for equal values, whatever the order of their fields', () => {
    for (let round = 0; round < 200; round++) {
      const before = randomObject(3);

      expect(mergePatch(before, structuredClone(before))).toBeUndefined();
    }
    expect(
      mergePatch({ a: 1, b: { c: [{ d: 1, e: 2 }] } }, { b: { c: [{ e: 2, d: 1 }] }, a: 1 }),
    ).toBeUndefined();
  });

  test('[COM-29 patches] names only what changes: removed fields as null, lists whole', () => {
    const before = { kept: 1, changed: 1, removed: 1, nested: { kept: 1, removed: 1 }, list: [1, 2] };
    const after = { kept: 1, changed: 2, nested: { kept: 1, added: 1 }, list: [1, 3] };

    expect(mergePatch(before, after)).toEqual({
      changed: 2,
      removed: null,
      nested: { removed: null, added: 1 },
      list: [1, 3],
    });
  });

  test('takes undefined for absent', () => {
    expect(mergePatch({ a: undefined }, { b: undefined })).toBeUndefined();
    expect(mergePatch({ a: 1 }, { a: undefined })).toEqual({ a: null });
  });
});
