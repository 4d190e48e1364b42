import { expect, test } from 'vitest';
import { strategicMerge } from '../../../../infra/local/cluster/merge/strategic-merge.ts';
import { builtInType } from '../../../../infra/local/cluster/schema/built-in.ts';
import { refusalOf } from './setting.ts';

const POD = builtInType('core.v1.Pod');
const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, image: 'i' }));
const live = {
  metadata: { labels: { l: 'x', m: 'y' }, finalizers: ['f.x/1', 'f.x/2'] },
  spec: { containers: [a, b, c], tolerations: [{ key: 't' }], securityContext: { runAsUser: 1 } },
};
const patched = (patch: unknown) => strategicMerge(live, patch, POD) as typeof live;
const containers = (...patch: unknown[]) => patched({ spec: { containers: patch } }).spec.containers;
const refused = (patch: unknown) => {
  const { code, message } = refusalOf(() => patched(patch));
  return [code, message];
};

test('items are merged by the key of the schema, with those of the patch in its order', () => {
  expect(containers({ name: 'c', image: 'n' }, { name: 'd' }, { name: 'a' })).toEqual([
    ...[b, { name: 'c', image: 'n' }, { name: 'd' }, a],
  ]);
});

test('lists without a merge strategy are replaced, lists of scalars with one are united', () => {
  expect(patched({ spec: { tolerations: [{ key: 'u' }] } }).spec.tolerations).toEqual([{ key: 'u' }]);
  expect(patched({ metadata: { finalizers: ['f.x/3', 'f.x/1'] } }).metadata.finalizers).toEqual([
    ...['f.x/3', 'f.x/1', 'f.x/2'],
  ]);
});

test('null removes, and is nowhere stored', () => {
  expect(patched({ metadata: { labels: { l: null, n: null } } }).metadata.labels).toEqual({ m: 'y' });
  expect(patched({ spec: { affinity: { podAffinity: null } } }).spec).toEqual({ ...live.spec, affinity: {} });
});

test('$patch: delete takes an item, or all members of an object, away', () => {
  expect(containers({ name: 'b', $patch: 'delete' })).toEqual([a, c]);
  expect(patched({ metadata: { labels: { $patch: 'delete' } } }).metadata.labels).toEqual({});
});

test('$patch: replace puts the patch in the place of a list or an object', () => {
  expect(containers({ name: 'd' }, { $patch: 'replace' })).toEqual([{ name: 'd' }]);
  expect(patched({ metadata: { labels: { n: 'z', $patch: 'replace' } } }).metadata.labels).toEqual({
    n: 'z',
  });
});

test('$retainKeys leaves nothing but what it names', () => {
  const patch = { spec: { securityContext: { runAsGroup: 2, $retainKeys: ['runAsGroup'] } } };

  expect(patched(patch).spec.securityContext).toEqual({ runAsGroup: 2 });
});

test('$deleteFromPrimitiveList takes scalars out, beside those that are added', () => {
  const gone = { '$deleteFromPrimitiveList/finalizers': ['f.x/1'] };
  const added = { finalizers: ['f.x/3'], '$setElementOrder/finalizers': ['f.x/3', 'f.x/2'] };

  expect(patched({ metadata: gone }).metadata.finalizers).toEqual(['f.x/2']);
  expect(patched({ metadata: { ...gone, ...added } }).metadata.finalizers).toEqual(['f.x/3', 'f.x/2']);
});

test('$setElementOrder puts items in order, others where they were among them', () => {
  const order = [{ name: 'c' }, { name: 'd' }, { name: 'a' }];
  const patch = { containers: [{ name: 'd' }], '$setElementOrder/containers': order };

  expect(patched({ spec: patch }).spec.containers).toEqual([b, c, { name: 'd' }, a]);
  expect(
    patched({ metadata: { '$setElementOrder/finalizers': ['f.x/2', 'f.x/1'] } }).metadata.finalizers,
  ).toEqual(['f.x/2', 'f.x/1']);
});

test('directives beneath what is new are not stored', () => {
  const initContainers = [{ name: 'x', env: [{ name: 'E', $patch: 'delete' }, { name: 'F' }] }];

  expect(patched({ spec: { initContainers } }).spec).toMatchObject({
    initContainers: [{ name: 'x', env: [{ name: 'F' }] }],
  });
});

test.for([
  [[1], 400, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  [{ metadata: { labels: { $patch: 'foo' } } }, 500, 'unknown patch type: foo in map: map[$patch:foo]'],
  [
    { spec: { containers: [{ image: 'x' }] } },
    500,
    'map: map[image:x] does not contain declared merge key: name',
  ],
  [
    { spec: { containers: [{ name: 'x', $patch: 'merge' }] } },
    ...([500, 'merging lists cannot yet be specified in the patch'] as const),
  ],
  [{ spec: { securityContext: { $retainKeys: 3 } } }, 400, 'invalid patch format of retainKeys'],
  [{ metadata: { labels: { $retainKeys: ['l'], m: 'z' } } }, 400, 'invalid patch format of retainKeys'],
  [{ metadata: { $deleteFromPrimitiveList: ['x'] } }, 400, 'invalid patch format of primitive list'],
  [
    { metadata: { '$setElementOrder/finalizers': 3 } },
    500,
    'expected a []interface {}, but received a int64',
  ],
  [
    { metadata: { '$setElementOrder/finalizers': ['b'], finalizers: ['a'] } },
    ...([500, "The order in patch list:\n[a]\n doesn't match $setElementOrder list:\n[b]\n"] as const),
  ],
] as const)('%j is refused', ([patch, code, message]) => {
  expect(refused(patch)).toEqual([code, message]);
});
