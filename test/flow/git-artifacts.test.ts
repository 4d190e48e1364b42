import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTree } from '../../shared/artifact/store.ts';
import { git, tag } from '../servers/git-http.ts';
import { condition, countingStore, create, edit, gitRepository, reconcile } from './drive.ts';
import { ahead, keepingQueues, newEvents, publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-artifacts');
const { namespace } = setting;

async function filesOf(digest: string): Promise<readonly string[]> {
  return [...(await loadTree(setting.world.runtime.ports.store, digest)).keys()].toSorted();
}

describe('the first artifact', () => {
  test('[COM-03 finalizer] [COM-14 path] [COM-09 success] [GR-25 new-artifact] [GR-07 file] is stored, advertised, told and served', async () => {
    const id = await publish(setting, 'first', { 'a.yaml': 'a: 1\n', 'logo.png': 'x' }, 'Say hello');
    await create(setting.world, gitRepository(setting.world, namespace, 'first'));

    const done = await reconcile(setting.world, sourceAt(setting, 'first'));

    const { artifact } = done.status;
    expect(artifact).toMatchObject({
      revision: `main@sha1:${id}`,
      path: `gitrepository/${namespace}/first/${id}.tar.gz`,
    });
    expect(told(done)).toBe(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`);
    expect(told(done, 'ArtifactInStorage')).toBe(told(done));
    expect(done.status.conditions.map(({ type }) => type).toSorted()).toEqual(['ArtifactInStorage', 'Ready']);
    expect(done.status.observedGeneration).toBe(1);
    expect(done.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    expect(await newEvents(setting, sourceAt(setting, 'first'))).toEqual([
      "Normal NewArtifact: stored artifact for commit 'Say hello'",
    ]);
    expect(await filesOf(artifact?.digest ?? '')).toEqual(['a.yaml']);
  });

  test('[COM-14 fields] [COM-14 digest] can be fetched at status.artifact.url, and by nobody who lacks its token', async () => {
    await publish(setting, 'served', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'served'));
    const { artifact } = (await reconcile(setting.world, sourceAt(setting, 'served'))).status;
    const url = new URL(artifact?.url ?? '');

    const answer = await fetch(url);
    const body = new Uint8Array(await answer.arrayBuffer());
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', body)).toString('hex');
    expect([answer.status, `sha256:${digest}`]).toEqual([200, artifact?.digest]);

    const bare = new URL(url.pathname, url.origin);
    const wrong = new URL(url);
    wrong.searchParams.set('c', '0'.repeat(url.searchParams.get('c')?.length ?? 32));
    for (const refused of [bare, wrong]) {
      const refusal = await fetch(refused);
      expect([refusal.status, await refusal.text()]).toEqual([404, '']);
    }
  });
});

describe('a run without news', () => {
  test('[GR-08 one-look] [GR-08 only-stored] costs one request to the server and writes nothing anywhere', async () => {
    await publish(setting, 'quiet', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'quiet'));
    const before = await reconcile(setting.world, sourceAt(setting, 'quiet'));
    await newEvents(setting, sourceAt(setting, 'quiet'));
    const { store, counts } = countingStore(setting.world.runtime.ports.store);
    const { queues, sent } = keepingQueues();
    setting.world.gitLog.length = 0;
    setting.requests.length = 0;

    const after = await reconcile(setting.world, sourceAt(setting, 'quiet'), { ports: { store, queues } });

    expect(setting.world.gitLog.filter(({ path }) => path.startsWith('/quiet.git')).length).toBe(1);
    expect(after).toEqual(before);
    expect(counts.writes).toBe(0);
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, sourceAt(setting, 'quiet'))).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('a new commit', () => {
  test('[GR-07 subject] becomes the artifact, with its time, and tells the first 50 characters of its subject', async () => {
    await publish(setting, 'grows', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'grows'));
    const first = await reconcile(setting.world, sourceAt(setting, 'grows'));
    await newEvents(setting, sourceAt(setting, 'grows'));

    const subject = 'x'.repeat(49);
    const id = await publish(setting, 'grows', { 'b.yaml': 'b: 1\n' }, `${subject}yz\n\nand more`);
    const second = await reconcile(setting.world, sourceAt(setting, 'grows'), {
      ports: { clock: ahead(5000) },
    });

    expect(second.status.artifact?.revision).toBe(`main@sha1:${id}`);
    expect(await filesOf(second.status.artifact?.digest ?? '')).toEqual(['a.yaml', 'b.yaml']);
    expect(Date.parse(second.status.artifact?.lastUpdateTime ?? '')).toBeGreaterThan(
      Date.parse(first.status.artifact?.lastUpdateTime ?? ''),
    );
    expect(await newEvents(setting, sourceAt(setting, 'grows'))).toEqual([
      `Normal NewArtifact: stored artifact for commit '${subject}y...'`,
    ]);
  });

  test('with the same content is advertised under its own revision', async () => {
    await publish(setting, 'same', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'same'));
    const first = await reconcile(setting.world, sourceAt(setting, 'same'));

    const id = await publish(setting, 'same', {}, 'nothing');
    const second = await reconcile(setting.world, sourceAt(setting, 'same'));

    expect(second.status.artifact).toMatchObject({
      revision: `main@sha1:${id}`,
      digest: first.status.artifact?.digest,
    });
    expect(told(second)).toBe(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`);
  });
});

describe('references', () => {
  test('[GR-04 branch] [GR-04 tag] [GR-04 semver] [GR-04 name] [GR-04 commit] each kind has its revision', async () => {
    const one = await publish(setting, 'refs', { 'a.yaml': 'a: 1\n' });
    const repository = join(setting.world.gitRoot, 'refs.git');
    await tag(repository, 'v1.2.0', one);
    const two = await publish(setting, 'refs', { 'a.yaml': 'a: 2\n' });
    await tag(repository, 'v1.3.0', two, 'annotated');
    await git(repository, ['update-ref', 'refs/pull/7/head', one]);
    const wanted: readonly [object, string][] = [
      [{ branch: 'main' }, `main@sha1:${two}`],
      [{ tag: 'v1.2.0' }, `v1.2.0@sha1:${one}`],
      [{ semver: '>=1.0.0 <2' }, `v1.3.0@sha1:${two}`],
      [{ name: 'refs/pull/7/head' }, `refs/pull/7/head@sha1:${one}`],
      [{ commit: one }, `sha1:${one}`],
      [{ commit: one, branch: 'main' }, `main@sha1:${one}`],
    ];
    await create(setting.world, gitRepository(setting.world, namespace, 'refs'));
    const reference = sourceAt(setting, 'refs');

    for (const [ref, revision] of wanted) {
      const none = { branch: null, tag: null, semver: null, name: null, commit: null };
      await edit(setting.world, reference, { spec: { ref: { ...none, ...ref } } });
      const { status } = await reconcile(setting.world, reference);
      expect([ref, status.artifact?.revision]).toEqual([ref, revision]);
    }
  });

  test('[COM-02 failing] [COM-10 with-retry] a branch that is not there fails with its name and keeps the artifact', async () => {
    await publish(setting, 'branches', { 'a.yaml': 'a: 1\n' });
    await create(setting.world, gitRepository(setting.world, namespace, 'branches'));
    const reference = sourceAt(setting, 'branches');
    const before = await reconcile(setting.world, reference);
    await newEvents(setting, reference);
    await edit(setting.world, reference, { spec: { ref: { branch: 'gone' } } });

    const { queues, woken } = keepingQueues();
    const failed = await reconcile(setting.world, reference, { ports: { queues } });

    expect(told(failed, 'FetchFailed')).toContain('True GitOperationFailed: ');
    expect(told(failed)).toMatch(/^False GitOperationFailed: .*gone/);
    expect(condition(failed, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
    expect(failed.status.artifact).toEqual(before.status.artifact);
    expect(await newEvents(setting, reference)).toHaveLength(1);
    expect(woken()).toContain('later GitRepository/branches in 1s');
  });
});

describe('spec.ignore', () => {
  test('[GR-09 ignore-changed] [GR-09 observed-ignore] a change packs the same commit anew', async () => {
    await publish(setting, 'ignores', { 'a.yaml': 'a: 1\n', 'docs/b.md': 'b' });
    await create(setting.world, gitRepository(setting.world, namespace, 'ignores'));
    const reference = sourceAt(setting, 'ignores');
    const before = await reconcile(setting.world, reference);
    expect(before.status.observedIgnore).toBeUndefined();

    await edit(setting.world, reference, { spec: { ignore: '/docs/\n' } });
    const after = await reconcile(setting.world, reference);

    expect(after.status.artifact?.revision).toBe(before.status.artifact?.revision);
    expect(await filesOf(after.status.artifact?.digest ?? '')).toEqual(['a.yaml']);
    expect(after.status.observedIgnore).toBe('/docs/\n');

    await edit(setting.world, reference, { spec: { ignore: null } });
    const back = await reconcile(setting.world, reference);
    expect(back.status.artifact?.digest).toBe(before.status.artifact?.digest);
    expect(back.status.observedIgnore).toBeUndefined();
  });
});
