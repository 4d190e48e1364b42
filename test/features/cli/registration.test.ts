import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseKubeconfig } from '../../../shared/adapters/kubernetes/kubeconfig.ts';
import {
  formatKubeconfig,
  removeCluster,
  saveCluster,
} from '../../../shared/adapters/kubernetes/registration.ts';
import { createClusters } from '../../../shared/adapters/kubernetes/registry.ts';
import { openDeployment } from '../../../shared/adapters/local/deployment.ts';
import { openDirectorySecrets } from '../../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../../shared/adapters/local/directory-store.ts';
import { announceRunning, isRunning } from '../../../shared/adapters/local/running.ts';
import { systemChance as chance, systemClock as clock } from '../../../shared/adapters/local/system.ts';
import type { ClusterRecord } from '../../../shared/ports.ts';

const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';
const RECORD: ClusterRecord = {
  id: 'a-uid',
  name: 'prod',
  server: 'https://prod:6443',
  ca: CA,
  labels: { region: 'eu' },
  settings: { owns: { shard: 'one' }, profile: 'lockdown', groups: 16 },
};
const CONFIG = { server: RECORD.server, ca: CA, credentials: { token: 'secret' } };

function freshDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'sluice-registration-'));
}

async function openPlaces() {
  const directory = freshDirectory();
  const store = await openDirectoryStore({ directory: join(directory, 'store'), clock, chance });
  const secrets = await openDirectorySecrets({ directory: join(directory, 'secrets'), clock, chance });
  return { store, secrets, clusters: createClusters({ store, secrets, clock }) };
}

describe('a cluster', () => {
  test('that was saved is read and opened by the registry', async () => {
    const places = await openPlaces();

    await saveCluster(places, RECORD, CONFIG);

    expect(await places.clusters.list()).toEqual([RECORD]);
    expect((await places.clusters.open('a-uid')).cluster.id).toBe('a-uid');
  });

  test('that was removed leaves nothing, and removing it twice is fine', async () => {
    const places = await openPlaces();
    await saveCluster(places, RECORD, CONFIG);

    await removeCluster(places, 'a-uid');
    await removeCluster(places, 'a-uid');

    expect(await places.clusters.list()).toEqual([]);
    expect(await places.secrets.get('cluster-a-uid')).toBeUndefined();
  });

  test('that is logged in to as a role needs no credentials, and those that were kept go', async () => {
    const places = await openPlaces();
    const eks = { cluster: 'prod', region: 'eu-central-1', roleArn: 'arn:aws:iam::1:role/sluice-prod' };
    await saveCluster(places, RECORD, CONFIG);

    await saveCluster(places, { ...RECORD, eks }, undefined);

    expect(await places.clusters.get('a-uid')).toEqual({ ...RECORD, eks });
    expect(await places.secrets.get('cluster-a-uid')).toBeUndefined();
    await expect(saveCluster(places, RECORD, undefined)).rejects.toMatchObject({ code: 'invalid' });
  });

  test('that could not be read back is not saved', async () => {
    const places = await openPlaces();

    await expect(saveCluster(places, { ...RECORD, server: 'http://prod' }, CONFIG)).rejects.toMatchObject({
      code: 'malformed',
    });
    await expect(saveCluster(places, RECORD, { ...CONFIG, credentials: {} })).rejects.toMatchObject({
      code: 'invalid',
    });
    expect(await places.clusters.list()).toEqual([]);
  });
});

test.each([
  ['a token', CONFIG],
  ['a client certificate', { ...CONFIG, credentials: { clientCertificate: { certificate: CA, key: KEY } } }],
  [
    'public roots and another name',
    { server: CONFIG.server, tlsServerName: 'api', credentials: { token: 't' } },
  ],
])('a kubeconfig with %s is written and read', (_, config) => {
  expect(parseKubeconfig(formatKubeconfig(config))).toEqual(config);
});

describe('a deployment', () => {
  test('is made once, even by several at a time, and only its owner reads it', async () => {
    const directory = join(freshDirectory(), 'state');

    // Apart by fractions of a millisecond, so that some read while others write.
    const starts = Array.from({ length: 40 }, (_, index) => clock.sleep(index / 4));
    const [first, ...others] = await Promise.all(
      starts.map((start) => start.then(() => openDeployment(directory))),
    );

    expect(first?.key).toHaveLength(32);
    for (const { id, key, hookKey } of [...others, await openDeployment(directory)]) {
      expect([id, key, await hookKey?.()]).toEqual([first?.id, first?.key, await first?.hookKey?.()]);
    }
    expect(await first?.hookKey?.()).not.toEqual(first?.key);
    expect(readdirSync(directory)).toEqual(['deployment.json']);
    expect(statSync(join(directory, 'deployment.json')).mode & 0o777).toBe(0o600);
  });

  test('is another in another directory', async () => {
    const [one, other] = await Promise.all([
      openDeployment(freshDirectory()),
      openDeployment(freshDirectory()),
    ]);

    expect(one?.id).not.toBe(other?.id);
    expect(one?.key).not.toEqual(other?.key);
  });

  test.each(['', '{}', '{"id":"x","key":"c2hvcnQ="}'])(
    'that was damaged to %j is not replaced',
    async (text) => {
      const directory = freshDirectory();
      writeFileSync(join(directory, 'deployment.json'), text);

      await expect(openDeployment(directory)).rejects.toMatchObject({ code: 'malformed' });
    },
  );
});

test('a state directory says whether a process runs on it, and takes one only', () => {
  const directory = join(freshDirectory(), 'state');
  expect(isRunning(directory)).toBe(false);

  const quiet = announceRunning(directory);

  expect(isRunning(directory)).toBe(true);
  expect(() => announceRunning(directory)).toThrow(/another process already runs/);
  quiet();
  expect(isRunning(directory)).toBe(false);
  announceRunning(directory)();
});
