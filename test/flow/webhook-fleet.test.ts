import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../infra/cli/run.ts';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { Cluster, KubernetesObject } from '../../shared/ports.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { gitRepository } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
import { configMap, publish, useWorld } from './setting.ts';
import { push, RECEIVER, receiver, tokenSecret } from './webhook.ts';

const own = useOwnPlane();
const second = useOwnPlane();
const setting = useWorld('fleet', own.place);
const { namespace } = setting;
const SOON = { timeout: 20_000, interval: 25 };
const PERSON = { fieldManager: 'person' };
const dir = mkdtempSync(join(tmpdir(), 'flow-fleet-'));
const clusters: Cluster[] = [];
const closing: (() => void)[] = [];

/** Registers another cluster with the same runtime. */
beforeAll(async () => {
  const { world } = setting;
  const { server = '', ca = '', token = '' } = await second.place();
  const other = connect({ id: 'second', server, ca, credentials: { token } });
  const { uid: id } = await other.facts();
  const { deployment, store } = world.runtime.ports;
  for (const name of [namespace, OWNER.namespace])
    await other.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, PERSON);
  const { apiVersion, kind, name } = OWNER;
  const data = { deployment: deployment.id, cluster: id, owns: 'all' };
  await other.create(
    { apiVersion, kind, metadata: { namespace: OWNER.namespace, name }, data } as KubernetesObject,
    PERSON,
  );
  const secrets = await openDirectorySecrets({
    directory: join(world.stateDirectory, 'secrets'),
    clock: systemClock,
    chance: systemChance,
  });
  const settings = { owns: 'all', profile: 'flux', groups: 16 } as const;
  await saveCluster(
    { store, secrets },
    { id, name: 'second', server, ca, labels: {}, settings },
    { server, ca, credentials: { token } },
  );
  clusters.push(world.cluster, other);
  closing.push(other.close);
  world.start();
});

afterAll(() => {
  for (const close of closing) close();
  rmSync(dir, { recursive: true, force: true });
});

async function onBoth(...objects: readonly KubernetesObject[]): Promise<void> {
  for (const cluster of clusters) for (const object of objects) await cluster.create(object, PERSON);
}

interface Shown {
  readonly status?: { readonly webhookPath?: string; readonly artifact?: { readonly revision: string } };
}

async function seen(
  kind: typeof RECEIVER | { apiVersion: string; kind: string },
  name: string,
): Promise<readonly Shown[]> {
  return Promise.all(
    clusters.map(async (cluster) => ((await cluster.get({ ...kind, namespace, name })) ?? {}) as Shown),
  );
}

/** The revisions of a source in both clusters. */
async function revisions(name: string): Promise<readonly (string | undefined)[]> {
  const kind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' };
  return (await seen(kind, name)).map(({ status }) => status?.artifact?.revision);
}

const at = (id: string): readonly string[] => [`main@sha1:${id}`, `main@sha1:${id}`];

describe('two clusters', () => {
  test('[RC-10 fan-out] whose Receivers have the same token, name and namespace are woken by one delivery, and part in peace', async () => {
    const first = await publish(setting, 'twin', { 'a.yaml': configMap(namespace, 'a', { a: '1' }) });
    await onBoth(
      gitRepository(setting.world, namespace, 'twin'),
      tokenSecret(namespace, 'twin', 'copied'),
      receiver(namespace, 'twin', [{ kind: 'GitRepository', name: 'twin' }]),
    );
    await expect.poll(() => revisions('twin'), SOON).toEqual(at(first));
    const paths = async () => (await seen(RECEIVER, 'twin')).map(({ status }) => status?.webhookPath);
    await expect.poll(async () => new Set(await paths()).size, SOON).toBe(1);
    await expect.poll(async () => (await paths())[0], SOON).toMatch(/^\/hook\//);
    const [path = ''] = await paths();
    const id = await publish(setting, 'twin', { 'a.yaml': configMap(namespace, 'a', { a: '2' }) });

    expect(await push(setting, path, 'copied')).toBe(202);
    await expect.poll(() => revisions('twin'), SOON).toEqual(at(id));

    await clusters[1]?.delete({ ...RECEIVER, namespace, name: 'twin' });
    await expect
      .poll(
        async () => (await clusters[1]?.get({ ...RECEIVER, namespace, name: 'twin' })) === undefined,
        SOON,
      )
      .toBe(true);
    const last = await publish(setting, 'twin', { 'a.yaml': configMap(namespace, 'a', { a: '3' }) });
    expect(await push(setting, path, 'copied')).toBe(202);
    await expect.poll(async () => (await revisions('twin'))[0], SOON).toBe(`main@sha1:${last}`);
    expect((await revisions('twin'))[1]).toBe(`main@sha1:${id}`);
  });
});

describe('a webhook of the whole fleet', () => {
  /** Makes one as a person does; its path and secret. */
  async function made(
    ...argv: readonly string[]
  ): Promise<{ readonly path: string; readonly secret: string }> {
    const lines: string[] = [];
    const world = {
      out: (text: string) => void lines.push(text),
      err: () => undefined,
      interactive: false,
      symbols: false,
      ask: async () => '',
      env: { SLUICE_STATE: setting.world.stateDirectory },
      cwd: dir,
      home: dir,
      clock: systemClock,
    };
    expect(await run(['webhook', 'add', ...argv], world)).toBe(0);
    const text = lines.join('\n');
    return {
      path: /(\/hook\/[0-9a-f]{64})/.exec(text)?.[1] ?? '',
      secret: /Secret +([0-9a-f]{64})/.exec(text)?.[1] ?? '',
    };
  }

  test('wakes the sources of a repository in every cluster, by any of its URLs, and no other repository', async () => {
    const files = (value: string) => ({ 'a.yaml': configMap(namespace, 'a', { value }) });
    const ids = {
      app: await publish(setting, 'app', files('1')),
      other: await publish(setting, 'other', files('1')),
    };
    await onBoth(
      gitRepository(setting.world, namespace, 'app'),
      gitRepository(setting.world, namespace, 'other'),
    );
    await expect.poll(() => revisions('app'), SOON).toEqual(at(ids.app));
    await expect.poll(() => revisions('other'), SOON).toEqual(at(ids.other));
    const { path, secret } = await made('github', '--org', '127.0.0.1');
    const fresh = await publish(setting, 'app', files('2'));
    await publish(setting, 'other', files('2'));
    const payload = { repository: { ssh_url: 'git@127.0.0.1:App.git', html_url: 'http://127.0.0.1/app' } };

    expect(await push(setting, path, 'wrong', { payload })).toBe(404);
    expect(await push(setting, path, secret, { payload })).toBe(202);

    await expect.poll(() => revisions('app'), SOON).toEqual(at(fresh));
    expect(await revisions('other')).toEqual(at(ids.other));
  });

  test('does not listen to other organisations, nor to what names no repository', async () => {
    const { path, secret } = await made('github', '--org', 'acme');
    const payload = { repository: { clone_url: 'http://127.0.0.1/app.git' } };

    expect(await push(setting, path, secret, { payload })).toBe(200);
    expect(await push(setting, path, secret, { event: 'ping' })).toBe(200);
  });
});
