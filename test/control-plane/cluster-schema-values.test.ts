import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { connect } from './api.ts';
import { type Compared, expectSame, objectOf, serve } from './schema-comparison.ts';
import { fieldSamples } from './schema-samples.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

const fields = Object.entries(fieldSamples);
let kind: Compared;
beforeAll(async () => {
  const spec = {
    type: 'object',
    properties: Object.fromEntries(fields.map(([n, { schema }]) => [n, schema])),
  };
  const status = { type: 'object', properties: { x: { type: 'integer' } } };
  kind = await serve(api, 'Sampled', { type: 'object', properties: { spec, status } });
});

describe.each(fields)('a field with a schema: %s', (name, { values }) => {
  test.each(values.map((value) => [value]))('is judged as by the API server: %j', async (value) => {
    await expectSame(api, kind, objectOf(kind, { [name]: value }));
  });
});

test.each([
  ['no spec', undefined],
  ['a spec that is none', 'x'],
  ['a spec of null', null],
  ['a spec that is a list', []],
  ['unknown fields', { zz: 1, a: { b: 1 }, objects: [{ x: 'a', b: 1 }, { x: 'b' }, { x: 'c', a: 1 }] }],
  ['several faults', { string: 'A', integer: 100, list: [] }],
])('an object with %s is judged as by the API server', async (_, spec) => {
  await expectSame(api, kind, objectOf(kind, spec));
});

test.each([
  ['unknown members', { foo: 1, labels: { a: 'b' }, aa: 2 }],
  ['a label that is no text', { labels: { a: 1 } }],
  ['labels that are none', { labels: 'x' }],
  ['a generation that is no number', { generation: 'x' }],
  [
    'an unknown member of an owner',
    { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'b', z: 1 }] },
  ],
  ['annotations of null', { annotations: null }],
])('metadata with %s is judged as by the API server', async (_, metadata) => {
  await expectSame(api, kind, objectOf(kind, {}, metadata));
});

test.each([
  ['a status', { status: { x: 1, y: 2 } }],
  ['a wrong status', { status: { x: '1' } }],
  ['a status of null', { status: null }],
  ['unknown members of its own', { b: 1, a: { c: 2 } }],
])('an object with %s is judged as by the API server', async (_, more) => {
  await expectSame(api, kind, { ...objectOf(kind, {}), ...more });
});
