import { expect, test } from 'vitest';
import { type ContractPart, MANAGER, served, widgetDefinition } from './cluster.ts';
import { faultOf } from './fault-of.ts';

/** Facts, kinds, and kinds that come and go. */
export const discoveryContract: ContractPart = (fixture) => {
  test('facts are the version and the uid of kube-system', async () => {
    const { cluster } = fixture();
    const system = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });

    const { version, uid } = await cluster.facts();

    expect(version).toMatch(/^v\d+\.\d+\.\d+/);
    expect(uid).toBe(system?.metadata.uid);
    expect(uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('kinds of the core group and of others, namespaced or not', async () => {
    const { cluster, widgets } = fixture();

    expect(await cluster.resource({ apiVersion: 'v1', kind: 'ConfigMap' })).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      plural: 'configmaps',
      namespaced: true,
      verbs: expect.arrayContaining(['get', 'list', 'watch', 'patch', 'create', 'delete']),
    });
    expect(await cluster.resource({ apiVersion: 'v1', kind: 'Namespace' })).toMatchObject({
      namespaced: false,
    });
    expect(await cluster.resource(widgets)).toMatchObject({ plural: 'widgets', namespaced: true });
  });

  test('unknown kinds, versions and groups are undefined, and kinds of subresources are none', async () => {
    const { cluster } = fixture();

    for (const kind of [
      { apiVersion: 'v1', kind: 'Widget' },
      { apiVersion: 'apps/v9', kind: 'Deployment' },
      { apiVersion: 'nowhere.example.com/v1', kind: 'Widget' },
      { apiVersion: 'apps/v1', kind: 'Scale' },
      { apiVersion: '../api/v1', kind: 'ConfigMap' },
      { apiVersion: 'v1/', kind: 'ConfigMap' },
      { apiVersion: '', kind: 'ConfigMap' },
    ]) {
      expect(await cluster.resource(kind), JSON.stringify(kind)).toBeUndefined();
    }
  });

  test('a kind is found once its CRD is there, and is no kind again when the CRD is gone', async () => {
    const { cluster, namespace } = fixture();
    const group = `late.${namespace}.example.com`;
    const kind = { apiVersion: `${group}/v1`, kind: 'Widget' };
    const definition = widgetDefinition(group);
    expect(await cluster.resource(kind)).toBeUndefined();

    await cluster.apply(definition, MANAGER);
    await served(cluster, kind);
    const found = await cluster.resource(kind);
    const { apiVersion, metadata } = definition;
    await cluster.delete({ apiVersion, kind: definition.kind, name: metadata.name });

    expect(found).toMatchObject({ plural: 'widgets' });
    const reference = { ...kind, namespace, name: 'a' };
    // The server takes a moment to stop serving it; the client still believes in it.
    await expect.poll(() => codeOf(cluster.get(reference)), { timeout: 20_000 }).toBe('no-such-kind');
    cluster.forgetResources();
    expect(await cluster.resource(kind)).toBeUndefined();
  });

  test('every operation on an unknown kind is no-such-kind', async () => {
    const { cluster, namespace } = fixture();
    const kind = { apiVersion: 'nowhere.example.com/v1', kind: 'Widget' };
    const reference = { ...kind, namespace, name: 'a' };
    const object = { ...kind, metadata: { name: 'a', namespace } };
    const { signal } = new AbortController();
    const watch = cluster.watch(kind, { resourceVersion: '1', signal })[Symbol.asyncIterator]();

    const { message } = await faultOf(cluster.get(reference), 'no-such-kind');
    await faultOf(cluster.list(kind), 'no-such-kind');
    await faultOf(cluster.listMetadata(kind), 'no-such-kind');
    await faultOf(cluster.create(object, MANAGER), 'no-such-kind');
    await faultOf(cluster.apply(object, MANAGER), 'no-such-kind');
    await faultOf(cluster.patch(reference, { merge: {} }, MANAGER), 'no-such-kind');
    await faultOf(cluster.delete(reference), 'no-such-kind');
    await faultOf(watch.next(), 'no-such-kind');
    expect(message).toBe('no matches for kind "Widget" in version "nowhere.example.com/v1"');
  });

  async function codeOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      () => 'answered',
      (error: { code?: string }) => error.code,
    );
  }
};
