import { describe, expect, test } from 'vitest';
import { createGrowingBuffer } from '../../../shared/core/growing-buffer.ts';

const MIB = 1024 * 1024;

describe('a growing buffer', () => {
  test.each([0, 1, 3 * MIB, 4 * MIB, 4 * MIB + 1, 9 * MIB + 5, 20 * MIB])(
    'keeps %d bytes as they came',
    (size) => {
      const wanted = Buffer.alloc(size);
      for (let at = 0; at < size; at += 997) wanted[at] = at % 251;
      const buffer = createGrowingBuffer(20 * MIB);

      for (let at = 0; at < size; at += 100_000)
        expect(buffer.add(wanted.subarray(at, at + 100_000))).toBe(true);

      expect(Buffer.compare(buffer.bytes(), wanted)).toBe(0);
    },
  );

  test.each([10, 6 * MIB])('takes nothing above its cap of %d', (cap) => {
    const buffer = createGrowingBuffer(cap);
    const chunk = Buffer.alloc(cap / 2, 1);

    expect([buffer.add(chunk), buffer.add(chunk), buffer.add(Buffer.alloc(1))]).toEqual([true, true, false]);
    expect(buffer.bytes().length).toBe(cap);
  });
});
