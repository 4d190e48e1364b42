import { describe, expect, test } from 'vitest';
import type { ClusterSettings } from '../../../shared/ports.ts';
import { ownedBy } from '../../../shared/reconcile/engine.ts';
import { clusterRecord, kustomization } from '../../builders.ts';

function owns(settings: Partial<ClusterSettings>, metadata: object = {}): boolean {
  const record = clusterRecord();
  const scope = { record: { ...record, settings: { ...record.settings, ...settings } } };
  return ownedBy(scope, kustomization({ metadata }));
}

const labelled = (key: string) => ({ labels: { 'sharding.fluxcd.io/key': key } });

describe('an object is ours', () => {
  test('when all of the cluster is, whatever its shard', () => {
    expect(owns({ owns: 'all' })).toBe(true);
    expect(owns({ owns: 'all' }, labelled('one'))).toBe(true);
  });

  test('[COM-24 sharding] when its label names our shard, exactly', () => {
    const settings = { owns: { shard: 'one' } };

    expect(owns(settings, labelled('one'))).toBe(true);
    expect(owns(settings, labelled('One'))).toBe(false);
    expect(owns(settings, labelled('two'))).toBe(false);
    expect(owns(settings)).toBe(false);
    expect(owns(settings, { annotations: { 'sharding.fluxcd.io/key': 'one' } })).toBe(false);
  });

  test('[COM-24 namespaces] when it is in a namespace of ours, if those are given', () => {
    expect(owns({ namespaces: ['apps', 'more'] })).toBe(true);
    expect(owns({ namespaces: ['other'] })).toBe(false);
    expect(owns({ namespaces: [] })).toBe(false);
    expect(owns({ namespaces: ['other'], owns: { shard: 'one' } }, labelled('one'))).toBe(false);
    expect(owns({ namespaces: ['apps'], owns: { shard: 'one' } }, labelled('one'))).toBe(true);
  });
});
