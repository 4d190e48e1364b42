import { structural } from '../../../infra/local/cluster/schema/structural.ts';
import type { Chance } from './chance.ts';
import { type Kind, mapOf, NUMBERS, partOf, WORDS } from './kinds.ts';

const text = { type: 'string' };
const number = { type: 'integer' };
const pair = {
  type: 'object',
  properties: { name: text, protocol: { type: 'string', default: 'TCP' }, value: number },
};

/** The schema of the random custom kind; in `v2` a few parts are owned as one that are not in `v1`. */
export function customSchema(version: 'v1' | 'v2') {
  const items = (kind: object, list: object) => ({ type: 'array', items: kind, ...list });
  return {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          text,
          count: number,
          either: { 'x-kubernetes-int-or-string': true },
          labels: { type: 'object', additionalProperties: text },
          atomicMap: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
          nested: {
            type: 'object',
            properties: { a: text, b: { type: 'object', properties: { c: number, d: text } } },
          },
          one: { type: 'object', properties: { x: number, y: number }, 'x-kubernetes-map-type': 'atomic' },
          changed: {
            ...{ type: 'object', properties: { x: number, y: number } },
            ...(version === 'v2' && { 'x-kubernetes-map-type': 'atomic' }),
          },
          pairs: items(
            { ...pair, required: ['name'] },
            { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name', 'protocol'] },
          ),
          tags: items(text, { 'x-kubernetes-list-type': version === 'v1' ? 'set' : 'atomic' }),
          numbers: items(number, { 'x-kubernetes-list-type': 'set' }),
          plain: items(text, {}),
          structs: {
            type: 'object',
            additionalProperties: { type: 'object', properties: { p: text, q: number } },
          },
          any: { 'x-kubernetes-preserve-unknown-fields': true },
          open: { type: 'object', properties: { known: text }, 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
      status: {
        type: 'object',
        properties: {
          phase: text,
          conditions: items(
            { type: 'object', properties: { type: text, status: text }, required: ['type'] },
            { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
          ),
        },
      },
    },
  };
}

function anything(chance: Chance): unknown {
  return chance.pick<unknown>([
    'text',
    3,
    [1, { a: 1 }],
    {},
    [],
    { k: chance.pick(WORDS), l: { m: chance.pick(NUMBERS) } },
    { k: { l: [1] } },
  ]);
}

function customSpec(chance: Chance): Record<string, unknown> {
  return partOf(chance, {
    text: () => chance.pick(WORDS),
    count: () => chance.pick(NUMBERS),
    either: () => chance.pick([1, '50%']),
    labels: () => mapOf(chance, ['a', 'b', 'c']),
    atomicMap: () => mapOf(chance, ['a', 'b']),
    nested: () =>
      partOf(chance, {
        a: () => 'x',
        b: () => partOf(chance, { c: () => chance.pick(NUMBERS), d: () => 'd' }),
      }),
    one: () => partOf(chance, { x: () => 1, y: () => chance.pick(NUMBERS) }),
    changed: () => partOf(chance, { x: () => 1, y: () => chance.pick(NUMBERS) }),
    pairs: () =>
      chance.some(['p', 'q', 'r', 's'], true).map((name) => ({
        name,
        ...partOf(chance, { protocol: () => chance.pick(['TCP', 'UDP']), value: () => chance.pick(NUMBERS) }),
      })),
    tags: () => chance.some(['t1', 't2', '<t3>', 't4'], true),
    numbers: () => chance.some([1, 2, 10, -3], true),
    plain: () => chance.some(['x', 'y', 'z'], true),
    structs: () =>
      Object.fromEntries(
        chance
          .some(['k', 'l'])
          .map((key) => [
            key,
            partOf(chance, { p: () => chance.pick(WORDS), q: () => chance.pick(NUMBERS) }),
          ]),
      ),
    any: () => anything(chance),
    open: () => ({ ...partOf(chance, { known: () => chance.pick(WORDS), more: () => anything(chance) }) }),
  });
}

/** A custom kind with lists and maps of all types, in two versions. */
export const widgets: Kind = {
  apiVersion: 'merge.test/v1',
  kind: 'Widget',
  plural: 'widgets',
  group: 'merge.test',
  schema: structural(customSchema('v1')),
  custom: true,
  hasStatus: true,
  whole: (chance) => ({ spec: customSpec(chance) }),
  part: (chance) => (chance.once(8) ? {} : { spec: customSpec(chance) }),
  status: (chance) => ({
    phase: chance.pick(WORDS),
    conditions: chance.some(['A', 'B']).map((type) => ({ type, status: chance.pick(['True', 'False']) })),
  }),
  versions: { 'merge.test/v2': structural(customSchema('v2')) },
};

/** The CRD of `widgets`. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.merge.test' },
  spec: {
    group: 'merge.test',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    versions: (['v1', 'v2'] as const).map((name) => ({
      ...{ name, served: true, storage: name === 'v1', subresources: { status: {} } },
      schema: { openAPIV3Schema: customSchema(name) },
    })),
  },
};
