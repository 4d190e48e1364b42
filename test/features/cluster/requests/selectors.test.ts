import { expect, test } from 'vitest';
import { labelSelector } from '../../../../infra/local/cluster/requests/selectors/labels.ts';
import { selectorText } from '../../../../infra/local/cluster/requests/selectors/selector-text.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster } from './world.ts';

const LABELS = {
  one: { app: 'a', tier: 'web', n: '5' },
  two: { app: 'b', tier: '' },
  three: { other: 'x' },
} as const;

test.each([
  ['', ['one', 'two', 'three']],
  [' ', ['one', 'two', 'three']],
  ['app=a', ['one']],
  ['app==a', ['one']],
  ['app = a , tier = web', ['one']],
  ['app!=a', ['two', 'three']],
  ['app', ['one', 'two']],
  ['!app', ['three']],
  ['app in (a, b)', ['one', 'two']],
  ['app in (a)', ['one']],
  ['app notin (a)', ['two', 'three']],
  ['app in (),tier', []],
  ['tier in (,web)', ['one', 'two']],
  ['tier=', ['two']],
  ['app,!tier', []],
  ['in in (in)', []],
  ['n>4', ['one']],
  ['n<5', []],
  ['n>4,app', ['one']],
  ['constructor', []],
  ['!toString', ['one', 'two', 'three']],
])('%j selects %j', (text, names) => {
  const selects = labelSelector(text);

  const found = Object.entries(LABELS).filter(([, labels]) => !selects || selects(labels));

  expect(found.map(([name]) => name)).toEqual(names);
});

// The words are those of a real API server.
test.each([
  ['!!', "unable to parse requirement: found '!', expected: identifier"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a foo', "unable to parse requirement: found 'foo', expected: in, notin, =, ==, !=, gt, lt"],
  [',', "found ',', expected: !, identifier, or 'end of string'"],
  ['a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['a notin (b) !c', "found '!', expected: ',' or 'end of string'"],
  [
    'a>b',
    "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
])('%j is refused', (text, message) => {
  expect(refusalOf(() => labelSelector(text))).toMatchObject({ code: 400, reason: 'BadRequest', message });
});

test('keys and values must be those of labels', () => {
  expect(refusalOf(() => labelSelector('-bad')).message).toMatch(
    /^unable to parse requirement: <nil>: Invalid value: "-bad": name part must consist of/,
  );
  expect(refusalOf(() => labelSelector('a in (b,-c)')).message).toMatch(
    /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-c": a valid label must be/,
  );
});

test.each([
  [{ matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }] }, 'a in (x,y)'],
  [
    {
      matchExpressions: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'DoesNotExist' },
      ],
    },
    'a,!b',
  ],
  [{ app: 'x' }, 'app=x'],
  [undefined, ''],
])('the selector %j is written %j', (selector, text) => {
  expect(selectorText(selector)).toBe(text);
});

test('fields select by name, namespace and what a kind offers', () => {
  const { api, call, create } = openTestCluster();
  create('core/v1/a/secrets', { metadata: { name: 'x' }, type: 'example.com/one' });
  create('core/v1/a/secrets', { metadata: { name: 'y' }, type: 'Opaque' });
  const names = (fieldSelector: string, path = 'core/v1/-/secrets') =>
    api.list(call(path), { fieldSelector }).entries.map(({ name }) => name);

  expect(names('metadata.name=x')).toEqual(['x']);
  expect(names('metadata.name!=x')).toEqual(['y']);
  expect(names('metadata.namespace=a,metadata.name==y')).toEqual(['y']);
  expect(names('type=example.com/one')).toEqual(['x']);
  expect(names('type!=Opaque,metadata.namespace=b')).toEqual([]);
  expect(names('status.phase=Active', 'core/v1/-/namespaces')).toEqual(['a']);
});

test.each([
  ['core/v1/-/pods', 'spec.foo=1', 'field label not supported: spec.foo'],
  ['core/v1/-/namespaces', 'metadata.namespace=1', 'field label not supported: metadata.namespace'],
  ['batch/v1/-/jobs', 'spec.foo=1', 'field label "spec.foo" not supported for Job'],
  [
    'apps/v1/-/deployments',
    'spec.foo=1',
    '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    'core/v1/-/configmaps',
    'metadata.name',
    "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  ],
])('%s by %s is refused', (path, fieldSelector, message) => {
  const { api, call } = openTestCluster();

  expect(refusalOf(() => api.list(call(path), { fieldSelector }))).toMatchObject({ code: 400, message });
});
