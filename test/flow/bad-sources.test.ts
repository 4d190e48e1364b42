import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Git } from '../../shared/ports.ts';
import { commit, createRepository } from '../servers/git-http.ts';
import { condition, create, edit, gitRepository, kustomization, reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  sourceAt,
  sync,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('bad-sources');
const { namespace } = setting;

let shared: Promise<string> | undefined;

/** A working pair whose repository then goes wrong by `spec`; what was applied must stay. */
async function broken(name: string, spec: object) {
  shared ??= publish(setting, 'shared', { 'a.yaml': configMap(namespace, 'shared', { a: '1' }) });
  await shared;
  const { world } = setting;
  const url = `${world.git.url}/shared.git`;
  await create(world, gitRepository(world, namespace, name, { url }), kustomization(namespace, name));
  await sync(setting, name);
  const before = await reconcile(world, sourceAt(setting, name));
  await newEvents(setting, sourceAt(setting, name));
  await edit(world, sourceAt(setting, name), { spec });
  const { queues, woken } = keepingQueues();
  const source = await reconcile(world, sourceAt(setting, name), { ports: { queues } });
  const events = await newEvents(setting, sourceAt(setting, name));
  const applier = await reconcile(world, applierAt(setting, name));
  return { before, source, events, applier, woken: woken() };
}

describe('a repository that cannot be had keeps its artifact, and what was applied runs on', () => {
  const closed = 'http://127.0.0.1:1/x.git';
  test.each([
    ['an unreachable server', 'unreachable', { url: closed }, /refused|unreachable|failed/],
    ['a host that does not exist', 'no-host', { url: 'https://no-such-host.invalid/x.git' }, /no-such-host/],
    ['a missing tag', 'no-tag', { ref: { branch: null, tag: 'v9' } }, /v9/],
    ['a range without match', 'no-match', { ref: { branch: null, semver: '>=9.0.0' } }, />=9\.0\.0/],
    ['a commit that is not there', 'no-commit', { ref: { branch: null, commit: 'f'.repeat(40) } }, /f{40}/],
  ])('[GR-24 operation-failed] %s', async (_title, name, spec, wording) => {
    const { before, source, events, applier, woken } = await broken(name, spec);

    expect(condition(source, 'FetchFailed')).toMatchObject({ status: 'True', reason: 'GitOperationFailed' });
    expect(told(source)).toMatch(/^False GitOperationFailed: failed to checkout and determine revision: /);
    expect(told(source)).toMatch(wording);
    expect(condition(source, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
    expect(source.status.artifact).toEqual(before.status.artifact);
    expect(events).toEqual([told(source).replace('False', 'Warning')]);
    expect(woken.filter((line) => line.startsWith('later'))).toEqual([`later GitRepository/${name} in 1s`]);
    expect(told(applier)).toContain('True ReconciliationSucceeded');
  });

  test('[GR-24 not-found] a repository that does not exist', async () => {
    const { source } = await broken('vanishes', { url: `${setting.world.git.url}/no-such.git` });

    expect(told(source)).toMatch(/^False GitOperationFailed: .*repository not found/);
  });

  test('[GR-02 timeout-bounds] a server that does not answer ends with the timeout of the spec', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };

    const { source } = await broken('silent', { url: `http://127.0.0.1:${port}/x.git`, timeout: '1s' });

    silent.close();
    expect(told(source)).toMatch(/^False GitOperationFailed: /);
  });

  test('a URL that is none stalls: nothing is tried again', async () => {
    const { source, woken } = await broken('no-url', { url: 'http://[oops/x.git' });

    expect(told(source)).toMatch(/^False URLInvalid: /);
    expect(condition(source, 'Stalled')).toMatchObject({ status: 'True', reason: 'URLInvalid' });
    expect(woken.filter((line) => line.startsWith('later'))).toEqual([]);
  });
});

describe('an oversized repository', () => {
  test('fails with what is too large, keeps the artifact, and works again when it is smaller', async () => {
    const { world } = setting;
    await publish(setting, 'large', { 'a.yaml': configMap(namespace, 'large', { a: '1' }) });
    await create(world, gitRepository(world, namespace, 'large'));
    const reference = sourceAt(setting, 'large');
    const before = await reconcile(world, reference);
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(48_000))).toString('base64');
    await publish(setting, 'large', { 'noise.txt': noise });
    const { git } = world.runtime.ports;
    const small: Git = {
      open: (address, signal) => {
        const remote = git.open(address, signal);
        return { ...remote, fetchPack: (fetch, most) => remote.fetchPack(fetch, Math.min(most, 10_000)) };
      },
    };

    const failed = await reconcile(world, reference, { ports: { git: small } });

    expect(told(failed)).toMatch(/^False GitOperationFailed: .*(large|limit|more than)/);
    expect(failed.status.artifact).toEqual(before.status.artifact);
    await publish(setting, 'large', { 'noise.txt': null, 'b.yaml': 'b: 1\n' });
    expect(told(await reconcile(world, reference, { ports: { git: small } }))).toContain('True Succeeded');
  });
});

describe('an empty repository', () => {
  test('[GR-23 empty] is told as such, and the first commit helps', async () => {
    await createRepository(setting.world.gitRoot, 'empty');
    const { world } = setting;
    await create(world, gitRepository(world, namespace, 'empty'), kustomization(namespace, 'empty'));

    const empty = await reconcile(world, sourceAt(setting, 'empty'));
    const waiting = await reconcile(world, applierAt(setting, 'empty'));
    expect(told(empty)).toBe('False EmptyGitRepository: git repository is empty');
    expect(told(waiting)).toBe('False ArtifactFailed: Source artifact not found, retrying in 30s');
    expect(await newEvents(setting, applierAt(setting, 'empty'))).toEqual([]);

    await commit(`${world.gitRoot}/empty.git`, { 'a.yaml': configMap(namespace, 'empty', {}) }, 'first');
    expect(told(await sync(setting, 'empty'))).toContain('True ReconciliationSucceeded');
  });
});

describe('a source that is not there', () => {
  test('[KS-04 missing] [KS-04 no-event] is named, without an event, and its coming helps', async () => {
    const { world } = setting;
    await create(world, kustomization(namespace, 'orphan', { retryInterval: '20s' }));
    const { queues, woken } = keepingQueues();

    const waiting = await reconcile(world, applierAt(setting, 'orphan'), { ports: { queues } });

    expect(told(waiting)).toBe("False ArtifactFailed: Source 'GitRepository/orphan' not found");
    expect(await newEvents(setting, applierAt(setting, 'orphan'))).toEqual([]);
    expect(woken()).toEqual(['later Kustomization/orphan in 20s']);

    await publish(setting, 'orphan', { 'a.yaml': configMap(namespace, 'orphan', {}) });
    await create(world, gitRepository(world, namespace, 'orphan'));
    expect(told(await sync(setting, 'orphan'))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-04 artifact-gone] an artifact lost from the store is waited for, and the source makes it anew', async () => {
    const { world } = setting;
    await publish(setting, 'loses', { 'a.yaml': configMap(namespace, 'loses', {}) });
    await create(world, gitRepository(world, namespace, 'loses'), kustomization(namespace, 'loses'));
    const source = await reconcile(world, sourceAt(setting, 'loses'));
    await world.runtime.ports.store.delete(`blobs/${source.status.artifact?.digest.replace('sha256:', '')}`);

    const waiting = await reconcile(world, applierAt(setting, 'loses'));

    expect(told(waiting)).toBe(
      'False ArtifactFailed: Source is not ready, artifact not found, retrying in 30s',
    );
    expect(told(await sync(setting, 'loses'))).toContain('True ReconciliationSucceeded');
  });

  test('[COM-31 digest] an artifact of other bytes is never used', async () => {
    const { world } = setting;
    await publish(setting, 'forged', { 'a.yaml': configMap(namespace, 'forged', {}) });
    await create(world, gitRepository(world, namespace, 'forged'), kustomization(namespace, 'forged'));
    const source = await reconcile(world, sourceAt(setting, 'forged'));
    const key = `blobs/${source.status.artifact?.digest.replace('sha256:', '')}`;
    await world.runtime.ports.store.put(key, Buffer.from('forged'));

    const refused = await reconcile(world, applierAt(setting, 'forged'));

    expect(told(refused)).toMatch(/^False ArtifactFailed: .*digest/);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'forged' };
    expect(await world.cluster.get(map)).toBeUndefined();
    expect(told(await sync(setting, 'forged'))).toContain('True ReconciliationSucceeded');
  });
});
