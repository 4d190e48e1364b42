import { describe, expect, test } from 'vitest';
import { decideCrd, type PresentDefinition, type PresentVersion } from '../../../infra/cli/crd-merge.ts';
import { isOlder } from '../../../infra/cli/crd-versions.ts';
import { ourDefinitions } from '../../../infra/cli/definitions.ts';
import type { CustomResourceDefinition } from '../../../shared/api/crd.ts';
import { KINDS } from '../../../shared/api/kinds.ts';
import type { StructuralSchema } from '../../../shared/api/structural-schema.ts';

type Properties = Record<string, StructuralSchema>;

const TEXT: StructuralSchema = { type: 'string' };

function version(name: string, spec: Properties, more: Partial<PresentVersion> = {}): PresentVersion {
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties: spec } } };
  return {
    name,
    served: true,
    storage: true,
    schema: { openAPIV3Schema },
    subresources: { status: {} },
    ...more,
  };
}

function definition(
  versions: readonly PresentVersion[],
  spec: Partial<PresentDefinition['spec']> = {},
): PresentDefinition {
  const labels = { 'app.kubernetes.io/part-of': 'flux' };
  const names = { kind: 'Thing', plural: 'things' };
  return {
    metadata: { name: 'things.example', labels },
    spec: { names, scope: 'Namespaced', versions, ...spec },
  };
}

function ours(spec: Properties, name = 'v1'): CustomResourceDefinition {
  return definition([version(name, spec)]) as unknown as CustomResourceDefinition;
}

function updated(our: CustomResourceDefinition, present: PresentDefinition) {
  const decision = decideCrd(our, present);
  if (decision.action !== 'update') throw new Error(`not updated but ${JSON.stringify(decision)}`);
  return decision;
}

function specOf(versions: readonly PresentVersion[], name: string): Properties {
  const found = versions.find((candidate) => candidate.name === name);
  return { ...found?.schema?.openAPIV3Schema.properties?.spec?.properties };
}

describe('a definition', () => {
  test('that is missing is created', () => {
    expect(decideCrd(ours({ url: TEXT }), undefined)).toEqual({ action: 'create' });
  });

  test('that is ours is left alone', () => {
    expect(decideCrd(ours({ url: TEXT }), definition([version('v1', { url: TEXT })]))).toEqual({
      action: 'unchanged',
    });
  });

  test('that has more fields is newer', () => {
    const present = definition([version('v1', { url: TEXT, next: TEXT })]);

    expect(decideCrd(ours({ url: TEXT }), present)).toEqual({ action: 'newer', has: ['spec.next'] });
  });

  test('that stores a newer version is newer', () => {
    const present = definition([
      version('v2', { url: TEXT }),
      version('v1', { url: TEXT }, { storage: false }),
    ]);

    expect(decideCrd(ours({ url: TEXT }), present)).toEqual({ action: 'newer', has: ['version v2'] });
  });

  test('without the label of Flux gets it, and nothing else', () => {
    const present = {
      ...definition([version('v1', { url: TEXT, next: TEXT })]),
      metadata: { name: 'things.example' },
    };

    expect(decideCrd(ours({ url: TEXT }), present)).toEqual({ action: 'label' });
  });
});

describe('an older schema of the same version', () => {
  const nested = { type: 'object', properties: { name: TEXT, kind: TEXT } };

  test('gets our fields, keeps its own, and the lacking ones are named by their topmost path', () => {
    const our = ours({
      url: TEXT,
      ref: nested,
      list: { type: 'array', items: nested },
      map: { type: 'object', additionalProperties: nested },
    });
    const older = { type: 'object', properties: { name: TEXT, old: TEXT } };
    const present = definition([
      version('v1', {
        url: TEXT,
        gone: TEXT,
        ref: older,
        list: { type: 'array', items: older },
        map: { type: 'object', additionalProperties: older },
      }),
    ]);

    const { lacked, versions } = updated(our, present);

    expect(lacked).toEqual(['spec.ref.kind', 'spec.list[].kind', 'spec.map.*.kind']);
    const spec = specOf(versions, 'v1');
    expect(Object.keys(spec).toSorted()).toEqual(['gone', 'list', 'map', 'ref', 'url']);
    const whole = ['kind', 'name', 'old'];
    expect(Object.keys(spec.ref?.properties ?? {}).toSorted()).toEqual(whole);
    expect(Object.keys(spec.list?.items?.properties ?? {}).toSorted()).toEqual(whole);
    expect(Object.keys(spec.map?.additionalProperties?.properties ?? {}).toSorted()).toEqual(whole);
  });

  test('that refuses a value of an enumeration is too old, and takes both afterwards', () => {
    const our = ours({ provider: { ...TEXT, enum: ['generic', 'github'] } });
    const present = definition([version('v1', { provider: { ...TEXT, enum: ['generic', 'retired'] } })]);

    const { lacked, versions } = updated(our, present);

    expect(lacked).toEqual(['spec.provider=github']);
    expect(specOf(versions, 'v1').provider?.enum).toEqual(['generic', 'github', 'retired']);
  });

  test('that keeps unknown fields lacks none', () => {
    const present = definition([
      version('v1', { ref: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }),
    ]);

    expect(decideCrd(ours({ ref: nested }), present)).toEqual({ action: 'unchanged' });
  });

  test('without the status subresource gets it', () => {
    const present = definition([version('v1', { url: TEXT }, { subresources: {} })]);

    const { lacked, versions } = updated(ours({ url: TEXT }), present);

    expect(lacked).toEqual(['the status subresource']);
    expect(versions[0]?.subresources).toEqual({ status: {} });
  });
});

describe('an older version', () => {
  test('stays served, and ours is added and stored, as what it does not know would be pruned', () => {
    const beta = version('v1beta2', { url: TEXT, gone: TEXT });

    const { lacked, versions } = updated(ours({ url: TEXT, next: TEXT }), definition([beta]));

    expect(lacked).toEqual(['version v1']);
    expect(versions.map(({ name, served, storage }) => [name, served, storage])).toEqual([
      ['v1', true, true],
      ['v1beta2', true, false],
    ]);
    expect(specOf(versions, 'v1beta2')).toEqual({ url: TEXT, gone: TEXT });
  });

  test('in which objects are stored hands storage to ours when it would prune our fields', () => {
    const present = definition([
      version('v1beta2', { url: TEXT }),
      version('v1', { url: TEXT, next: TEXT }, { storage: false }),
    ]);

    const { lacked, versions } = updated(ours({ url: TEXT, next: TEXT }), present);

    expect(lacked).toEqual(['storage in v1']);
    expect(versions.map(({ name, storage }) => [name, storage])).toEqual([
      ['v1beta2', false],
      ['v1', true],
    ]);
  });

  test('of a newer storage version leaves storage where it is', () => {
    const present = definition([
      version('v2', { url: TEXT, next: TEXT }),
      version('v1', { url: TEXT }, { storage: false }),
    ]);

    const { versions } = updated(ours({ url: TEXT, next: TEXT }), present);

    expect(versions.map(({ name, storage }) => [name, storage])).toEqual([
      ['v2', true],
      ['v1', false],
    ]);
  });

  test('that is no longer served goes on being not served', () => {
    const present = definition([
      version('v1beta1', {}, { served: false, storage: false }),
      version('v1beta2', { url: TEXT }),
    ]);

    const { versions } = updated(ours({ url: TEXT }), present);

    expect(versions.map(({ name, served }) => [name, served])).toContainEqual(['v1beta1', false]);
    expect(versions).toHaveLength(3);
  });
});

describe('is refused', () => {
  test.each([
    ['another scope', definition([version('v1', {})], { scope: 'Cluster' }), 'its scope is Cluster'],
    [
      'another kind',
      definition([version('v1', {})], { names: { kind: 'Other', plural: 'things' } }),
      'its kind is Other',
    ],
    ['only newer versions', definition([version('v2', {})]), 'it serves v2 and no longer v1'],
    [
      'a webhook that may not know our version',
      definition([version('v1beta1', {})], { conversion: { strategy: 'Webhook' } }),
      'a webhook converts',
    ],
  ])('a definition with %s', (_, present, why) => {
    expect(decideCrd(ours({ url: TEXT }), present)).toEqual({
      action: 'refuse',
      why: expect.stringContaining(why),
    });
  });
});

test('versions rank as in Kubernetes', () => {
  // The order given in its documentation of CRD versioning.
  const ranked = [
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v10beta3',
    'v3beta1',
    'v12alpha1',
    'v11alpha2',
    'foo1',
    'foo10',
  ];

  for (const [index, newer] of ranked.entries()) {
    for (const older of ranked.slice(index + 1)) {
      expect([older, newer, isOlder(older, newer), isOlder(newer, older)]).toEqual([
        older,
        newer,
        true,
        false,
      ]);
    }
    expect(isOlder(newer, newer)).toBe(false);
  }
});

test('every Flux kind has its definition, which is unchanged when compared with itself', () => {
  const definitions = ourDefinitions();

  expect(definitions.map(({ spec }) => spec.names.kind).toSorted()).toEqual(
    KINDS.map(({ kind }) => kind).toSorted(),
  );
  for (const our of definitions) {
    expect(decideCrd(our, our as unknown as PresentDefinition)).toEqual({ action: 'unchanged' });
  }
});
