import { afterAll, describe, expect, inject, test } from 'vitest';
import type { FieldError } from '../../infra/local/cluster/api-error.ts';
import type { JsonSchema, ValidationRule } from '../../infra/local/cluster/schema/json-schema.ts';
import { schemaErrors } from '../../infra/local/cluster/schema/structural-check.ts';
import { connect } from './api.ts';
import { causesOf, definition } from './schema-comparison.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

const PATH = 'spec.validation.openAPIV3Schema';
const text: JsonSchema = { type: 'string', maxLength: 5 };
const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});
const field = (schema: JsonSchema) => object({ a: schema });
const list = (items: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ type: 'array', items, ...more });
const set: JsonSchema = { 'x-kubernetes-list-type': 'set' };
const map = (...keys: string[]): JsonSchema => ({
  'x-kubernetes-list-type': 'map',
  ...(keys.length > 0 && { 'x-kubernetes-list-map-keys': keys }),
});
const embedded: JsonSchema = { 'x-kubernetes-embedded-resource': true };
const kept: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true };
const either: JsonSchema = { 'x-kubernetes-int-or-string': true };
const rules = (...all: readonly Partial<ValidationRule>[]): JsonSchema => ({
  'x-kubernetes-validations': all.map((rule) => ({ rule: 'true', ...rule })),
});
const outer: JsonSchema = {
  ...{ ...set, ...kept, ...either, ...embedded, 'x-kubernetes-map-type': 'atomic' },
  ...{ 'x-kubernetes-list-map-keys': ['a'], ...rules({}) },
};

async function theirs(schema: JsonSchema, status: boolean) {
  const crd = definition('Refused', schema);
  const [version] = crd.spec.versions;
  const versions = [status ? { ...version, subresources: { status: {} } } : version];
  const body = { ...crd, spec: { ...crd.spec, versions } };
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All';
  return api.send<{ details?: { causes?: readonly FieldError[] } }>('POST', path, body);
}

const samples: Readonly<Record<string, readonly JsonSchema[]>> = {
  types: [
    { type: 'string' },
    {},
    field({ type: 'foo' }),
    field({ type: 'null' }),
    field({}),
    field(object({ b: {} })),
  ],
  'what is not supported': [
    field({ type: 'string', uniqueItems: true }),
    field({ $ref: '#/x' }),
    field({ type: 'array', items: [text] }),
    field({ type: 'object', patternProperties: { a: text } }),
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
  ],
  properties: [
    field({ type: 'object', additionalProperties: false }),
    field(object({ b: text }, { additionalProperties: true })),
    field(object({ b: text }, { additionalProperties: text })),
    field(object({ b: text }, { additionalProperties: false })),
    field(object({ b: text }, { oneOf: [{ additionalProperties: { minLength: 1 } }] })),
  ],
  lists: [
    field({ type: 'array' }),
    field({ type: 'array', items: {} }),
    field(list(text, { allOf: [{ items: { minLength: 1 } }, { items: { properties: { x: {} } } }] })),
    field(list(object({ k: text }), map())),
    field(list(object({ k: text }), map('k'))),
    field(list(object({ k: text }, { required: ['k'] }), map('k', 'k', 'z'))),
    field(list(text, map('k'))),
    field(list(text, { 'x-kubernetes-list-map-keys': ['k'] })),
    field(list(text, { ...set, 'x-kubernetes-list-map-keys': ['k'] })),
    field(list(text, { 'x-kubernetes-list-type': 'foo' })),
    field({ type: 'string', ...set }),
    field(list(object({ a: text }), set)),
    field(list(list(text, set), set)),
    field(list({ ...text, nullable: true }, set)),
    field(list(object({ k: { ...text, nullable: true } }, { nullable: true, required: ['k'] }), map('k'))),
    field(list(object({ k: { type: 'object' } }, { required: ['k'] }), map('k'))),
  ],
  maps: [
    field({ type: 'string', 'x-kubernetes-map-type': 'atomic' }),
    field({ type: 'object', 'x-kubernetes-map-type': 'foo' }),
    field({ ...kept, 'x-kubernetes-map-type': 'granular' }),
  ],
  patterns: ['(', '[a', '(?!a)', 'a**', '\\8', '(?i)a'].map((pattern) => field({ type: 'string', pattern })),
  'nested restrictions': [
    field({ type: 'string', anyOf: [{ type: 'string' }] }),
    object({ a: text }, { properties: { a: { ...text, anyOf: [{ properties: { b: { minLength: 1 } } }] } } }),
    field({ type: 'string', not: { type: 'string' } }),
    ...(['oneOf', 'allOf', 'anyOf'] as const).map((junctor) =>
      object({ b: text }, { [junctor]: [{ properties: { c: { minLength: 1 } } }] }),
    ),
    object({ b: text }, { not: { properties: { c: { minLength: 1 } } } }),
    // Only the root is looked at for this.
    field(object({ b: text }, { not: { properties: { c: { minLength: 1 } } } })),
    field(
      object(
        { b: text },
        { allOf: [{ properties: { b: { description: 'x', title: 't', default: 'a', nullable: true } } }] },
      ),
    ),
    field(object({ b: text }, { anyOf: [{ properties: { b: outer } }] })),
  ],
  metadata: [
    object({ metadata: object({ labels: { type: 'object' } }) }),
    object({ metadata: object({ name: { type: 'string', maxLength: 3 } }) }),
    object({ metadata: { type: 'string' } }),
    object({ metadata: { type: 'object', description: 'x' } }),
    object({ metadata: object({ name: { type: 'string', default: 'x' } }) }),
    object({ kind: { type: 'integer' }, apiVersion: { type: 'object' } }),
  ],
  'whole objects within': [
    field(embedded),
    field({ type: 'object', ...embedded }),
    field({ type: 'object', ...embedded, ...kept }),
    field({ type: 'object', ...embedded, additionalProperties: text }),
    field({ type: 'string', ...embedded, ...kept }),
  ],
  'integers or strings': [
    field({ ...either, ...kept }),
    field({ ...either, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
    field({ ...either, allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: 'a' }] }),
    field({ ...either, anyOf: [{ type: 'string' }, { type: 'integer' }] }),
    field({ ...either, type: 'integer' }),
  ],
  defaults: [
    field({ type: 'string', default: 5 }),
    field(object({ c: text }, { default: { b: 1 } })),
    field(object({ c: text }, { default: { c: 1 } })),
    field({ type: 'object', default: null, nullable: true }),
    field(object({ b: list(text, { default: ['x', 1] }) })),
    field({ type: 'integer', default: 5, ...rules({ rule: 'self < 3', message: 'm' }) }),
    field(object({ c: { type: 'integer', ...rules({ rule: 'self < 3' }) } }, { default: { c: 5 } })),
  ],
  'texts of rules': [
    field({ ...text, ...rules({ rule: '' }) }),
    field({ ...text, ...rules({ message: ' ' }, { message: 'a\nb' }, { rule: 'true\n&& true' }) }),
    field({ ...text, ...rules({ messageExpression: ' ' }, { reason: 'Foo' }) }),
    field({ ...text, ...rules({ fieldPath: '.x' }, { fieldPath: ' ' }, { fieldPath: '.a\n' }) }),
    object(
      { a: text, b: { type: 'object', additionalProperties: text } },
      rules(
        { fieldPath: '.a' },
        { fieldPath: ".b['x']" },
        { fieldPath: '.b.x' },
        { fieldPath: '.c' },
        { fieldPath: 'a' },
      ),
    ),
    field(list({ ...text, ...rules({ rule: 'self == oldSelf' }) }, { maxItems: 3 })),
    field({ ...text, ...rules({ rule: "self == 'a'", optionalOldSelf: true }) }),
  ],
};

describe.each(Object.entries(samples))('a schema is refused as by the API server: %s', (_, schemas) => {
  test.each(schemas.map((schema) => [schema]))('%j', async (schema) => {
    const { body } = await theirs(schema, false);

    expect(causesOf(schemaErrors(schema, PATH, false))).toEqual(causesOf(body.details?.causes ?? []));
  });
});

test.each([
  [{ type: 'string' }],
  [{ type: 'object', nullable: true }],
  [object({ a: text }, { oneOf: [{ required: ['a'] }] })],
  [object({ a: text }, { required: ['a'], minProperties: 1 })],
  [object({ a: text }, { required: ['a'], ...rules({}) })],
])('beside a status subresource the root %j is judged as by the API server', async (schema) => {
  const { body } = await theirs(schema, true);

  // The API server shows the whole schema as Go prints it.
  const brief = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/Invalid value: \{.*\}: /, 'Invalid value: '));
  expect(causesOf(schemaErrors(schema, PATH, true))).toEqual(brief(causesOf(body.details?.causes ?? [])));
});

test.each([
  ['a field that a text does not have', text, 'self.foo', "type 'string' does not support field selection"],
  ['a field that is not declared', object({ b: text }), 'has(self.c)', "undefined field 'c'"],
  [
    'a field that items do not have',
    list(object({ n: text }), { maxItems: 3 }),
    "self.all(x, x.m == 'a')",
    "undefined field 'm'",
  ],
  ['a name that is not there', text, 'foo == self', "undeclared reference to 'foo'"],
  ['broken syntax', text, 'self ==', 'compilation failed'],
])('a rule with %s is refused by both', async (_, schema, rule, words) => {
  const whole = field({ ...schema, ...rules({ rule }) });
  const at = `${PATH}.properties[a].x-kubernetes-validations[0].rule`;
  const { body } = await theirs(whole, false);

  const matching = [
    expect.objectContaining({
      field: at,
      reason: 'FieldValueInvalid',
      message: expect.stringContaining(words),
    }),
  ];
  expect(body.details?.causes).toEqual(matching);
  expect(schemaErrors(whole, PATH, false)).toEqual(matching);
});

test.each(["quantity(self).isGreaterThan(quantity('1'))", 'isURL(self)', "self.find('a') == 'a'"])(
  'a rule with a function that the embedded cluster lacks is refused, not ignored: %s',
  async (rule) => {
    const whole = field({ ...text, ...rules({ rule }) });
    const { status } = await theirs(whole, false);

    expect(status).toBe(201);
    expect(schemaErrors(whole, PATH, false)).toMatchObject([
      { message: expect.stringMatching(/the embedded cluster does not know the function '\w+'/) },
    ]);
  },
);
