import { afterAll, expect, inject, test } from 'vitest';
import type { JsonSchema } from '../../infra/local/cluster/schema/json-schema.ts';
import { connect, successful } from './api.ts';
import { objectOf, ours, serve, theirs } from './schema-comparison.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

const anything: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const text: JsonSchema = { type: 'string', maxLength: 3 };
const positive = { 'x-kubernetes-validations': [{ rule: 'self > 0', message: 'positive' }] };
const item: JsonSchema = { type: 'object', required: ['k'], properties: { k: text, v: text } };
const strict: JsonSchema = {
  type: 'object',
  required: ['needed'],
  properties: {
    needed: text,
    name: text,
    count: { type: 'integer', ...positive },
    inner: { type: 'object', required: ['b'], properties: { a: text, b: text } },
    plain: { type: 'array', items: text },
    keyed: {
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    both: {
      type: 'object',
      properties: { a: text },
      allOf: [{ required: ['z'], properties: { a: { minLength: 2 } } }],
    },
    map: { type: 'object', additionalProperties: text },
  },
};

const was = {
  name: 'far too long',
  count: 0,
  inner: { a: 'far too long' },
  plain: ['far too long', 'b'],
  keyed: [{ k: 'a', v: 'far too long' }, { k: 'b' }],
  both: { a: 'x' },
  map: { x: 'far too long', y: 'b' },
};

test('what is wrong and does not change is let through where the API server lets it through', async () => {
  const loose = { type: 'object', properties: { spec: anything } };
  const before = await serve(api, 'Ratcheted', loose);
  const stored = await api.send<{ metadata: { resourceVersion: string } }>(
    'PATCH',
    `${before.path}/x?fieldManager=ratchet`,
    objectOf(before, was),
    'application/apply-patch+yaml',
  );
  const { resourceVersion } = successful('apply', stored).metadata;
  const kind = await serve(api, 'Ratcheted', { type: 'object', properties: { spec: strict } });
  const changes: readonly object[] = [
    {},
    { needed: 'a' },
    { name: 'another long one' },
    { name: 'ok' },
    { count: -1 },
    { inner: { a: 'far too long', b: 'b' } },
    { inner: { a: 'still too long' } },
    { inner: { a: 'far too long', c: 'x' } },
    { plain: ['far too long', 'c'] },
    { plain: ['far too long', 'b'], name: 'ok' },
    { keyed: [{ k: 'b' }, { k: 'a', v: 'far too long' }] },
    {
      keyed: [
        { k: 'b', v: 'x' },
        { k: 'a', v: 'far too long' },
      ],
    },
    { keyed: [{ k: 'c', v: 'far too long' }] },
    { both: { a: 'y' } },
    { both: { a: 'x', z: 'z' } },
    { map: { x: 'far too long', y: 'c' } },
    { map: { z: 'far too long', y: 'c' } },
    { set: ['a', 'a'] },
  ];

  for (const change of changes) {
    const object = objectOf(kind, { ...was, ...change }, { resourceVersion });
    const verdict = ours(kind, object, stored.body);
    expect([change, verdict]).toEqual([change, await theirs(api, kind, object, stored.body)]);
  }
});
