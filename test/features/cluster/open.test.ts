import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedCluster, openCluster } from '../../../infra/local/cluster/open.ts';
import { resourceId } from '../../../infra/local/cluster/store/entry.ts';
import { connect } from '../../../shared/adapters/kubernetes/connect.ts';
import { parseYaml } from '../../../shared/core/yaml.ts';

const MANAGER = { fieldManager: 'test' };

let directory: string;
let file: string;
const opened: EmbeddedCluster[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-'));
  file = join(directory, 'cluster.db');
});
afterEach(async () => {
  for (const cluster of opened.splice(0)) await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: Parameters<typeof openCluster>[0] = {}): Promise<EmbeddedCluster> {
  const cluster = await openCluster(options);
  opened.push(cluster);
  return cluster;
}

async function close(cluster: EmbeddedCluster): Promise<void> {
  opened.splice(opened.indexOf(cluster), 1);
  await cluster.close();
}

/** As whoever was given the kubeconfig of `given`, at the address of `at`. */
function clientOf({ ca, token }: EmbeddedCluster, { url }: EmbeddedCluster) {
  return connect({ id: 'test', server: url, ca, credentials: { token } });
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } };

test('it says what it is', async () => {
  const cluster = await open();
  const client = clientOf(cluster, cluster);

  const { version, uid } = await client.facts();

  expect(version).toMatch(/^v1\.\d+\.\d+\+sluice-embedded$/);
  expect(version).toBe(cluster.version);
  expect(uid).toBe(cluster.id);
  client.close();
});

test('it can be reached from this machine only', async () => {
  const { url } = await open();
  const { hostname, port } = new URL(url);
  const others = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal }) => !internal),
  );

  expect(hostname).toBe('127.0.0.1');
  for (const { address, scopeid } of others)
    expect(await answers(scopeid ? `${address}%${scopeid}` : address, Number(port)), address).toBe(false);
  expect(await answers(hostname, Number(port))).toBe(true);
});

function answers(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port, timeout: 1000 });
  return new Promise((resolve) => {
    for (const event of ['connect', 'error', 'timeout'] as const)
      socket.once(event, () => {
        socket.destroy();
        resolve(event === 'connect');
      });
  });
}

test('its kubeconfig stands alone', async () => {
  const { kubeconfig, url, ca, token } = await open({ name: 'mine' });

  const value = parseYaml(kubeconfig);

  expect(value).toMatchObject({
    'current-context': 'mine',
    clusters: [
      { cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ user: { token } }],
  });
});

test('nobody can make a resource of the keys that its file keeps', async () => {
  const cluster = await open({ file });
  const client = clientOf(cluster, cluster);
  const group = 'sluice.dev';
  const names = { plural: 'identities', singular: 'identity', kind: 'Identity' };
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  await client.create(
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `identities.${group}` },
      spec: {
        group,
        names,
        scope: 'Cluster',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    },
    MANAGER,
  );
  const kept = cluster.catalog.all().flatMap((type) => cluster.store.list(resourceId(type)));

  expect(cluster.catalog.resource(group, 'v1', 'identities')).toBeDefined();
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.filter(({ rest }) => rest.includes('PRIVATE KEY'))).toEqual([]);
  client.close();
});

test('it continues from its file: objects, identity and what people were given', async () => {
  const first = await open({ file });
  const client = clientOf(first, first);
  const made = await client.create(configMap, MANAGER);
  client.close();
  await close(first);

  const second = await open({ file });
  const later = clientOf(first, second);

  expect(second.id).toBe(first.id);
  expect(await later.get(configMapReference())).toEqual(made);
  later.close();
});

test('clusters of one process are strangers to each other', async () => {
  const [one, other] = [await open(), await open()];
  const stranger = connect({
    id: 'test',
    server: other.url,
    ca: other.ca,
    credentials: { token: one.token },
  });

  await expect(stranger.get(configMapReference())).rejects.toMatchObject({ code: 'unauthorized' });

  expect(one.id).not.toBe(other.id);
  stranger.close();
});

test('a port that is taken is told, and lets go of the file', async () => {
  const { url } = await open();
  const port = Number(new URL(url).port);

  await expect(openCluster({ file, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });

  expect((await open({ file })).id).toMatch(/^[0-9a-f-]{36}$/);
});

function configMapReference() {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'x' };
}
