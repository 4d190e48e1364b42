import { expect, test } from 'vitest';
import { MAX_UPDATE_MANAGERS } from '../../../../infra/local/cluster/merge/track.ts';
import { builtInType } from '../../../../infra/local/cluster/schema/built-in.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { apply, CUSTOM, configMap, custom, LATER, NOW, owners, stored, write } from './setting.ts';

const created = (data: Record<string, unknown>) => stored(write(undefined, configMap(data), 'ann'));
const withData = (live: KubernetesObject, data: object): KubernetesObject => ({ ...live, data });
const withEntries = (live: KubernetesObject, managedFields: unknown): KubernetesObject =>
  ({ ...live, metadata: { ...live.metadata, managedFields } }) as KubernetesObject;

test('who creates owns all that is there, maps included', () => {
  expect(owners(write(undefined, configMap({ a: '1' }, { labels: { l: 'x' } }), 'ann'))).toEqual([
    'ann Update {"f:data":{".":{},"f:a":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}',
  ]);
});

test('names that every object of JavaScript has are names like others', () => {
  const data = { constructor: '1', toString: '1' };
  const fields = '{"f:data":{".":{},"f:constructor":{},"f:toString":{}}}';
  const made = stored(write(undefined, configMap(data as never), 'ann'));
  const taken = stored(apply(undefined, configMap(data as never), 'ann'));

  expect(owners(made)).toEqual([`ann Update ${fields}`]);
  expect(owners(taken)).toEqual([`ann Apply ${fields.replace('".":{},', '')}`]);
  expect(owners(write(made, withData(made, { ...data, constructor: '2' }), 'bob'))).toEqual([
    'ann Update {"f:data":{".":{},"f:toString":{}}}',
    'bob Update {"f:data":{"f:constructor":{}}}',
  ]);
});

test('of built-in kinds nobody owns the structs that are always there, of custom ones somebody does', () => {
  const labels = { app: 'x' };
  const deployment = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'it' } },
    spec: { replicas: 1, template: { metadata: { labels }, spec: { containers: [{ name: 'a' }] } } },
  };
  const options = { apiVersion: 'apps/v1', schema: builtInType('apps.v1.Deployment'), custom: false };

  expect(owners(write(undefined, deployment, 'ann', options))).toEqual([
    'ann Update {"f:spec":{"f:replicas":{},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},' +
      '"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{}}}}}}}',
  ]);
  expect(owners(write(undefined, custom({ text: 'x' }), 'ann', CUSTOM))).toEqual([
    'ann Update {"f:spec":{".":{},"f:text":{}}}',
  ]);
});

test('who changes a field takes it from the others; who removes one owns nothing by it', () => {
  const live = created({ a: '1', b: '1', c: '1' });

  const changed = write(live, withData(live, { a: '2', b: '1' }), 'bob', { now: LATER });

  expect(owners(changed)).toEqual([
    'ann Update {"f:data":{".":{},"f:b":{}}}',
    'bob Update {"f:data":{"f:a":{}}}',
  ]);
});

test('a write that changes nothing leaves all entries as they are, times included', () => {
  const live = created({ a: '1' });

  expect(write(live, { ...live }, 'bob', { now: LATER }).metadata.managedFields).toEqual(
    live.metadata.managedFields,
  );
});

test('an update adds to what the manager has by updates, with the new time', () => {
  const live = created({ a: '1' });

  const changed = write(live, withData(live, { a: '1', b: '1' }), 'ann', { now: LATER });

  expect(changed.metadata.managedFields).toMatchObject([
    {
      manager: 'ann',
      time: '2026-05-01T12:00:05Z',
      fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } },
    },
  ]);
});

test('a write of the status has an entry of its own', () => {
  const live = apply(undefined, custom({ text: 'x' }), 'ann', CUSTOM);
  const options = { ...CUSTOM, subresource: 'status', reset: { 'f:metadata': {}, 'f:spec': {} } };

  const after = write(live, { ...live, spec: { text: 'y' }, status: { phase: 'p' } }, 'kcm', options);

  expect(owners(after)).toEqual([
    'ann Apply {"f:spec":{"f:text":{}}}',
    'kcm Update/status {"f:status":{".":{},"f:phase":{}}}',
  ]);
});

test('a new order of items is no change', () => {
  const live = apply(
    undefined,
    custom({ tags: ['a', 'b'], named: [{ name: 'a' }, { name: 'b' }] }),
    'ann',
    CUSTOM,
  );
  const turned = { ...live, spec: { tags: ['b', 'a'], named: [{ name: 'b' }, { name: 'a' }] } };

  expect(owners(write(live, turned, 'bob', CUSTOM))).toEqual(owners(live));
});

test.for([
  ['nothing', undefined],
  ['null', null],
  ['what cannot be read', [{ manager: 'x', operation: 'Patch', apiVersion: 'v1', fieldsType: 'FieldsV1' }]],
])('managedFields stay when a client sends %s', ([, sent]) => {
  const live = created({ a: '1' });

  expect(owners(write(live, withEntries(live, sent), 'bob'))).toEqual(owners(live));
});

test.for([
  ['an empty list', []],
  ['a blank entry', [{}]],
])('%s wipes managedFields', ([, sent]) => {
  const live = created({ a: '1' });

  const wiped = write(live, withEntries(withData(live, { a: '2' }), sent), 'bob');

  expect(wiped.metadata).not.toHaveProperty('managedFields');
  expect(write(wiped, withData(wiped, { a: '3' }), 'bob').metadata).not.toHaveProperty('managedFields');
});

test('of a custom kind only a blank entry wipes managedFields', () => {
  const live = stored(write(undefined, custom({ text: 'x' }), 'ann', CUSTOM));

  expect(owners(write(live, withEntries(live, []), 'bob', CUSTOM))).toEqual(owners(live));
  expect(owners(write(live, withEntries(live, [{}]), 'bob', CUSTOM))).toEqual([]);
});

test('entries that a client sends are stored, spelt and sorted, without what the write changes', () => {
  const live = created({ a: '1', b: '1' });
  const entry = {
    ...{ manager: 'cyd', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' },
    fieldsV1: { 'f:data': { 'f:b': {}, 'f:a': {} } },
  };

  const after = write(live, withEntries(withData(live, { a: '2', b: '1' }), [entry]), 'bob');

  expect(owners(after)).toEqual(['cyd Apply {"f:data":{"f:b":{}}}', 'bob Update {"f:data":{"f:a":{}}}']);
});

test('of more than ten updaters the oldest are one', () => {
  let live = created({ a: '1' });
  for (let i = 0; i < MAX_UPDATE_MANAGERS + 1; i++) {
    const data = { ...(live.data as object), [`k${i}`]: '1' };
    live = write(live, withData(live, data), `many-${i}`, { now: new Date(NOW.getTime() + (i + 1) * 1000) });
  }

  expect(owners(live).length).toBe(MAX_UPDATE_MANAGERS);
  expect(owners(live)[0]).toBe('ancient-changes Update {"f:data":{".":{},"f:a":{},"f:k0":{},"f:k1":{}}}');
  expect(live.metadata.managedFields?.[0]?.time).toBe('2026-05-01T12:00:02Z');
});

test('what became one value in a newer schema belongs wholly to who had a part of it', () => {
  const live = apply(undefined, custom({ whole: { a: 'x' } }), 'ann', CUSTOM);
  const [entry] = live.metadata.managedFields ?? [];
  const earlier = { ...entry, fieldsV1: { 'f:spec': { 'f:whole': { 'f:a': {} } } } };

  const after = write(
    withEntries(live, [earlier]),
    { ...withEntries(live, [earlier]), spec: { whole: { a: 'x' }, text: 't' } },
    'bob',
    CUSTOM,
  );

  expect(owners(after)[0]).toBe('ann Apply {"f:spec":{"f:whole":{}}}');
});
