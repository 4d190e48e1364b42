import { afterAll, expect, inject, test } from 'vitest';
import { bootstrap } from '../../infra/local/cluster/access/bootstrap.ts';
import committed from '../../infra/local/cluster/access/default-roles.json' with { type: 'json' };
import { entryJson } from '../../infra/local/cluster/store/entry.ts';
import { openStore } from '../../infra/local/cluster/store/open-store.ts';
import { connect } from './api.ts';
import { readDefaultRoles } from './default-roles.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

test('the committed default roles are the real server’s', async () => {
  expect(committed).toEqual(await readDefaultRoles(api));
});

const STORED = [
  { path: '/api/v1/namespaces/kube-system', id: '/namespaces', kind: 'Namespace' },
  { path: '/api/v1/namespaces/default', id: '/namespaces', kind: 'Namespace' },
  { path: '/api/v1/namespaces/default/services/kubernetes', id: '/services', kind: 'Service' },
] as const;

test.each(STORED)('the first object $path is as on the real server', async ({ path, id, kind }) => {
  const real = await api.get<FirstObject>(path);
  const store = openStore({ nature: { uuid: () => 'u' } });
  const { clusterIP, ports } = real?.spec ?? {};
  const nature = { now: () => new Date('2026-03-04T05:06:07Z'), uuid: () => 'uid' };

  bootstrap(store, nature, { clusterIp: clusterIP ?? '', port: ports?.[0]?.targetPort ?? 0 });

  const [namespace, name] =
    id === '/namespaces' ? ['', path.split('/').at(-1) ?? ''] : ['default', 'kubernetes'];
  const entry = store.get(id, namespace, name);
  const ours = entry && JSON.parse(entryJson(entry, { group: '', version: 'v1', kind }));
  expect(withoutChance(ours)).toEqual(withoutChance(real));
});

interface FirstObject {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly managedFields: readonly { readonly time: string }[];
  };
  readonly spec: { readonly clusterIP?: string; readonly ports?: readonly { readonly targetPort: number }[] };
}

function withoutChance(object: FirstObject | undefined): unknown {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...metadata } = object?.metadata ?? {
    managedFields: [],
  };
  expect({ uid, resourceVersion, creationTimestamp }).toEqual({
    uid: expect.any(String),
    resourceVersion: expect.stringMatching(/^\d+$/),
    creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  const fields = managedFields.map(({ time, ...entry }) => entry);
  return { ...object, metadata: { ...metadata, managedFields: fields } };
}
