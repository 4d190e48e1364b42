import { expect, test } from 'vitest';
import type { Artifact } from '../../shared/api/meta.ts';
import { loadTree } from '../../shared/artifact/store.ts';
import { noise } from '../contracts/blobs.ts';
import { startSshServer } from '../servers/sshd.ts';
import { create, gitRepository, reconcile } from './drive.ts';
import { publish, type Setting, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-incremental');
const { namespace } = setting;
const LARGE = noise(200_000);

test('[GR-05 incremental] a commit costs the look and one request more, and is all there', async () => {
  await publish(setting, 'app', { 'large.txt': LARGE, 'a.yaml': 'a: 1\n', 'deep/b.yaml': 'b: 1\n' });
  await create(setting.world, gitRepository(setting.world, namespace, 'app'));
  await reconcile(setting.world, sourceAt(setting, 'app'));

  for (const text of ['a: 2\n', 'a: 3\n']) {
    const id = await publish(setting, 'app', { 'a.yaml': text, 'new.yaml': text });
    setting.world.gitLog.length = 0;
    const source = await reconcile(setting.world, sourceAt(setting, 'app'));

    expect(told(source)).toBe(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`);
    expect(setting.world.gitLog.map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect(await filesOf(setting, source.status.artifact)).toEqual({
      'large.txt': LARGE.length,
      'a.yaml': 5,
      'new.yaml': 5,
      'deep/b.yaml': 5,
    });
  }
});

test('[GR-05 incremental] over SSH as well, and by an object of its own when another follows the same repository', async () => {
  const server = await startSshServer(setting.world.gitRoot);
  await publish(setting, 'shared', { 'large.txt': LARGE, 'a.yaml': 'a: 1\n' });
  const { identity, knownHosts: known_hosts } = server;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'key' } };
  await create(setting.world, { ...secret, stringData: { identity, known_hosts } });
  const spec = { url: `${server.url}/shared.git`, secretRef: { name: 'key' } };
  for (const name of ['one', 'two'])
    await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  for (const name of ['one', 'two']) await reconcile(setting.world, sourceAt(setting, name));
  await publish(setting, 'shared', { 'a.yaml': 'a: 2\n' });

  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => reconcile(setting.world, sourceAt(setting, name))),
  );
  await server.stop();

  expect(one?.status.artifact?.digest).toBe(two?.status.artifact?.digest);
  expect(await filesOf(setting, two?.status.artifact)).toEqual({ 'large.txt': LARGE.length, 'a.yaml': 5 });
});

test('[GR-05 incremental] a store that lost what was kept costs a whole fetch', async () => {
  await publish(setting, 'lost', { 'large.txt': LARGE, 'a.yaml': 'a: 1\n' });
  await create(setting.world, gitRepository(setting.world, namespace, 'lost'));
  const first = await reconcile(setting.world, sourceAt(setting, 'lost'));
  const { store } = setting.world.runtime.ports;
  for await (const { key } of store.list('blobs/'))
    if (!first.status.artifact?.digest.endsWith(key.slice('blobs/'.length))) await store.delete(key);
  const id = await publish(setting, 'lost', { 'a.yaml': 'a: 2\n' });

  const source = await reconcile(setting.world, sourceAt(setting, 'lost'));

  expect(source.status.artifact?.revision).toBe(`main@sha1:${id}`);
  expect(await filesOf(setting, source.status.artifact)).toEqual({ 'large.txt': LARGE.length, 'a.yaml': 5 });
});

test('[GR-18 stranger] [GR-05 incremental] an incremental fetch is verified like any other', async () => {
  await publish(setting, 'signed', { 'large.txt': LARGE, 'a.yaml': 'a: 1\n' });
  await create(setting.world, gitRepository(setting.world, namespace, 'signed'));
  const before = await reconcile(setting.world, sourceAt(setting, 'signed'));
  await publish(setting, 'signed', { 'a.yaml': 'a: 2\n' });
  const keys = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'keys' } };
  await create(setting.world, { ...keys, stringData: { 'a.asc': 'none' } });
  const verify = { mode: 'HEAD', secretRef: { name: 'keys' } };
  await setting.world.cluster.patch(
    sourceAt(setting, 'signed'),
    { merge: { spec: { verify } } },
    { fieldManager: 'person' },
  );

  const source = await reconcile(setting.world, sourceAt(setting, 'signed'));

  expect(told(source)).toMatch(/^False InvalidCommitSignature: .*it is not signed$/);
  expect(source.status.artifact).toEqual(before.status.artifact);
});

/** Sizes of what the artifact holds. */
async function filesOf({ world }: Setting, artifact: Artifact | undefined): Promise<Record<string, number>> {
  const tree = await loadTree(world.runtime.ports.store, artifact?.digest ?? '');
  return Object.fromEntries([...tree].map(([path, { length }]) => [path, length]));
}
