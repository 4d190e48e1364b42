import { expect, test } from 'vitest';
import { jsonPatch } from '../../../../infra/local/cluster/merge/json-patch.ts';
import { mergePatch } from '../../../../infra/local/cluster/merge/merge-patch.ts';
import { refusalOf } from './setting.ts';

// The examples of RFC 7386, appendix A, as far as they are about objects.
test.for([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge %j with %j', ([object, patch, expected]) => {
  expect(mergePatch(object as Record<string, unknown>, patch)).toEqual(expected);
});

test('a merge patch that is no object is refused', () => {
  expect(refusalOf(() => mergePatch({}, [1]))).toMatchObject({
    code: 400,
    message:
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  });
  expect(refusalOf(() => mergePatch({}, null)).message).toBe('Invalid JSON Patch');
});

const live = { a: { b: ['x', 'y'], 'c/d~e': 1 } };

test.for([
  [[{ op: 'add', path: '/a/n', value: 1 }], { a: { ...live.a, n: 1 } }],
  [[{ op: 'add', path: '/a/b/1', value: 'n' }], { a: { ...live.a, b: ['x', 'n', 'y'] } }],
  [[{ op: 'add', path: '/a/b/-', value: 'n' }], { a: { ...live.a, b: ['x', 'y', 'n'] } }],
  [[{ op: 'add', path: '/a/b/-1', value: 'n' }], { a: { ...live.a, b: ['x', 'y', 'n'] } }],
  [[{ op: 'remove', path: '/a/b/0' }], { a: { ...live.a, b: ['y'] } }],
  [[{ op: 'remove', path: '/a/c~1d~0e' }], { a: { b: ['x', 'y'] } }],
  [[{ op: 'replace', path: '/a/b/1', value: 'n' }], { a: { ...live.a, b: ['x', 'n'] } }],
  [[{ op: 'replace', path: '/a/n', value: 1 }], { a: { ...live.a, n: 1 } }],
  [[{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
  [[{ op: 'move', from: '/a/b/0', path: '/m' }], { a: { ...live.a, b: ['y'] }, m: 'x' }],
  [[{ op: 'copy', from: '/a/b', path: '/m' }], { ...live, m: ['x', 'y'] }],
  [[{ op: 'copy', from: '/a/none', path: '/m' }], { ...live, m: null }],
  [[{ op: 'test', path: '/a/b', value: ['x', 'y'] }], live],
  [[{ op: 'test', path: '/a/none', value: null }], live],
  [[{ op: 'add', path: 'x/z', value: 1 }], { ...live, z: 1 }],
  [null, live],
] as const)('the operations %j', ([operations, expected]) => {
  expect(jsonPatch(live, operations)).toEqual(expected);
});

test.for([
  { op: 'test', path: '/a/b/0', value: 'y' },
  { op: 'test', path: '/none/b', value: null },
  { op: 'remove', path: '/a/none' },
  { op: 'remove', path: '/a/b/2' },
  { op: 'remove', path: '' },
  { op: 'add', path: '/none/n', value: 1 },
  { op: 'add', path: '/a/b/3', value: 1 },
  { op: 'add', path: '/a/b/x', value: 1 },
  { op: 'add', path: '', value: {} },
  { op: 'replace', path: '/a/b/2', value: 1 },
  { op: 'replace', path: '', value: 3 },
  { op: 'move', from: '/a/none', path: '/m' },
  { op: 'copy', from: '/none/none', path: '/m' },
  { op: 'other', path: '/a' },
  { path: '/a' },
  { op: 'add', value: 1 },
])('%j cannot be done, and nothing else is told', (operation) => {
  const error = refusalOf(() => jsonPatch(live, [operation]));

  expect(error).toMatchObject({ code: 422, reason: 'Invalid', details: {} });
  expect(error.message).toBe('the server rejected our request due to an error in our request');
});

test('what is no list of operations is refused', () => {
  expect(refusalOf(() => jsonPatch(live, { op: 'test' })).message).toBe(
    'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  );
  expect(refusalOf(() => jsonPatch(live, [1])).message).toBe(
    'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
  );
});

test('more than 10000 operations are refused', () => {
  const operations = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a/b/0', value: 'x' }));

  expect(refusalOf(() => jsonPatch(live, operations))).toMatchObject({
    code: 413,
    message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
  });
});

test('what is patched stays as it was', () => {
  const before = structuredClone(live);

  jsonPatch(live, [{ op: 'remove', path: '/a/b' }]);
  mergePatch(live, { a: { b: null } });

  expect(live).toEqual(before);
});
