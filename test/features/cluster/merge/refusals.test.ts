import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { apply, CUSTOM, configMap, custom, refusalOf, stored, write } from './setting.ts';

const live = stored(apply(undefined, configMap({ a: '1', b: '1' }, { labels: { l: 'x' } }), 'ann'));
const refused = (applied: KubernetesObject, options = {}) =>
  refusalOf(() => apply(live, applied, 'bob', options));
const told = (applied: KubernetesObject, options = {}) => {
  const { code, message } = refused(applied, options);
  return [code, message];
};

test('another value for a field of another manager is a conflict that names both', () => {
  const error = refused(configMap({ a: '2' }));

  expect(error).toMatchObject({ code: 409, reason: 'Conflict' });
  expect(error.message).toBe('Apply failed with 1 conflict: conflict with "ann": .data.a');
  expect(error.details).toEqual({
    causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "ann"', field: '.data.a' }],
  });
});

test('several conflicts are listed by manager, those with updaters with the version', () => {
  const updated = write(live, { ...live, data: { a: '1', b: '5' } }, 'upd');

  const error = refusalOf(() => apply(updated, configMap({ a: '2', b: '2' }, { labels: { l: 'y' } }), 'bob'));

  expect(error.message).toBe(
    'Apply failed with 3 conflicts: conflicts with "ann":\n- .data.a\n- .metadata.labels.l\nconflicts with "upd" using v1:\n- .data.b',
  );
});

test('a conflict with who wrote a subresource says so', () => {
  const before = custom({ text: 'x' }, { metadata: { name: 'it', uid: 'u', managedFields: [] } });
  const scaled = { ...before, spec: { text: 'y' } };
  const owned = apply(before, custom({ text: 'x' }), 'ann', CUSTOM);
  const next = write(owned, { ...owned, spec: scaled.spec }, 'kcm', { ...CUSTOM, subresource: 'scale' });

  const error = refusalOf(() => apply(next, custom({ text: 'z' }), 'ann', CUSTOM));

  expect(error.message).toBe(
    'Apply failed with 1 conflict: conflict with "kcm" with subresource "scale" using x.test/v1: .spec.text',
  );
});

test('a conflict within a list names the item by its key', () => {
  const first = apply(undefined, custom({ ports: [{ port: 80, name: 'a' }] }), 'ann', CUSTOM);

  const error = refusalOf(() => apply(first, custom({ ports: [{ port: 80, name: 'b' }] }), 'bob', CUSTOM));

  expect(error.message).toMatch(/: \.spec\.ports\[port=80,protocol="TCP"\]\.name$/);
});

test('managedFields cannot be applied, not even none', () => {
  expect(told(configMap({}, { managedFields: [] }))).toEqual([400, 'metadata.managedFields must be nil']);
});

test('another version than the request’s cannot be applied', () => {
  expect(told({ ...configMap(), apiVersion: 'v2' })).toEqual([
    400,
    'invalid object type: /v2, Kind=ConfigMap',
  ]);
});

test('fields that the schema does not declare are refused', () => {
  expect(told({ ...configMap(), foo: 1 })).toEqual([
    500,
    'failed to create typed patch object (here/it; /v1, Kind=ConfigMap): .foo: field not declared in schema',
  ]);
});

const inSpec = (spec: unknown) => told(custom(spec), CUSTOM)[1];
const ABOUT = 'failed to create typed patch object (/it; x.test/v1, Kind=Thing): ';

test.for([
  [{ named: [{ name: 'a' }, { name: 'a' }] }, '.spec.named: duplicate entries for key [name="a"]'],
  [
    { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] },
    '.spec.ports: duplicate entries for key [port=1,protocol="TCP"]',
  ],
  [{ tags: ['a', 'a'] }, '.spec.tags: duplicate entries for key [="a"]'],
  [
    { named: [{ value: 'x' }] },
    '.spec.named: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  ],
  [{ named: [null] }, '.spec.named: element 0: associative list with keys may not have a null element'],
  [{ named: ['x'] }, '.spec.named: element 0: associative list with keys may not have non-map elements'],
  [{ tags: [['x']] }, '.spec.tags: element 0: not supported: associative list with lists as elements'],
  [{ labels: 'text' }, '.spec.labels: expected map, got &{text}'],
  [{ named: { a: [1, true] } }, '.spec.named: expected list, got &{map[a:[1 true]]}'],
  [{ count: 'x' }, '.spec.count: expected numeric (int or float), got string'],
  [
    { plain: [{ a: 1 }] },
    '.spec.plain[0]: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":1}}',
  ],
] as const)('%j is refused in the API server’s words', ([spec, message]) => {
  expect(inSpec(spec)).toBe(ABOUT + message);
});

test('a key that has a default may be left out, and an item may have only some keys', () => {
  expect(() => apply(undefined, custom({ ports: [{ port: 80 }, {}] }), 'ann', CUSTOM)).not.toThrow();
});

test('kubectl takes over what its client-side apply has left, and only that', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const last = JSON.stringify(configMap({ a: '1' }));
  const client = write(
    undefined,
    configMap({ a: '1', b: '1' }, { annotations: { [annotation]: last } }),
    'csa',
  );

  const taken = apply(stored(client), configMap({ a: '2' }), 'kubectl');
  const error = refusalOf(() => apply(stored(client), configMap({ a: '2', b: '2' }), 'kubectl'));

  expect(taken.data).toEqual({ a: '2', b: '1' });
  expect(taken.metadata.annotations?.[annotation]).toBe(
    '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"it","namespace":"here"}}\n',
  );
  expect(error.message).toBe('Apply failed with 1 conflict: conflict with "csa" using v1: .data.b');
});
