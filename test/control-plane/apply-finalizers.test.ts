import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../shared/ports.ts';
import { actionsOf, type Field, openField } from './applying.ts';
import { configMap } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('finalizers');
});
afterAll(() => field.close());

/** A clock on which waiting takes no time. */
function fastClock(): Clock {
  let now = Date.parse('2026-03-01T12:00:00Z');
  return {
    now: () => new Date(now),
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    timeout: () => new AbortController().signal,
  };
}

test('[KS-66 finalizer-hangs] an object that does not go within 60 seconds ends the run, and is made anew by a later one', async () => {
  const fixed = (value: string) =>
    field.own({ ...configMap(field.namespace, 'held', { a: value }), immutable: true });
  const path = `/api/v1/namespaces/${field.namespace}/configmaps/held`;
  await field.apply([fixed('1')]);
  await field.change(path, { metadata: { finalizers: ['test.example/hold'] } });
  const clock = fastClock();
  const start = clock.now().getTime();

  const failed = await field.apply([fixed('2')], { force: true, clock });

  expect(failed.failure?.message).toBe(
    `ConfigMap/${field.namespace}/held immutable field detected, failed to wait for object to be deleted: context deadline exceeded`,
  );
  expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(60_000);
  expect((await field.read(path)).metadata.deletionTimestamp).toBeDefined();

  await field.change(path, { metadata: { finalizers: null } });
  expect(actionsOf(await field.apply([fixed('2')], { force: true }))).toEqual({
    'ConfigMap/held': 'created',
  });
});
