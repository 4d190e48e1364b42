import { expect, test } from 'vitest';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { openBatch, type TakenBatch } from './batch.ts';

/** P8: what a worker has, MiB. */
const LIMIT = 512;

test('three repositories of 100 MB of one batch come one after the other, and hold up none of the small ones', async () => {
  const batch = await openBatch(await scratchDirectory());
  const { large, small } = batch;
  const sound = ({ held, order, unready }: TakenBatch): void => {
    expect(unready).toEqual([]);
    expect(held).toBeLessThan(LIMIT);
    expect(order.toSorted()).toEqual([...large, ...small].sort());
    const second = order.filter((name) => large.includes(name))[1] ?? '';
    expect(order.slice(0, order.indexOf(second))).toEqual(expect.arrayContaining([...small]));
  };
  try {
    sound(await batch.take());
    await batch.change();
    sound(await batch.take());
  } finally {
    await batch.stop();
  }
}, 600_000);
