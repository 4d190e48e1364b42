import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../../infra/local/cluster/schema/defaults.ts';
import type { JsonSchema } from '../../../../infra/local/cluster/schema/json-schema.ts';
import { prune } from '../../../../infra/local/cluster/schema/prune.ts';
import { structural } from '../../../../infra/local/cluster/schema/structural.ts';
import { validate } from '../../../../infra/local/cluster/schema/validate.ts';

const text: JsonSchema = { type: 'string' };
const json: JsonSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      properties: {
        name: text,
        size: { type: 'integer', default: 3 },
        labels: { type: 'object', additionalProperties: text },
        values: { 'x-kubernetes-preserve-unknown-fields': true },
        ports: {
          type: 'array',
          items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' } } },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port'],
        },
        selector: { type: 'object', properties: { a: text }, 'x-kubernetes-map-type': 'atomic' },
      },
    },
  },
};
const schema = structural(json);

function object(spec: object) {
  return { apiVersion: 'example.com/v1', kind: 'Custom', metadata: { name: 'x' }, spec };
}

describe('the schema of a custom kind', () => {
  test('is one for equal definitions, whichever cluster they are of', () => {
    const another = JSON.parse(JSON.stringify(json));
    const other = structural({ ...another, description: 'another' });

    expect(structural(another)).toBe(schema);
    expect(other).not.toBe(schema);
  });

  test('has the metadata of every object beside its own fields', () => {
    expect([...schema.fieldNames].sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(schema.field('metadata')?.field('finalizers')?.listType).toBe('set');
  });

  test.each([
    ['labels', { type: 'map', atomic: false }],
    ['values', { type: 'any', preservesUnknown: true, atomic: false }],
    ['ports', { type: 'list', listType: 'map', listKeys: ['port'], atomic: false }],
    ['selector', { type: 'object', atomic: true }],
    ['size', { type: 'integer', default: 3, atomic: true }],
  ])('knows that %s is %j', (name, facts) => {
    expect(schema.field('spec')?.field(name)).toMatchObject(facts);
  });
});

describe('an object that needs no change', () => {
  test('is given back itself', () => {
    const whole = object({ name: 'a', size: 1, values: { deep: { a: null } }, ports: [{ port: 1 }] });

    expect(prune(whole, schema)).toEqual({ object: whole, unknown: [] });
    expect(prune(whole, schema).object).toBe(whole);
    expect(withDefaults(whole, schema)).toBe(whole);
  });
});

describe('an object that changes', () => {
  test('is left as it was, and shares what stays', () => {
    const spec = { name: 'a', more: 1, ports: [{ port: 1, more: 2 }], values: { kept: true } };
    const whole = Object.freeze(object(Object.freeze(spec)));

    const { object: pruned, unknown } = prune(whole, schema);
    const full = withDefaults(pruned, schema);

    expect(unknown).toEqual(['spec.more', 'spec.ports[0].more']);
    expect(full.spec).toEqual({ name: 'a', size: 3, ports: [{ port: 1 }], values: { kept: true } });
    expect((full.spec as typeof spec).values).toBe(spec.values);
    expect(full.metadata).toBe(whole.metadata);
  });
});

describe('integers beyond 2^53', () => {
  test('are validated as what they are', () => {
    const big = structural({
      type: 'object',
      properties: { n: { type: 'integer', format: 'int64', maximum: 10 } },
    });

    expect(validate(big, { n: 9007199254740993n })).toMatchObject([
      {
        field: 'n',
        message: 'Invalid value: 9007199254740993: n in body should be less than or equal to 10',
      },
    ]);
    expect(validate(big, { n: 2n ** 63n })).toMatchObject([
      { message: expect.stringContaining('must be of type int64: "float64"') },
      { message: expect.stringContaining('Checked value must be of type integer with format int64 in n') },
      { message: expect.stringContaining('should be less than or equal to 10') },
    ]);
  });
});

describe('a status that is written by its subresource', () => {
  const withStatus = structural({
    type: 'object',
    required: ['spec'],
    properties: { spec: { type: 'object' }, status: { type: 'object', properties: { phase: text } } },
  });

  test('alone is held against the schema', () => {
    const wrong = { apiVersion: 'example.com/v1', kind: 'Custom', metadata: {}, status: { phase: 1 } };

    expect(validate(withStatus, wrong, { subresource: 'status' }).map(({ field }) => field)).toEqual([
      'status.phase',
    ]);
    expect(validate(withStatus, wrong).map(({ field }) => field)).toEqual(['status.phase', 'spec']);
  });
});

test('rules are not checked after faults that are known of before', () => {
  const ruled = structural({
    ...json,
    'x-kubernetes-validations': [{ rule: "self.metadata.name != 'x'", message: 'no x' }],
  });
  const known = [
    { field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value' },
  ] as const;

  expect(validate(ruled, object({ name: 'a' }))).toMatchObject([{ message: 'Invalid value: no x' }]);
  expect(validate(ruled, object({ name: 'a' }), { known })).toMatchObject([
    { message: expect.stringContaining('some validation rules were not checked') },
  ]);
});
