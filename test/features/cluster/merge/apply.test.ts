import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { apply, CUSTOM, configMap, custom, LATER, owners, stored, write } from './setting.ts';

const created = (data: Record<string, unknown>, manager = 'ann') =>
  stored(apply(undefined, configMap(data), manager));
const inCustom = (live: KubernetesObject | undefined, spec: unknown, manager = 'ann', force = true) =>
  apply(live, custom(spec), manager, { ...CUSTOM, force });

test('who applies owns the fields of the configuration, but nothing that names the object', () => {
  const object = apply(undefined, configMap({ b: '2', a: '1' }, { labels: { l: 'x' } }), 'ann');

  expect(JSON.stringify(object.metadata.managedFields)).toBe(
    '[{"manager":"ann","operation":"Apply","apiVersion":"v1","time":"2026-05-01T12:00:00Z","fieldsType":"FieldsV1",' +
      '"fieldsV1":{"f:data":{"f:a":{},"f:b":{}},"f:metadata":{"f:labels":{"f:l":{}}}}}]',
  );
});

test('the same apply again changes nothing: the stored object itself comes back', () => {
  const live = created({ a: '1' });

  expect(apply(live, configMap({ a: '1' }), 'ann', { now: LATER })).toBe(live);
});

test('a field dropped from the configuration goes, unless somebody else owns it', () => {
  const live = created({ mine: '1', shared: '2' });
  const both = stored(apply(live, configMap({ shared: '2' }), 'bob'));

  const after = apply(both, configMap({}), 'ann');

  expect(after.data).toEqual({ shared: '2' });
  expect(owners(after)).toEqual(['bob Apply {"f:data":{"f:shared":{}}}', 'ann Apply {"f:data":{}}']);
});

test('who applies what is there already owns it, too, and has no time, as nothing changed', () => {
  const live = created({ a: '1' });

  const after = apply(live, configMap({ a: '1' }), 'bob', { now: LATER });

  expect(after.metadata.managedFields?.[0]).toEqual({
    ...{ manager: 'bob', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' },
    fieldsV1: { 'f:data': { 'f:a': {} } },
  });
});

test('force takes a field over', () => {
  const after = apply(created({ a: '1', b: '1' }), configMap({ a: '2' }), 'bob', { force: true, now: LATER });

  expect(after.data).toEqual({ a: '2', b: '1' });
  expect(owners(after)).toEqual(['ann Apply {"f:data":{"f:b":{}}}', 'bob Apply {"f:data":{"f:a":{}}}']);
});

test('an applier is one in all versions of a kind, an updater one in each', () => {
  const live = inCustom(undefined, { text: 'x', count: 1 });
  const updated = write(live, { ...live, spec: { text: 'x', count: 2 } }, 'ann', CUSTOM);
  const other = { ...updated, apiVersion: 'x.test/v2' };

  const after = apply(other, { ...custom({ text: 'y' }), apiVersion: 'x.test/v2' }, 'ann', {
    ...{ ...CUSTOM, apiVersion: 'x.test/v2', schemaOf: () => CUSTOM.schema },
  });

  expect(after.metadata.managedFields?.map(({ operation, apiVersion }) => [operation, apiVersion])).toEqual([
    ['Apply', 'x.test/v2'],
    ['Update', 'x.test/v1'],
  ]);
});

test('who owned something in a version that is not served any more owns nothing', () => {
  const live = inCustom(undefined, { text: 'x' });
  const other = { ...live, apiVersion: 'x.test/v2' };

  const after = apply(other, { ...custom({ count: 1 }), apiVersion: 'x.test/v2' }, 'bob', {
    ...{ ...CUSTOM, apiVersion: 'x.test/v2', schemaOf: () => undefined },
  });

  expect(owners(after)).toEqual(['bob Apply {"f:spec":{"f:count":{}}}']);
});

test('what was there before the first apply belongs to before-first-apply', () => {
  const after = apply(stored(configMap({ old: '1' })), configMap({ a: '1' }), 'ann');

  expect(owners(after)).toEqual([
    'ann Apply {"f:data":{"f:a":{}}}',
    'before-first-apply Update {"f:data":{".":{},"f:old":{}}}',
  ]);
});

test('items are merged by key, in the order applied, with those of others where they were', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name }));
  const live = inCustom(inCustom(undefined, { named: [a, b, c] }), { named: [b] }, 'bob');

  const after = inCustom(live, { named: [c, { ...a, value: 'x' }] }) as { spec?: unknown };

  expect(after.spec).toEqual({ named: [b, c, { name: 'a', value: 'x' }] });
});

test('an item goes when its applier drops it, unless another applier has it, too', () => {
  const live = inCustom(undefined, { named: [{ name: 'a' }, { name: 'b' }] });
  const shared = inCustom(live, { named: [{ name: 'a', value: 'x' }] }, 'bob');

  const after = inCustom(shared, { text: 't' });

  expect(after.spec).toEqual({ named: [{ name: 'a', value: 'x' }], text: 't' });
});

test('a list that others only wrote into is left without items as null, which a schema may refuse', () => {
  const live = inCustom(undefined, { named: [{ name: 'a' }] });
  const filled = write(live, { ...live, spec: { named: [{ name: 'a', value: 'x' }] } }, 'bob', CUSTOM);

  expect(inCustom(filled, { text: 't' }).spec).toEqual({ named: null, text: 't' });
});

test('a struct goes with the last field in it', () => {
  const live = inCustom(undefined, { text: 'x' });
  const { spec: _, ...bare } = custom({});

  expect(apply(live, bare as KubernetesObject, 'ann', CUSTOM)).not.toHaveProperty('spec');
});

test('a scalar may become a map where anything is allowed', () => {
  const live = inCustom(undefined, { any: 'text' });

  const after = inCustom(live, { any: { a: 1 } });

  expect(after.spec).toEqual({ any: { a: 1 } });
  expect(owners(after)).toEqual(['ann Apply {"f:spec":{"f:any":{"f:a":{}}}}']);
});

test('integers beyond 2^53 stay what they are', () => {
  const live = inCustom(undefined, { count: 9007199254740993n });

  expect(inCustom(live, { count: 9007199254740993n })).toBe(live);
  expect(inCustom(live, { count: 9007199254740995n }).spec).toEqual({ count: 9007199254740995n });
});

test('what a request may not write is nobody’s by it', () => {
  const applied = custom({ text: 'x' }, { status: { phase: 'p' } });

  const after = apply(undefined, applied, 'ann', { ...CUSTOM, reset: { 'f:status': {} } });

  expect(owners(after)).toEqual(['ann Apply {"f:spec":{"f:text":{}}}']);
});
