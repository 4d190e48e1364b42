import type { JsonSchema } from '../../infra/local/cluster/schema/json-schema.ts';

/** A field of a custom kind, and values that a server takes or refuses for it. */
export interface FieldSample {
  readonly schema: JsonSchema;
  readonly values: readonly unknown[];
}

const text: JsonSchema = { type: 'string' };
const pair = (format: string, ...values: readonly unknown[]): FieldSample => ({
  schema: { type: 'string', format },
  values,
});
const members = (properties: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});

const scalars = {
  string: {
    schema: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-zé]+$' },
    values: ['ab', 'a', 'abcde', 'AB', 1, null, '', true, ['a'], { a: 1 }, 'éé', 'a\u0000\t"<&>'],
  },
  pattern: {
    schema: { type: 'string', pattern: '^(?i)[[:alpha:]]+\\z' },
    values: ['aB', 'a1', 'a\n'],
  },
  integer: {
    schema: { type: 'integer', minimum: 1, maximum: 10, exclusiveMaximum: true },
    values: [1, 0, 10, 9, 1.5, '1', null, -1, true],
  },
  int32: {
    schema: { type: 'integer', format: 'int32' },
    values: [2 ** 31, 2 ** 31 - 1, -(2 ** 31) - 1, 1.5, 'x'],
  },
  int64: { schema: { type: 'integer', format: 'int64' }, values: [2 ** 53 - 1, 1e20, 1.5] },
  number: {
    schema: { type: 'number', multipleOf: 0.5, minimum: 0.5, exclusiveMinimum: true },
    values: [0.5, 1.5, 0.75, 'x', 2],
  },
  float: { schema: { type: 'number', format: 'float' }, values: [1.5, 1e39, -1e39, 'x'] },
  multiple: { schema: { type: 'integer', multipleOf: 3 }, values: [3, 4, 0, -3] },
  boolean: { schema: { type: 'boolean' }, values: [true, 'true', 1, null] },
  enum: { schema: { type: 'string', enum: ['a', 'b'] }, values: ['a', 'c', '', null, 1] },
  numbers: { schema: { type: 'integer', enum: [1, 2] }, values: [1, 3, '1', 1.5] },
  nullable: { schema: { type: 'string', nullable: true, enum: ['x'] }, values: [null, 'x', 'y'] },
  either: { schema: { 'x-kubernetes-int-or-string': true }, values: [1, 'a', 1.5, true, null, {}, []] },
  percent: {
    schema: {
      'x-kubernetes-int-or-string': true,
      pattern: '^\\d+%$',
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    },
    values: [1, '5%', 'x'],
  },
} satisfies Record<string, FieldSample>;

const keyed = members({ k: text, p: { type: 'integer', default: 1 }, v: text }, { required: ['k'] });

const collections = {
  list: {
    schema: { type: 'array', items: text, minItems: 1, maxItems: 2 },
    values: [['a'], [], ['a', 'b', 'c'], 'a', [1], {}, null, [null], ['a', 2, 'c']],
  },
  set: {
    schema: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    values: [
      ['a', 'b'],
      ['a', 'a'],
      ['a', 'a', 'a'],
      ['b', 'a', 'b', 'a'],
    ],
  },
  keyed: {
    schema: {
      type: 'array',
      items: keyed,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k', 'p'],
    },
    values: [
      [{ k: 'a' }, { k: 'b' }],
      [{ k: 'a' }, { k: 'a' }],
      [
        { k: 'a', p: 1 },
        { k: 'a', p: 2 },
      ],
      [{}],
      ['x'],
      [null],
      [{ k: 'a' }, { k: 'a', p: 1 }],
    ],
  },
  lists: {
    schema: { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
    values: [[[1], [2, 'x']], [1]],
  },
  objects: {
    schema: {
      type: 'array',
      items: members({ x: text, y: { type: 'integer', default: 3 } }, { required: ['x'] }),
    },
    values: [
      [{ x: 'a' }],
      [{}],
      [{ x: 'a', y: null }],
      [
        { x: 'a', z: 1 },
        { x: 'b', z: {} },
      ],
      ['a'],
    ],
  },
  integers: {
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    values: [{ a: 1 }, { a: 'x' }, { a: null }, {}, [], { a: 1.5, b: true }],
  },
  maps: {
    schema: { type: 'object', additionalProperties: members({ a: { ...text, default: 'f' } }) },
    values: [{ a: {} }, { a: { b: 1 } }, { a: null }, { a: { a: null } }],
  },
  anything: {
    schema: { type: 'object', additionalProperties: true },
    values: [{ a: 1, b: { c: 1 } }, { a: [{ b: 1 }] }, {}, { a: null }],
  },
  nothing: { schema: { type: 'object', additionalProperties: false }, values: [{ a: 1 }, {}] },
} satisfies Record<string, FieldSample>;

const whole: JsonSchema = { type: 'object', 'x-kubernetes-embedded-resource': true };
const pod = { apiVersion: 'v1', kind: 'Pod' };

const objects = {
  object: {
    schema: members(
      {
        r: text,
        d: { ...text, default: 'dd' },
        q: { ...text, nullable: true },
        z: { ...text, nullable: true, default: 'zz' },
      },
      { required: ['r'], minProperties: 1, maxProperties: 3 },
    ),
    values: [
      { r: 'x' },
      {},
      { r: 'x', q: null },
      { r: null },
      { r: 'x', z: null },
      { r: 'x', d: null },
      { r: 'x', un: 1 },
      [],
      null,
      'x',
      { r: 'x', q: 'a', d: 'b', z: 'c' },
    ],
  },
  defaulted: {
    schema: members(
      {
        a: { ...text, default: 'x' },
        b: members({ c: { type: 'integer' }, d: { type: 'integer', default: 2 } }, { default: { c: 1 } }),
      },
      { default: {} },
    ),
    values: [{}, null, { a: null }, { b: {} }, { b: null }, { b: { c: null } }, { b: { d: null, e: 1 } }],
  },
  any: {
    schema: { 'x-kubernetes-preserve-unknown-fields': true },
    values: [1, { a: { b: null } }, [1, { a: null }], null],
  },
  kept: {
    schema: { ...members({ k: members({ a: text }) }), 'x-kubernetes-preserve-unknown-fields': true },
    values: [{ a: 1, k: { a: 'x', b: 1 } }, { k: { a: 1 } }, 'x', { k: null, z: null }],
  },
  whole: {
    schema: { ...whole, 'x-kubernetes-preserve-unknown-fields': true },
    values: [
      { ...pod, metadata: { name: 'a', foo: 1 }, x: 1 },
      {},
      { apiVersion: 'v1' },
      pod,
      { kind: '', apiVersion: '' },
      { kind: 'a b', apiVersion: 'a/b/c' },
      { kind: 1, apiVersion: 'v1' },
    ],
  },
  part: {
    schema: { ...whole, ...members({ spec: members({ a: text }) }) },
    values: [
      { ...pod, spec: { a: 'b', c: 1 }, x: 1, metadata: { labels: { a: 'b' }, z: 1 } },
      { ...pod, metadata: { labels: { a: 1 } } },
    ],
  },
  one: {
    schema: members(
      { a: text, b: text, c: { type: 'integer' } },
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    ),
    values: [{ a: 'x' }, { b: 'x' }, { a: 'x', b: 'x' }, {}, { c: 1 }, { a: 1 }],
  },
  some: {
    schema: members(
      { a: text, b: text },
      { anyOf: [{ required: ['a'], properties: { a: { minLength: 3 } } }, { required: ['b'] }] },
    ),
    values: [{ a: 'x' }, { a: 'xxx' }, { b: 'x' }, {}, { a: 1 }],
  },
  all: { schema: { ...text, allOf: [{ minLength: 2 }, { pattern: '^a' }] }, values: ['ab', 'b', 'bb', 'a'] },
  not: { schema: { ...text, not: { enum: ['bad'] } }, values: ['bad', 'good', 1] },
} satisfies Record<string, FieldSample>;

const formats = {
  dateTime: pair(
    'date-time',
    '2020-01-01T00:00:00Z',
    '2020-01-01',
    'x',
    '2020-01-01t00:00:00z',
    '2020-01-01T00:00:00+01:00',
    '2020-01-01T24:00:00Z',
    '2020-13-01T00:00:00Z',
    '2020-01-01T00:00:00.123Z',
    '2020-01-01T00:00:00',
    1,
  ),
  date: pair('date', '2020-02-29', '2021-02-29', '2020-1-1'),
  duration: pair('duration', '1h', '1 day', '3d', 'x', '', '1', '1.5s', '-1s', '2 weeks'),
  ipv4: pair('ipv4', '1.2.3.4', '01.2.3.4', '1.2.3', '::1', '256.1.1.1', '::ffff:1.2.3.4'),
  ipv6: pair('ipv6', '::1', '1.2.3.4', 'x', 'fe80::1%eth0'),
  cidr: pair('cidr', '1.2.3.4/8', '1.2.3.4', '::/0', '1.2.3.4/33'),
  uri: pair(
    'uri',
    'http://a/b',
    '/a',
    'a',
    'http://a b',
    'http://a:x',
    'mailto:a@b',
    'http://[::1]/',
    '%zz',
    'http://a/%zz',
    '*',
    '://a',
    '',
  ),
  email: pair('email', 'a@b', 'a', 'a@b.c', 'A <a@b.c>', 'a@b c', 'a b@c', '"a b"@c.d', 'a.@b'),
  hostname: pair(
    'hostname',
    'a',
    'a.b',
    'a_b',
    '-a',
    'a-',
    'a.b.',
    '1.2.3.4',
    'xn--a.com',
    'a'.repeat(64),
    'a..b',
    '',
  ),
  uuid: pair('uuid', '12345678-1234-1234-1234-123456789abc', '12345678123412341234123456789ABC', 'x'),
  uuid4: pair('uuid4', '12345678-1234-4234-8234-123456789abc', '12345678-1234-1234-1234-123456789abc'),
  byte: pair('byte', 'YQ==', 'YQ', '', '!!'),
  mac: pair(
    'mac',
    '00:00:5e:00:53:01',
    '0000.5e00.5301',
    '00-00-5e-00-53-01',
    'x',
    '00:00-5e:00:53:01',
    '02:00:5e:10:00:00:00:01',
  ),
  shortName: pair('k8s-short-name', 'a-b', 'A', 'a'.repeat(64), '-a', 'a.b'),
  longName: pair('k8s-long-name', 'a-b.c', 'A', 'a'.repeat(254), 'a..b'),
  hexcolor: pair('hexcolor', '#fff', 'fff', '#ggg', '#ffff'),
  rgbcolor: pair('rgbcolor', 'rgb(0,0,0)', 'rgb(256,0,0)', 'rgb( 1 , 2 , 3 )', 'rgb(00,0,0)'),
  isbn: pair('isbn', '0321751043', '978-0321751041', '0321751044', 'x'),
  creditcard: pair('creditcard', '4111111111111111', '4111 1111 1111 1111', '4111111111111112'),
  ssn: pair('ssn', '123-45-6789', '12-3'),
  bsonobjectid: pair('bsonobjectid', '507f1f77bcf86cd799439011', 'x'),
  unheardOf: pair('whatever', 'x', 1),
} satisfies Record<string, FieldSample>;

/** Samples for every rule of schemas, by the field's name. */
export const fieldSamples: Readonly<Record<string, FieldSample>> = {
  ...scalars,
  ...collections,
  ...objects,
  ...formats,
};
