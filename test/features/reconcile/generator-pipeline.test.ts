import { describe, expect, test } from 'vitest';
import { pipeline } from '../../../shared/reconcile/artifact-generator/pipeline.ts';

const small = { body: Buffer.from('x') };
const made = async () => small;

describe('a pipeline', () => {
  test('makes one after the other, and keeps eight at a time at most', async () => {
    let [making, keeping, most] = [0, 0, 0];
    const make = async () => {
      expect(++making).toBe(1);
      await Promise.resolve();
      making--;
      return small;
    };
    const keep = async () => {
      most = Math.max(most, ++keeping);
      for (let round = 0; round < 100; round++) await Promise.resolve();
      keeping--;
    };

    await pipeline(Array.from({ length: 50 }), make, keep);

    expect([most, keeping]).toEqual([8, 0]);
  });

  test('lets no more than 32 MiB wait, but one', async () => {
    const large = { body: Buffer.alloc(20 * 1024 * 1024) };
    let [keeping, most] = [0, 0];
    const keep = async () => {
      most = Math.max(most, ++keeping);
      for (let round = 0; round < 100; round++) await Promise.resolve();
      keeping--;
    };

    await pipeline([1, 2, 3, 4], async () => large, keep);

    expect(most).toBe(2);
  });

  test('ends with the first failure, after all that runs', async () => {
    const kept: number[] = [];
    const keep = async (at: number) => {
      if (at === 2) throw new Error('refused');
      for (let round = 0; round < 50; round++) await Promise.resolve();
      kept.push(at);
    };
    const items = Array.from({ length: 40 }, (_, at) => at);

    const run = pipeline(
      items,
      async (at) => ({ ...(await made()), at }),
      ({ at }) => keep(at),
    );

    await expect(run).rejects.toThrow('refused');
    expect(kept.length).toBeLessThan(20);
    expect(kept.slice(0, 2)).toEqual([0, 1]);
  });

  test('makes nothing more once something could not be kept', async () => {
    let count = 0;
    const run = pipeline(
      Array.from({ length: 40 }),
      async () => {
        count++;
        for (let round = 0; round < 20; round++) await Promise.resolve();
        return small;
      },
      async () => {
        throw new Error('refused');
      },
    );

    await expect(run).rejects.toThrow('refused');
    expect(count).toBe(2);
  });
});
