import { expect, test } from 'vitest';
import { ordered, pathText, respelt } from '../../../../infra/local/cluster/merge/elements.ts';
import { fieldSetOf } from '../../../../infra/local/cluster/merge/extract.ts';
import {
  difference,
  differenceBeneath,
  eachPath,
  type FieldSet,
  type GrowingSet,
  includes,
  insert,
  intersection,
  union,
} from '../../../../infra/local/cluster/merge/field-set.ts';
import { CUSTOM, custom } from './setting.ts';

const set = (...paths: readonly string[]): FieldSet => {
  const growing: GrowingSet = {};
  for (const path of paths) insert(growing, path.split('/'));
  return growing;
};
const fieldsOf = (spec: unknown): unknown => {
  const { 'f:spec': fields } = fieldSetOf({ spec }, CUSTOM.schema);
  return fields && ordered(fields);
};

test('a field above others of the set is marked by a dot, whatever was put in first', () => {
  expect(set('f:a/f:b', 'f:a')).toEqual({ 'f:a': { '.': {}, 'f:b': {} } });
  expect(set('f:a', 'f:a/f:b')).toEqual({ 'f:a': { '.': {}, 'f:b': {} } });
  expect(set('f:a/f:b', 'f:a/f:c')).toEqual({ 'f:a': { 'f:b': {}, 'f:c': {} } });
});

test('union, intersection and difference go by paths: a field is not taken with the one above it', () => {
  const [a, b] = [set('f:a', 'f:a/f:b', 'f:c'), set('f:a', 'f:a/f:d')];

  expect(union(a, b)).toEqual(set('f:a', 'f:a/f:b', 'f:a/f:d', 'f:c'));
  expect(intersection(a, b)).toEqual(set('f:a'));
  expect(difference(a, b)).toEqual(set('f:a/f:b', 'f:c'));
  expect(differenceBeneath(a, b)).toEqual(set('f:c'));
  expect(difference(a, a)).toEqual({});
  expect(difference(a, set('f:x'))).toBe(a);
});

test('a set knows its own fields from those that only lead to others', () => {
  const found = set('f:a/f:b');

  expect(includes(found, ['f:a', 'f:b'])).toBe(true);
  expect(includes(found, ['f:a'])).toBe(false);
  expect(includes(found, [])).toBe(false);
});

test('fields are listed by level', () => {
  const paths: string[] = [];
  eachPath(set('f:a', 'f:a/f:b', 'f:c'), (path) => paths.push(pathText(path)));

  expect(paths).toEqual(['.a', '.c', '.a.b']);
});

test('keys and values sort by type and amount, not as text', () => {
  const unordered = {
    ...{
      'v:"b"': {},
      'v:10': {},
      'v:9': {},
      'f:b': {},
      'k:{"port":443}': {},
      'k:{"port":80}': {},
      'f:a': {},
    },
  };

  const keys = Object.keys(ordered(unordered));

  expect(keys).toEqual(['f:a', 'f:b', 'k:{"port":80}', 'k:{"port":443}', 'v:9', 'v:10', 'v:"b"']);
});

test('keys of other clients are spelt as the API server spells them', () => {
  const sent = { 'f:x': { 'k:{"b": 1, "a":"<"}': { '.': {} } } };

  expect(respelt(sent)).toEqual({ 'f:x': { 'k:{"a":"\\u003c","b":1}': { '.': {} } } });
});

test('a struct is listed by its fields, a key of a map also by itself', () => {
  expect(fieldsOf({ text: 'x', labels: { a: '1' } })).toEqual({ 'f:text': {}, 'f:labels': { 'f:a': {} } });
  expect(fieldsOf({ any: { a: { b: 1 } } })).toEqual({ 'f:any': { 'f:a': { '.': {}, 'f:b': {} } } });
});

test('items go by their keys, those from defaults included; what is atomic is one field', () => {
  expect(fieldsOf({ ports: [{ port: 80, name: 'http' }] })).toEqual({
    'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
  });
  expect(fieldsOf({ tags: ['b', 'a'], plain: ['b', 'a'], whole: { a: 'x' } })).toEqual({
    ...{ 'f:plain': {}, 'f:whole': {}, 'f:tags': { 'v:"a"': {}, 'v:"b"': {} } },
  });
});

test('null and an empty map are fields; an empty list is one only when it is atomic', () => {
  expect(fieldsOf({ text: null, labels: {}, any: {}, named: null })).toEqual({
    ...{ 'f:text': {}, 'f:labels': {}, 'f:any': {}, 'f:named': {} },
  });
  expect(fieldsOf({ tags: [], named: [], plain: [] })).toEqual({ 'f:plain': {} });
});

test('items with one key between them are one field, without what is in them', () => {
  const twice = [{ name: 'a', value: '1' }, { name: 'a' }, { name: 'b' }];

  expect(fieldsOf({ named: twice })).toEqual({
    'f:named': { 'k:{"name":"a"}': {}, 'k:{"name":"b"}': { '.': {}, 'f:name': {} } },
  });
});

test('beneath what no schema declares, maps are owned by member and lists as one', () => {
  const anything = custom({ any: { list: [{ a: 1 }], deep: { er: 'x' } } });

  expect(ordered(fieldSetOf(anything, CUSTOM.schema))['f:spec']).toEqual({
    'f:any': { 'f:deep': { '.': {}, 'f:er': {} }, 'f:list': {} },
  });
});
