import { expect, test } from 'vitest';
import {
  contentHash,
  entryHash,
  hasDrifted,
  manifestHash,
  metadataHash,
  ownsAtLeast,
  ownsTheSame,
  valueHash,
} from '../../../shared/apply/fingerprint.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

const OURS = 'kustomize-controller';
const KEY = new Uint8Array([1, 2, 3]);

const FIELDS = {
  'f:metadata': { 'f:labels': { 'f:ours': {} } },
  'f:data': { '.': {}, 'f:a': {} },
  'f:list': {
    'k:{"name":"x","port":1}': { '.': {}, 'f:name': {}, 'f:value': {} },
    'k:{"name":"y","port":1}': { 'f:value': {} },
  },
  'f:set': { 'v:"one"': {}, 'v:2': {} },
};

interface Change {
  readonly metadata?: object;
  readonly time?: string;
  readonly [field: string]: unknown;
}

function live({ metadata, time = 't1', ...fields }: Change = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: {
      name: 'thing',
      labels: { ours: '1' },
      managedFields: [
        { manager: OURS, operation: 'Update', fieldsV1: { 'f:not': {} } },
        { manager: OURS, operation: 'Apply', subresource: 'status', fieldsV1: { 'f:not': {} } },
        { manager: OURS, operation: 'Apply', apiVersion: 'v1', time, fieldsV1: FIELDS },
      ],
      ...metadata,
    },
    data: { a: '1', theirs: '1' },
    // The port was filled by a default and is not served.
    list: [
      { name: 'x', value: 1, theirs: 1 },
      { name: 'y', value: 2 },
    ],
    set: ['one', 2, 'theirs'],
    ...fields,
  };
}

const values = (change?: Change) => valueHash(live(change), OURS, KEY);

test.each<[string, Change]>([
  ['a value', { data: { a: '2', theirs: '1' } }],
  ['a field that is gone', { data: { theirs: '1' } }],
  ['a null for a value', { data: { a: null, theirs: '1' } }],
  ['a map that is gone', { data: undefined }],
  ['a label', { metadata: { labels: { ours: '2' } } }],
  [
    'a value in a list',
    {
      list: [
        { name: 'x', value: 9 },
        { name: 'y', value: 2 },
      ],
    },
  ],
  [
    'the order of a list',
    {
      list: [
        { name: 'y', value: 2 },
        { name: 'x', value: 1 },
      ],
    },
  ],
  ['an item that is gone', { list: [{ name: 'x', value: 1 }] }],
  [
    'an item with another key',
    {
      list: [
        { name: 'x', port: 2, value: 1 },
        { name: 'y', value: 2 },
      ],
    },
  ],
  ['the order of a set', { set: [2, 'one'] }],
  ['a member that is gone', { set: ['one'] }],
])('the values we own: %s changes them', (_, change) => {
  expect(values(change)).not.toBe(values());
});

test.each<[string, Change]>([
  ['a field of others', { data: { a: '1', theirs: '2', more: 'x' } }],
  [
    'an item of others between ours',
    { list: [{ name: 'x', value: 1 }, { name: 'z' }, { name: 'y', value: 2 }] },
  ],
  ['a label of others', { metadata: { labels: { ours: '1', theirs: 'x' } } }],
  ['a status', { status: { ready: true } }],
  [
    'a default that is spelled out',
    {
      list: [
        { name: 'x', port: 1, value: 1 },
        { name: 'y', value: 2 },
      ],
    },
  ],
])('the values we own: %s does not change them', (_, change) => {
  expect(values(change)).toBe(values());
});

test('values beyond 2^53 are told apart', () => {
  expect(values({ data: { a: 9007199254740993n } })).not.toBe(values({ data: { a: 9007199254740995n } }));
});

test('7: the fingerprints of values depend on the key, and hold nothing of the values', () => {
  const other = new Uint8Array([1, 2, 4]);

  for (const hash of [
    valueHash(live(), OURS, KEY),
    contentHash(live(), KEY),
    metadataHash(live(), OURS, KEY),
  ]) {
    expect(hash).toMatch(/^[A-Za-z0-9+/]{12}$/);
  }
  expect(valueHash(live(), OURS, other)).not.toBe(valueHash(live(), OURS, KEY));
  expect(contentHash(live(), other)).not.toBe(contentHash(live(), KEY));
  expect(metadataHash(live(), OURS, other)).not.toBe(metadataHash(live(), OURS, KEY));
  expect(manifestHash(live(), other)).not.toBe(manifestHash(live(), KEY));
});

test('our entry: its time counts, the order of its keys does not, and only Apply of the main resource is ours', () => {
  const reordered = live();
  const entries = reordered.metadata.managedFields?.map((each) =>
    Object.fromEntries(Object.entries(each).toReversed()),
  );

  expect(entryHash(live({ metadata: { managedFields: entries } }), OURS)).toBe(entryHash(live(), OURS));
  expect(entryHash(live({ time: 't2' }), OURS)).not.toBe(entryHash(live(), OURS));
  expect(entryHash(live({ metadata: { managedFields: entries?.slice(0, 2) } }), OURS)).toBe('');
  expect(ownsTheSame(live({ time: 't2' }), live(), OURS)).toBe(true);
  expect(ownsTheSame(live({ metadata: { managedFields: [] } }), live(), OURS)).toBe(false);
});

test('owning at least the same: more fields are no difference, fewer and those of another version are', () => {
  const owning = (fieldsV1: object, apiVersion = 'apps/v1') =>
    live({
      metadata: { managedFields: [{ manager: OURS, operation: 'Apply', apiVersion, fieldsV1 }] },
      spec: { replicas: 1, strategy: 'x' },
    });
  const few = owning({ 'f:spec': { 'f:replicas': {} } });
  const more = owning({ 'f:spec': { 'f:strategy': {}, 'f:replicas': {} } });

  expect(ownsAtLeast(more, few, OURS)).toBe(true);
  expect(ownsAtLeast(few, few, OURS)).toBe(true);
  expect(ownsAtLeast(few, more, OURS)).toBe(false);
  expect(ownsAtLeast(live({ metadata: { managedFields: [] } }), few, OURS)).toBe(false);
  expect(ownsAtLeast(more, owning({ 'f:spec': { 'f:replicas': {} } }, 'apps/v2'), OURS)).toBe(false);
});

test('owning at least the same: what is empty in a built-in kind need not be ours, as Flux leaves it out', () => {
  const owning = (fieldsV1: object, fields: object = {}, apiVersion = 'apps/v1') => ({
    ...live({
      metadata: { managedFields: [{ manager: OURS, operation: 'Apply', apiVersion, fieldsV1 }] },
      ...fields,
    }),
    apiVersion,
  });
  const fluxs = owning({ 'f:spec': { 'f:replicas': {} } });
  const ours = { 'f:spec': { 'f:replicas': {}, 'f:paused': {}, 'f:template': { 'f:labels': {} } } };

  for (const spec of [{ paused: false, template: { labels: {} } }, { paused: false }, {}])
    expect(ownsAtLeast(fluxs, owning(ours, { spec }), OURS)).toBe(true);
  for (const spec of [{ paused: true }, { template: { labels: { a: '1' } } }])
    expect(ownsAtLeast(fluxs, owning(ours, { spec }), OURS)).toBe(false);
  const custom = (fields: object) => owning(fields, { spec: {} }, 'example.com/v1');
  expect(ownsAtLeast(custom({ 'f:spec': { 'f:replicas': {} } }), custom(ours), OURS)).toBe(false);
});

test('metadata: our labels, finalizers and owner references by value, nothing else', () => {
  const hash = (metadata?: object) => metadataHash(live(metadata ? { metadata } : {}), OURS, KEY);

  expect(hash({ labels: { ours: '2' } })).not.toBe(hash());
  expect(hash({ finalizers: ['a/b'] })).not.toBe(hash());
  expect(hash({ ownerReferences: [{ uid: 'x' }] })).not.toBe(hash());
  expect(hash({ labels: { ours: '1', theirs: 'x' }, resourceVersion: '9' })).toBe(hash());
});

test('[KS-61 definition] drift is a difference in labels, annotations or anything but metadata and status', () => {
  expect(
    hasDrifted(live(), live({ status: { a: 1 }, metadata: { resourceVersion: '2', finalizers: ['a/b'] } })),
  ).toBe(false);
  expect(hasDrifted(live(), live({ metadata: { labels: { ours: '1', other: 'x' } } }))).toBe(true);
  expect(hasDrifted(live(), live({ metadata: { annotations: { other: 'x' } } }))).toBe(true);
  expect(hasDrifted(live(), live({ metadata: { annotations: {} } }))).toBe(false);
  expect(hasDrifted(live(), live({ data: { a: '1' } }))).toBe(true);
  expect(hasDrifted(live(), live({ set: [2, 'one', 'theirs'] }))).toBe(true);
});
