import { expect, test } from 'vitest';
import { referenceOf } from '../../shared/core/kubernetes-object.ts';
import { type ContractPart, MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

const OTHER = { fieldManager: 'other' };

/** Create, server-side apply, patches. */
export const writeContract: ContractPart = (fixture) => {
  test('create makes an object as Update of its manager; a second one already exists', async () => {
    const { cluster, configMap } = fixture();
    const object = configMap('created');

    const made = await cluster.create(object, MANAGER);

    expect(made).toMatchObject(object);
    expect(made.metadata.managedFields).toMatchObject([{ manager: 'contract', operation: 'Update' }]);
    const { data } = await faultOf(cluster.create(object, MANAGER), 'already-exists');
    expect(data).toMatchObject({ status: 409, reason: 'AlreadyExists', details: { name: 'created' } });
  });

  test('apply makes an object, then changes it; the same again changes nothing', async () => {
    const { cluster, configMap } = fixture();

    const made = await cluster.apply(configMap('applied', { a: '1', b: '1' }), MANAGER);
    const changed = await cluster.apply(configMap('applied', { a: '2' }), MANAGER);
    const same = await cluster.apply(configMap('applied', { a: '2' }), MANAGER);

    expect(made.metadata.managedFields).toMatchObject([{ manager: 'contract', operation: 'Apply' }]);
    expect(changed.data).toEqual({ a: '2' });
    expect(changed.metadata.uid).toBe(made.metadata.uid);
    expect(same.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
  });

  test('every character arrives as it was', async () => {
    const { cluster, configMap } = fixture();
    // NEL, LS, PS, BOM, DEL and C1 controls mean something to YAML; the rest is escaped by JSON or by nobody.
    const text =
      'nel\u0085 ls\u2028 ps\u2029 bom\ufeff del\u007f c1\u0081 \ufffe \uffff tab\t nul-free\u0001 "\\/ \n\r é 😀';
    const data = { text, yes: 'yes', number: '1e3', date: '2001-01-01', colon: 'a: b #c', empty: '' };

    const applied = await cluster.apply(configMap('characters', data), MANAGER);
    const created = await cluster.create(configMap('characters-too', data), MANAGER);

    expect(applied.data).toEqual(data);
    expect(created.data).toEqual(data);
  });

  test('integers beyond 2^53 arrive and return exactly', async () => {
    const { cluster, namespace, widgets } = fixture();
    const object = {
      ...widgets,
      metadata: { name: 'big', namespace },
      spec: { count: 9007199254740993n, size: 1 },
    };

    await cluster.apply(object, MANAGER);
    const read = await cluster.get(referenceOf(object));
    await cluster.patch(referenceOf(object), { merge: { spec: { count: 9007199254740995n } } }, MANAGER);

    expect(read?.spec).toEqual(object.spec);
    expect(await cluster.get(referenceOf(object))).toMatchObject({ spec: { count: 9007199254740995n } });
  });

  test('conflicts are forced, unless force is false', async () => {
    const { cluster, configMap } = fixture();
    await cluster.apply(configMap('owned', { a: 'theirs' }), OTHER);
    const mine = configMap('owned', { a: 'mine' });

    const { message, data } = await faultOf(cluster.apply(mine, { ...MANAGER, force: false }), 'conflict');
    const forced = await cluster.apply(mine, MANAGER);

    expect(message).toContain('conflict with "other"');
    expect(data).toMatchObject({
      status: 409,
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] },
    });
    expect(forced.data).toEqual({ a: 'mine' });
  });

  test('a dry run answers as if, and leaves everything as it was', async () => {
    const { cluster, configMap } = fixture();
    const dryRun = { ...MANAGER, dryRun: true };
    const present = await cluster.apply(configMap('dry', { a: '1' }), MANAGER);
    const reference = referenceOf(present);

    const applied = await cluster.apply(configMap('dry', { a: '2' }), dryRun);
    const patched = await cluster.patch(reference, { merge: { data: { a: '3' } } }, dryRun);
    const created = await cluster.create(configMap('dry-created'), dryRun);

    expect([applied.data, patched.data]).toEqual([{ a: '2' }, { a: '3' }]);
    expect(created.metadata.uid).toBeDefined();
    expect(await cluster.get(reference)).toEqual(present);
    expect(await cluster.get({ ...reference, name: 'dry-created' })).toBeUndefined();
  });

  test('a merge patch merges and removes, a JSON patch follows its operations', async () => {
    const { cluster, configMap } = fixture();
    const reference = referenceOf(await cluster.create(configMap('patched', { a: '1', b: '2' }), MANAGER));

    const merged = await cluster.patch(reference, { merge: { data: { a: null, c: '3' } } }, MANAGER);
    const operations = [
      { op: 'test', path: '/data/b', value: '2' },
      { op: 'replace', path: '/data/b', value: '4' },
    ];
    const replaced = await cluster.patch(reference, { json: operations }, OTHER);

    expect(merged.data).toEqual({ b: '2', c: '3' });
    expect(replaced.data).toEqual({ b: '4', c: '3' });
    expect(replaced.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'other', operation: 'Update' }),
    );
    await faultOf(cluster.patch(reference, { json: operations }, OTHER), 'invalid');
  });

  test('a patch with an old resourceVersion is a conflict', async () => {
    const { cluster, configMap } = fixture();
    const old = await cluster.create(configMap('moved'), MANAGER);
    await cluster.patch(referenceOf(old), { merge: { data: { a: '2' } } }, OTHER);
    const { resourceVersion } = old.metadata;

    const late = cluster.patch(
      referenceOf(old),
      { merge: { metadata: { resourceVersion }, data: { a: '3' } } },
      MANAGER,
    );

    const { data } = await faultOf(late, 'conflict');
    expect(data.reason).toBe('Conflict');
  });

  test('what is absent is not-found: an object to patch, a namespace to write to', async () => {
    const { cluster, configMap, namespace } = fixture();
    const object = configMap('nobody');
    const elsewhere = { ...object, metadata: { name: 'nobody', namespace: `${namespace}-not` } };

    await faultOf(cluster.patch(referenceOf(object), { merge: {} }, MANAGER), 'not-found');
    const applied = await faultOf(cluster.apply(elsewhere, MANAGER), 'not-found');
    const created = await faultOf(cluster.create(elsewhere, MANAGER), 'not-found');

    for (const { message } of [applied, created])
      expect(message).toBe(`namespaces "${namespace}-not" not found`);
  });

  test('what the server finds wrong is invalid, with its causes', async () => {
    const { cluster, configMap, namespace, widgets } = fixture();
    const large = { ...widgets, metadata: { name: 'large', namespace }, spec: { size: 101 } };

    const named = await faultOf(cluster.apply(configMap('Not_A_Name'), MANAGER), 'invalid');
    const valued = await faultOf(cluster.apply(large, MANAGER), 'invalid');

    expect(named.data).toMatchObject({ status: 422, details: { causes: [{ field: 'metadata.name' }] } });
    expect(valued.data).toMatchObject({ status: 422, details: { causes: [{ field: 'spec.size' }] } });
  });

  test('a change of what cannot change is immutable', async () => {
    const { cluster, configMap, namespace, widgets } = fixture();
    const widget = (fixed: string) => ({
      ...widgets,
      metadata: { name: 'fixed', namespace },
      spec: { fixed },
    });
    await cluster.apply({ ...configMap('fixed'), immutable: true }, MANAGER);
    await cluster.apply(widget('a'), MANAGER);

    const builtIn = cluster.apply({ ...configMap('fixed', { a: '2' }), immutable: true }, MANAGER);
    const { data } = await faultOf(builtIn, 'immutable');
    await faultOf(cluster.apply(widget('b'), MANAGER), 'immutable');

    expect(data).toMatchObject({ status: 422, reason: 'Invalid' });
  });

  test('an object without a name cannot be applied', async () => {
    const { cluster, configMap } = fixture();

    await faultOf(cluster.apply(configMap(''), MANAGER), 'invalid');
  });
};
