import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../shared/api/kinds.ts';
import { allCrds } from '../../../shared/api/schemas.ts';
import { fieldsOf, upstreamKinds } from './fields.ts';

const ours = new Map(allCrds().map((crd) => [crd.spec.names.kind, crd]));
const upstream = upstreamKinds();

test('every kind has its upstream facts, and the other way round', () => {
  const kept = upstream.map(({ kind }) => kind);

  expect(kept).toHaveLength(15);
  expect(KINDS.map(({ kind }) => kind).sort()).toEqual(kept);
});

describe.each(upstream)('$kind', (facts) => {
  const crd = ours.get(facts.kind);
  const fields = crd ? fieldsOf(crd) : {};

  test('has the same fields, none missing and none of our own', () => {
    expect(Object.keys(fields).sort()).toEqual(Object.keys(facts.fields).sort());
  });

  test('has the same type, constraints, default and rules on each field', () => {
    expect(fields).toEqual(facts.fields);
  });

  test('has the same names, scope, columns and status subresource', () => {
    const [version] = crd?.spec.versions ?? [];

    expect(crd?.spec.group).toBe(facts.group);
    expect(crd?.spec.scope).toBe(facts.scope);
    expect({ shortNames: [], ...crd?.spec.names }).toEqual({
      kind: facts.kind,
      listKind: facts.listKind,
      plural: facts.plural,
      singular: facts.singular,
      shortNames: facts.shortNames,
      categories: facts.categories,
    });
    expect(version?.name).toBe(facts.version);
    expect(version?.additionalPrinterColumns).toEqual(facts.columns);
    expect(version?.subresources).toEqual(facts.status ? { status: {} } : {});
  });
});
