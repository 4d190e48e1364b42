import { expect, test } from 'vitest';
import { type FunctionLimits, QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';

const rows: readonly (readonly [string, FunctionLimits])[] = Object.entries(QUEUE_TABLE);
const withQueue = rows.flatMap(([name, { timeout, queue }]) =>
  queue ? [[name, timeout, queue] as const] : [],
);

test.each(withQueue)('%s: a message stays invisible while its function may run', (_name, timeout, queue) => {
  expect(queue.visibility).toBeGreaterThan(timeout);
});

test.each(withQueue)('%s: SQS and Lambda allow its numbers', (_name, timeout, queue) => {
  expect(timeout).toBeLessThanOrEqual(900);
  expect(queue.batch).toBeLessThanOrEqual(10);
  expect(queue.maxReceives).toBeGreaterThanOrEqual(1);
});

test('a queue has one reader', () => {
  const names = withQueue.map(([, , { name }]) => name);

  expect(new Set(names).size).toBe(names.length);
});
