import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git } from '../servers/bare-repository.ts';
import { startGitServer } from '../servers/git-http.ts';
import { create, gitRepository, reconcile } from './drive.ts';
import { publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-once');
const { namespace } = setting;
const MANY = 20;

describe('one repository, many objects', () => {
  test('costs one fetch, however many wake in the same second; each asks the remote itself', async () => {
    const id = await publish(setting, 'shared', { 'a.yaml': 'a: 1\n' });
    const url = `${setting.world.git.url}/shared.git`;
    const names = Array.from({ length: MANY }, (_, index) => `shared-${index}`);
    for (const name of names)
      await create(setting.world, gitRepository(setting.world, namespace, name, { url }));
    setting.world.gitLog.length = 0;

    const all = await Promise.all(names.map((name) => reconcile(setting.world, sourceAt(setting, name))));

    expect(all.map((source) => told(source))).toEqual(
      Array(MANY).fill(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`),
    );
    expect(new Set(all.map(({ status }) => status.artifact?.digest)).size).toBe(1);
    const posts = setting.world.gitLog.filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(MANY + 1);
  });

  test('other rules are another artifact', async () => {
    await publish(setting, 'rules', { 'a.yaml': 'a: 1\n', 'b.md': 'b' });
    const url = `${setting.world.git.url}/rules.git`;
    const specs = { whole: { ignore: '' }, part: { ignore: '*.md' }, sparse: { sparseCheckout: ['a.yaml'] } };
    const digests = new Set<string | undefined>();
    for (const [name, spec] of Object.entries(specs)) {
      await create(setting.world, gitRepository(setting.world, namespace, `rules-${name}`, { url, ...spec }));
      digests.add(
        (await reconcile(setting.world, sourceAt(setting, `rules-${name}`))).status.artifact?.digest,
      );
    }

    expect(digests.size).toBe(2);
  });

  test('whoever lacks the right credentials gets nothing of what others fetched', async () => {
    const server = await startGitServer(setting.world.gitRoot, { username: 'ada', password: 'secret-word' });
    const id = await publish(setting, 'private', { 'a.yaml': 'a: 1\n' });
    const secret = (name: string, password: string) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } },
      stringData: { username: 'ada', password },
    });
    await create(setting.world, secret('right', 'secret-word'), secret('wrong', 'guess'));
    const spec = { url: `${server.url}/private.git`, ref: { commit: id, branch: 'main' } };
    const visit = async (name: string, more: object) => {
      await create(setting.world, gitRepository(setting.world, namespace, name, { ...spec, ...more }));
      return reconcile(setting.world, sourceAt(setting, name));
    };

    const right = await visit('private-right', { secretRef: { name: 'right' } });
    const wrong = await visit('private-wrong', { secretRef: { name: 'wrong' } });
    const none = await visit('private-none', {});
    const pinned = await visit('private-pinned', { ref: { commit: id, branch: null } });
    await server.stop();

    expect(told(right)).toMatch(/^True/);
    for (const refused of [wrong, none, pinned]) {
      expect(told(refused)).toMatch(/^False GitOperationFailed: .*authentication required/);
      expect(refused.status.artifact).toBeUndefined();
    }
  });

  test('[GR-05 on-branch] a commit that others fetched from its branch is not on another for that', async () => {
    const id = await publish(setting, 'branches', { 'a.yaml': 'a: 1\n' });
    await git(join(setting.world.gitRoot, 'branches.git'), ['branch', 'old', 'main']);
    const next = await publish(setting, 'branches', { 'a.yaml': 'a: 2\n' });
    const url = `${setting.world.git.url}/branches.git`;
    const visit = async (branch: string, commit: string) => {
      const [name, ref] = [`on-${branch}-${commit.slice(0, 7)}`, { branch, commit }];
      await create(setting.world, gitRepository(setting.world, namespace, name, { url, ref }));
      return told(await reconcile(setting.world, sourceAt(setting, name)));
    };

    expect(await visit('main', next)).toMatch(/^True/);
    expect(await visit('old', next)).toMatch(/^False GitOperationFailed: .*object not found/);
    expect(await visit('old', id)).toMatch(/^True/);
  });

  test('bytes that went bad are fetched anew, not shared', async () => {
    await publish(setting, 'bad', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'bad'));
    const good = await reconcile(setting.world, sourceAt(setting, 'bad'));
    const { store } = setting.world.runtime.ports;
    const key = `blobs/${good.status.artifact?.digest.replace('sha256:', '')}`;
    const blob = await store.get(key);
    await store.put(key, Buffer.alloc(blob?.body.length ?? 0));

    const cured = await reconcile(setting.world, sourceAt(setting, 'bad'));

    expect(cured.status.artifact?.digest).toBe(good.status.artifact?.digest);
    expect((await store.get(key))?.body).toEqual(blob?.body);
    expect(await git(join(setting.world.gitRoot, 'bad.git'), ['count-objects'])).toContain('objects');
  });
});
