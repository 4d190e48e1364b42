import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonSchema, ValidationRule } from '../../infra/local/cluster/schema/json-schema.ts';
import { structural } from '../../infra/local/cluster/schema/structural.ts';
import { schemaErrors } from '../../infra/local/cluster/schema/structural-check.ts';
import { connect, successful } from './api.ts';
import { ruleSamples } from './rule-samples.ts';
import { type Compared, expectSame, objectOf, ours, serve, theirs } from './schema-comparison.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

const CRDS = join(import.meta.dirname, '../../infra/crds');
const definitions = readdirSync(CRDS).map((file) => parse(readFileSync(join(CRDS, file), 'utf8')));
const rules = (...all: readonly (string | ValidationRule)[]): JsonSchema => ({
  'x-kubernetes-validations': all.map((rule) => (typeof rule === 'string' ? { rule } : rule)),
});
const text: JsonSchema = { type: 'string', maxLength: 10 };
const integer: JsonSchema = { type: 'integer' };

const item = { type: 'object', properties: { n: text, v: integer }, ...rules('has(self.n)') };
const keyedItem = {
  type: 'object',
  required: ['k'],
  properties: {
    k: text,
    v: {
      ...text,
      ...rules({ rule: 'self == oldSelf', message: 'immutable' }, { rule: "self != 'bad'", message: 'bad' }),
    },
  },
};
const properties: Record<string, JsonSchema> = {
  a: integer,
  b: integer,
  forbidden: text,
  duplicate: text,
  required: text,
  text: {
    ...text,
    ...rules(
      "self.startsWith('a')",
      { rule: 'size(self) < 5', message: 'too long' },
      { rule: "self.matches('^[a-z]+$')", messageExpression: "'bad: ' + self" },
    ),
  },
  fixed: { ...text, ...rules({ rule: 'self == oldSelf', message: 'immutable' }) },
  grows: {
    ...integer,
    ...rules({
      rule: '!oldSelf.hasValue() || self >= oldSelf.value()',
      optionalOldSelf: true,
      message: 'may not shrink',
    }),
  },
  rises: { ...integer, ...rules('self >= oldSelf') },
  map: {
    type: 'object',
    maxProperties: 5,
    additionalProperties: { ...integer, ...rules({ rule: 'self > 0', message: 'positive' }) },
    ...rules("self.all(k, k.startsWith('x'))", 'size(self) <= 2'),
  },
  list: {
    type: 'array',
    maxItems: 10,
    items: item,
    ...rules(
      { rule: "self.exists(x, x.n == 'main')", message: 'needs main' },
      'self.filter(x, has(x.v)).map(x, x.v).all(v, v > 0)',
    ),
  },
  keyed: {
    type: 'array',
    maxItems: 5,
    items: keyedItem,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
  },
  either: {
    'x-kubernetes-int-or-string': true,
    ...rules("type(self) == int ? self > 0 : self.endsWith('%')"),
  },
  time: { type: 'string', format: 'date-time', ...rules("self > timestamp('2020-01-01T00:00:00Z')") },
  day: { type: 'string', format: 'date', ...rules('self.getFullYear() > 2020') },
  duration: { type: 'string', format: 'duration', ...rules("self <= duration('1h')") },
  bytes: { type: 'string', format: 'byte', ...rules('size(self) == 3') },
  number: { type: 'number', ...rules('self > 0.5') },
  nullable: { ...text, nullable: true, ...rules("self != 'x'") },
  names: {
    type: 'object',
    properties: { 'a-b': text, namespace: text, 'c.d': text, x__y: text },
    ...rules(
      "!has(self.a__dash__b) || self.a__dash__b == 'ok'",
      "!has(self.__namespace__) || self.__namespace__ == 'ok'",
      "!has(self.c__dot__d) || self.c__dot__d == 'ok'",
      "!has(self.x__underscores__y) || self.x__underscores__y == 'ok'",
    ),
  },
  faults: {
    type: 'object',
    properties: { x: integer, l: { type: 'array', maxItems: 5, items: integer } },
    ...rules('self.x > 0', { rule: 'self.l[3] > 0', message: 'fourth' }, '10 / self.x > 0'),
  },
  whole: {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
    ...rules("self.kind == 'Pod' && (!has(self.metadata.name) || self.metadata.name != 'bad')"),
  },
};
const schema: JsonSchema = {
  type: 'object',
  ...rules(
    { rule: "!has(self.spec) || self.metadata.name != 'bad'", message: 'name' },
    "self.kind == 'Ruled'",
  ),
  properties: {
    spec: {
      type: 'object',
      properties,
      ...rules(
        { rule: '!has(self.a) || self.a < 10', message: 'a is big', fieldPath: '.a' },
        {
          rule: '!has(self.a) || !has(self.b) || self.a < self.b',
          messageExpression: "self.a > 3 ? 'above' : 'below'",
        },
        { rule: '!has(self.forbidden)', reason: 'FieldValueForbidden', message: 'no' },
        { rule: '!has(self.duplicate)', reason: 'FieldValueDuplicate', message: 'no' },
        { rule: '!has(self.required)', reason: 'FieldValueRequired', message: ' no\t', fieldPath: '.map.x' },
      ),
    },
  },
};

let kind: Compared;
beforeAll(async () => {
  kind = await serve(api, 'Ruled', schema);
});

const pod = { apiVersion: 'v1', kind: 'Pod' };
const specs: readonly Record<string, unknown>[] = [
  ...[
    {},
    { a: 1 },
    { a: 11 },
    { a: 5, b: 3 },
    { a: 2, b: 1 },
    { forbidden: 'x' },
    { duplicate: 'x' },
    { required: 'x' },
  ],
  ...['abc', 'b', 'abcdefg', 'a1'].map((value) => ({ text: value })),
  ...[{ x: 1 }, { x: 0 }, { y: 1 }, { x: 1, xx: 2, xxx: -3 }].map((map) => ({ map })),
  ...[[], [{ n: 'main' }], [{ n: 'a' }], [{ v: 1 }], [{ n: 'main', v: -1 }]].map((list) => ({ list })),
  ...[1, 0, '5%', '5'].map((either) => ({ either })),
  ...['2021-01-01T00:00:00Z', '2019-01-01T00:00:00.5+01:00'].map((time) => ({ time })),
  ...['2021-01-01', '2019-12-31'].map((day) => ({ day })),
  ...['30m', '2h', 'x'].map((duration) => ({ duration })),
  ...[
    { bytes: 'YWJj' },
    { bytes: 'YQ==' },
    { number: 1 },
    { number: 0.25 },
    { nullable: null },
    { nullable: 'x' },
  ],
  ...[{ 'a-b': 'ok' }, { 'a-b': 'no' }, { namespace: 'no' }, { 'c.d': 'no' }, { x__y: 'no' }].map(
    (names) => ({ names }),
  ),
  ...[{}, { x: 0, l: [1] }, { x: 1, l: [1, 2, 3, 4] }].map((faults) => ({ faults })),
  ...[
    { ...pod, metadata: {} },
    { ...pod, kind: 'Job' },
    { ...pod, metadata: { name: 'bad' } },
  ].map((one) => ({ whole: one })),
  ...[{ fixed: 'a' }, { grows: 1 }, { rises: 1 }, { keyed: [{ k: 'a', v: 'bad' }] }, { a: 'x', text: 'b' }],
];

test.each(specs.map((spec) => [spec]))('rules judge %j as the API server does', async (spec) => {
  await expectSame(api, kind, objectOf(kind, spec));
});

test.each([
  ['a spec', {}],
  ['no spec', undefined],
])('a rule at the root sees the name of an object with %s', async (_, spec) => {
  await expectSame(api, kind, objectOf(kind, spec, { name: 'bad' }));
});

test.each([
  [{ fixed: 'a' }],
  [{ fixed: 'b' }],
  [{ grows: 4 }],
  [{ grows: 6 }],
  [{ rises: 4 }],
  [{ rises: 5 }],
  [{ keyed: [{ k: 'a', v: 'y' }] }],
  [{ keyed: [{ k: 'c', v: 'y' }] }],
  [
    {
      keyed: [
        { k: 'b', v: 'bad' },
        { k: 'a', v: 'x' },
      ],
    },
  ],
  [{}],
])('rules compare a change to %j with what was, as the API server does', async (spec) => {
  const was = {
    fixed: 'a',
    grows: 5,
    rises: 5,
    keyed: [
      { k: 'a', v: 'x' },
      { k: 'b', v: 'ok' },
    ],
    map: { x: 1 },
  };
  const path = `${kind.path}/changed`;
  const old = await api.send<{ readonly metadata: { readonly resourceVersion: string } }>(
    'PATCH',
    `${path}?fieldManager=rules&force=true`,
    objectOf(kind, was, { name: 'changed' }),
    'application/apply-patch+yaml',
  );
  const { resourceVersion } = successful('apply', old).metadata;

  const changed = objectOf(kind, spec, { name: 'changed', resourceVersion });

  expect(ours(kind, changed, old.body)).toEqual(await theirs(api, kind, changed, old.body));
});

test('the rules of the CRDs can all be evaluated', () => {
  for (const { spec } of definitions) {
    for (const { schema: own, subresources } of spec.versions) {
      expect(schemaErrors(own.openAPIV3Schema, 'schema', subresources?.status !== undefined)).toEqual([]);
    }
  }
});

test.each(ruleSamples.map((sample) => [sample.kind, sample.says, sample.spec] as const))(
  'the rules of %s judge %s as the API server does',
  async (name, _, spec) => {
    const { spec: crd } = definitions.find((one) => one.spec.names.kind === name);
    const version = crd.versions.find((one: { storage: boolean }) => one.storage);
    const type: Compared = {
      group: crd.group,
      version: version.name,
      kind: name,
      schema: structural(version.schema.openAPIV3Schema),
      path: `/apis/${crd.group}/${version.name}/namespaces/default/${crd.names.plural}`,
    };

    await expectSame(api, type, JSON.parse(JSON.stringify(objectOf(type, spec))));
  },
);
