import { expect, test } from 'vitest';
import { referenceOf } from '../../shared/core/kubernetes-object.ts';
import { type ContractPart, MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

const STATUS = { fieldManager: 'contract-status', subresource: 'status' };

/** The status of an object is written apart from it. */
export const subresourceContract: ContractPart = (fixture) => {
  const widget = (name: string, fields: Readonly<Record<string, unknown>>) => {
    const { namespace, widgets } = fixture();
    return { ...widgets, metadata: { name, namespace }, ...fields };
  };

  test('a status patch writes the status alone, other writes leave it', async () => {
    const { cluster } = fixture();
    const made = await cluster.apply(widget('a', { spec: { size: 1 }, status: { phase: 'Lost' } }), MANAGER);
    const change = { merge: { spec: { size: 9 }, status: { phase: 'Ready' } } };

    const patched = await cluster.patch(referenceOf(made), change, STATUS);

    expect(made.status).toBeUndefined();
    expect(patched).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
    expect(patched.metadata.generation).toBe(made.metadata.generation);
    expect(patched.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'contract-status', subresource: 'status', operation: 'Update' }),
    );
  });

  test('a status may be applied and JSON-patched', async () => {
    const { cluster } = fixture();
    const made = await cluster.apply(widget('b', { spec: { size: 1 } }), MANAGER);

    const applied = await cluster.apply(widget('b', { status: { phase: 'Ready' } }), STATUS);
    const operations = [{ op: 'replace', path: '/status/phase', value: 'Gone' }];
    const patched = await cluster.patch(referenceOf(made), { json: operations }, STATUS);

    expect(applied).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
    expect(applied.metadata.managedFields).toContainEqual(
      expect.objectContaining({ subresource: 'status', operation: 'Apply' }),
    );
    expect(patched.status).toEqual({ phase: 'Gone' });
  });

  test('an old resourceVersion is a conflict', async () => {
    const { cluster } = fixture();
    const { metadata } = await cluster.apply(widget('c', { spec: { size: 1 } }), MANAGER);
    const reference = referenceOf(widget('c', {}));
    const { resourceVersion } = metadata;
    const change = { merge: { metadata: { resourceVersion }, status: { phase: 'Ready' } } };
    await cluster.patch(reference, change, STATUS);

    await faultOf(
      cluster.patch(reference, { merge: { ...change.merge, status: { phase: 'x' } } }, STATUS),
      'conflict',
    );
  });

  test('a status of an absent object, or of a kind without one, is not-found', async () => {
    const { cluster, configMap } = fixture();
    await cluster.apply(configMap('no-status'), MANAGER);

    await faultOf(cluster.patch(referenceOf(widget('absent', {})), { merge: {} }, STATUS), 'not-found');
    await faultOf(cluster.patch(referenceOf(configMap('no-status')), { merge: {} }, STATUS), 'not-found');
  });
};
