import { afterEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import {
  CREDENTIALS_KEPT_MS,
  createClusters,
  RECORD_KEPT_MS,
} from '../../../shared/adapters/kubernetes/registry.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemorySecrets } from '../../../shared/adapters/memory/memory-secrets.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import type { Fault } from '../../../shared/core/failures.ts';
import type { ClusterRecord } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { type ApiStub, sendJson, startApiStub, statusOf } from '../../servers/api-stub.ts';
import { makeCertificate } from '../../servers/certificate.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const REFERENCE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' };
const stubs: ApiStub[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub[Symbol.asyncDispose]();
});

function recordOf(id: string, server: string, changes: Partial<ClusterRecord> = {}): ClusterRecord {
  const settings = { owns: 'all', profile: 'flux', groups: 16 } as const;
  return { id, name: `cluster ${id}`, server, labels: { env: 'test' }, settings, ...changes };
}

function kubeconfigOf(server: string, ca: string, token: string): string {
  return stringify({
    clusters: [
      { name: 'c', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** A registry over one stub cluster that lets in `accepted` tokens; `reads` are the store's and the secrets'. */
async function startRegistry() {
  const accepted = new Set(['good']);
  const stub = await startApiStub((request, response) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    if (!accepted.has(token)) sendJson(response, 401, statusOf(401, 'Unauthorized', 'Unauthorized'));
    else sendJson(response, 200, { ...REFERENCE, metadata: { name: 'a', namespace: 'apps' } });
  });
  stubs.push(stub);
  const clock = createManualClock();
  const store = createMemoryStore(clock);
  const secrets = createMemorySecrets();
  const reads: string[] = [];
  const putRecord = (record: unknown, id = ID) =>
    store.put(
      `clusters/${id}.json`,
      Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)),
    );
  const putToken = (token: string) => secrets.put(`cluster-${ID}`, kubeconfigOf(stub.server, stub.ca, token));
  await putRecord(recordOf(ID, stub.server));
  await putToken('good');
  const counted =
    <T>(get: (name: string) => Promise<T>) =>
    (name: string) => {
      reads.push(name);
      return get(name);
    };
  const clusters = createClusters({
    store: { ...store, get: counted(store.get) },
    secrets: { ...secrets, get: counted(secrets.get) },
    clock,
  });
  return { accepted, stub, clock, store, secrets, reads, clusters, putRecord, putToken };
}

describe('records', () => {
  test('are read as they were stored; an unknown id is undefined', async () => {
    const { clusters, putRecord, stub } = await startRegistry();
    const second = recordOf('second', stub.server, {
      ca: stub.ca,
      settings: { owns: { shard: 'a' }, profile: 'lockdown', groups: 4 },
    });
    await putRecord(second, 'second');

    expect(await clusters.get('second')).toEqual(second);
    expect(await clusters.get('third')).toBeUndefined();
    expect(await clusters.get('../secrets')).toBeUndefined();
    expect((await clusters.list()).map(({ id }) => id)).toEqual([ID, 'second']);
  });

  test('are read again when they are listed again only where they changed', async () => {
    const { clusters, putRecord, reads, store } = await startRegistry();
    await putRecord(recordOf('second', 'https://second.example'), 'second');
    await clusters.list();
    const before = reads.length;

    await clusters.list();
    expect(reads.slice(before)).toEqual([]);
    const renamed = { ...recordOf('second', 'https://second.example'), name: 'renamed' };
    await putRecord(renamed, 'second');
    await putRecord(recordOf('third', 'https://third.example'), 'third');

    expect((await clusters.list()).map(({ name }) => name)).toContain('renamed');
    expect(reads.slice(before)).toEqual(['clusters/second.json', 'clusters/third.json']);
    await store.delete('clusters/third.json');
    expect((await clusters.list()).map(({ id }) => id)).toEqual([ID, 'second']);
  });

  const good = recordOf(ID, 'https://api.example');
  test.each([
    ['no JSON', '{"id":'],
    ['no mapping', '[]'],
    ['another id', { ...good, id: 'other' }],
    ['http', { ...good, server: 'http://api.example' }],
    ['no settings', { ...good, settings: undefined }],
    ['an unknown profile', { ...good, settings: { ...good.settings, profile: 'open' } }],
    ['an unknown owner', { ...good, settings: { ...good.settings, owns: 'some' } }],
    ['no groups', { ...good, settings: { ...good.settings, groups: 0 } }],
    ['a label that is no text', { ...good, labels: { a: 1 } }],
  ])('a record with %s is malformed, by id', async (_, record) => {
    const { clusters, putRecord } = await startRegistry();
    await putRecord(record);

    const { data, message } = await faultOf(clusters.get(ID), 'malformed');
    await faultOf(clusters.open(ID), 'malformed');

    expect(data.id).toBe(ID);
    expect(message).toContain('register the cluster again');
  });

  test('a list with an unreadable record is a fault, or reports it and goes on: never silently short', async () => {
    const { clusters, putRecord, store, stub } = await startRegistry();
    await putRecord('{', 'broken');
    await store.put('clusters/not-a-record', Buffer.from('x'));
    await putRecord(recordOf('zz', stub.server), 'zz');
    const reported: [string, Fault][] = [];

    await faultOf(clusters.list(), 'malformed');
    const found = await clusters.list((id, fault) => reported.push([id, fault]));

    expect(found.map(({ id }) => id)).toEqual([ID, 'zz']);
    expect(reported.map(([id, { code }]) => [id, code]).sort()).toEqual([
      ['broken', 'malformed'],
      ['clusters/not-a-record', 'malformed'],
    ]);
  });

  test('many are listed completely, in order', async () => {
    const { clusters, putRecord, stub } = await startRegistry();
    const ids = Array.from({ length: 40 }, (_, n) => `m${String(n).padStart(2, '0')}`);
    for (const id of ids) await putRecord(recordOf(id, stub.server), id);

    expect((await clusters.list()).map(({ id }) => id)).toEqual([ID, ...ids]);
  });
});

describe('open', () => {
  test('shares the reads, the connection and discovery', async () => {
    const { clusters, reads, stub, clock } = await startRegistry();

    const opened = await Promise.all(Array.from({ length: 10 }, () => clusters.open(ID)));
    for (const { cluster } of opened) await cluster.get(REFERENCE);
    await clock.advance(RECORD_KEPT_MS - 1);
    await clusters.open(ID);
    await clock.advance(1);
    const later = await clusters.open(ID);
    await later.cluster.get(REFERENCE);

    expect(opened[0]?.record.name).toBe(`cluster ${ID}`);
    expect(opened[0]?.cluster.id).toBe(ID);
    expect(reads).toEqual([`clusters/${ID}.json`, `cluster-${ID}`, `clusters/${ID}.json`]);
    expect(stub.connections()).toBe(1);
    expect(stub.requests.filter((request) => request === 'GET /api/v1')).toHaveLength(1);
  });

  test('sees new settings after a moment', async () => {
    const { clusters, putRecord, stub, clock } = await startRegistry();
    const settings = { owns: 'none', profile: 'flux', groups: 1 } as const;
    await clusters.open(ID);
    await putRecord(recordOf(ID, stub.server, { settings }));

    await clock.advance(RECORD_KEPT_MS);

    expect((await clusters.open(ID)).record.settings).toEqual(settings);
  });

  test('an unknown cluster is not-found, also after it was known; one without its secret is unauthorized', async () => {
    const { clusters, store, clock } = await startRegistry();
    await clusters.open(ID);

    await store.delete(`clusters/${ID}.json`);
    await clock.advance(RECORD_KEPT_MS);
    await faultOf(clusters.open(ID), 'not-found');
    await faultOf(clusters.open('other'), 'not-found');

    const second = await startRegistry();
    await second.secrets.delete(`cluster-${ID}`);
    await faultOf(second.clusters.open(ID), 'unauthorized');
  });

  test('a 401 reads the secret at once, and the connection lives on', async () => {
    const { accepted, clusters, putToken, reads, stub } = await startRegistry();
    const { cluster } = await clusters.open(ID);
    await cluster.get(REFERENCE);
    accepted.clear();
    accepted.add('renewed');
    await putToken('renewed');

    const found = await Promise.all(Array.from({ length: 5 }, () => cluster.get(REFERENCE)));

    expect(found.every((object) => object !== undefined)).toBe(true);
    expect(reads.filter((read) => read.startsWith('cluster-'))).toHaveLength(2);
    expect(stub.connections()).toBeLessThanOrEqual(5);
  });

  test('credentials are read again after an hour', async () => {
    const { accepted, clusters, putToken, reads, clock } = await startRegistry();
    await clusters.open(ID);
    accepted.add('second');
    await putToken('second');

    await clock.advance(CREDENTIALS_KEPT_MS - 1);
    await clusters.open(ID);
    const before = reads.filter((read) => read.startsWith('cluster-')).length;
    await clock.advance(RECORD_KEPT_MS);
    const { cluster } = await clusters.open(ID);
    const after = reads.filter((read) => read.startsWith('cluster-')).length;
    accepted.delete('good');

    expect([before, after]).toEqual([1, 2]);
    expect(await cluster.get(REFERENCE)).toBeDefined();
    expect(reads.filter((read) => read.startsWith('cluster-'))).toHaveLength(2);
  });

  test('credentials are read again when anything about the cluster is registered anew', async () => {
    const { clusters, putRecord, reads, clock, stub } = await startRegistry();
    const secrets = () => reads.filter((read) => read.startsWith('cluster-')).length;
    await clusters.open(ID);
    await clock.advance(RECORD_KEPT_MS);
    await clusters.open(ID);
    expect(secrets()).toBe(1);

    const { settings, ...rest } = recordOf(ID, stub.server);
    await putRecord({ ...rest, settings: { ...settings, namespaces: ['apps'] } });
    await clock.advance(RECORD_KEPT_MS);
    await clusters.open(ID);

    expect(secrets()).toBe(2);
  });

  test('a cluster that moved gets a new connection', async () => {
    const first = await startRegistry();
    const second = await startRegistry();
    await (await first.clusters.open(ID)).cluster.get(REFERENCE);
    await first.putRecord(recordOf(ID, second.stub.server));
    await first.secrets.put(`cluster-${ID}`, kubeconfigOf(second.stub.server, second.stub.ca, 'good'));

    await first.clock.advance(RECORD_KEPT_MS);
    await (await first.clusters.open(ID)).cluster.get(REFERENCE);

    expect([first.stub.connections(), second.stub.connections()]).toEqual([1, 1]);
  });

  test('credentials never go to a server that only the record names', async () => {
    const { clusters, putRecord, stub } = await startRegistry();
    const thief = await startRegistry();
    await putRecord(recordOf(ID, thief.stub.server));
    await faultOf(clusters.open(ID), 'invalid');

    const other = await startRegistry();
    await other.putRecord(recordOf(ID, other.stub.server, { ca: makeCertificate().certificate }));
    await faultOf(other.clusters.open(ID), 'invalid');

    expect([stub, thief.stub, other.stub].map((server) => server.connections())).toEqual([0, 0, 0]);
  });

  test('the egress rule of a cluster holds for its connection, and requests are reported with it', async () => {
    const { store, secrets, clock, stub } = await startRegistry();
    const asked: string[] = [];
    const reported: string[] = [];
    const clusters = createClusters({
      store,
      secrets,
      clock,
      lookupFor: (record) => (host, _, done) => {
        asked.push(`${record.id} ${host}`);
        done(null, host, 4);
      },
      onRequest: ({ cluster, method }) => reported.push(`${cluster} ${method}`),
    });

    await (await clusters.open(ID)).cluster.get(REFERENCE);

    expect(asked).toEqual([`${ID} 127.0.0.1`]);
    expect(reported).toEqual([`${ID} GET`, `${ID} GET`]);
    expect(stub.connections()).toBe(1);
  });
});
