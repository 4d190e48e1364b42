import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { membersOf } from '../../shared/artifact/directory.ts';
import { loadDirectory } from '../../shared/artifact/store.ts';
import { git } from '../servers/bare-repository.ts';
import { type GitServer, startGitServer } from '../servers/git-http.ts';
import { condition, create, edit, gitRepository, type Reconciled, reconcile } from './drive.ts';
import { publish, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-trees');
const { namespace } = setting;

const directoryOf = (name: string): string => join(setting.world.gitRoot, `${name}.git`);

/** Paths in the stored artifact. */
async function stored(name: string, { status }: Reconciled): Promise<readonly string[]> {
  if (status.artifact === undefined) throw new Error('there is no artifact');
  const owner = { cluster: setting.world.clusterId, kind: 'GitRepository', namespace, name };
  const tree = await loadDirectory(setting.world.runtime.ports.store, owner, status.artifact);
  const shown = { directory: '/', file: '', executable: '*' };
  return membersOf(tree, '')
    .slice(1)
    .map(({ path, kind }) => path + shown[kind]);
}

async function repository(
  name: string,
  files: Readonly<Record<string, string>>,
  spec: object = {},
): Promise<string> {
  const id = await publish(setting, name, files);
  await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  return id;
}

/** Commits a gitlink, as `git submodule add` does. */
async function link(name: string, path: string, commit: string, url: string): Promise<void> {
  const directory = directoryOf(name);
  await publish(setting, name, {
    '.gitmodules': `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`,
  });
  const env = { GIT_DIR: directory, GIT_INDEX_FILE: join(directory, 'link-index') };
  await git(directory, ['read-tree', 'refs/heads/main'], env);
  await git(directory, ['update-index', '--add', '--cacheinfo', `160000,${commit},${path}`], env);
  const tree = await git(directory, ['write-tree'], env);
  const id = await git(directory, ['commit-tree', '-m', 'link', '-p', 'refs/heads/main', tree]);
  await git(directory, ['update-ref', 'refs/heads/main', id]);
}

describe('sparseCheckout', () => {
  const files = {
    'root.yaml': 'a: 1\n',
    'app/a.yaml': 'a: 1\n',
    'apple/b.yaml': 'b: 1\n',
    'docs/x/c.md': 'c',
  };

  test('[GR-22 sparse-checkout] [GR-22 prefix] keeps what begins so, and no file at the root', async () => {
    await repository('sparse', files, { sparseCheckout: ['./app', 'docs/x'] });
    const reference = sourceAt(setting, 'sparse');

    const first = await reconcile(setting.world, reference);
    expect(await stored('sparse', first)).toEqual([
      ...['app/', 'app/a.yaml', 'apple/', 'apple/b.yaml', 'docs/', 'docs/x/', 'docs/x/c.md'],
    ]);
    expect(first.status.observedSparseCheckout).toEqual(['./app', 'docs/x']);

    await edit(setting.world, reference, { spec: { sparseCheckout: ['docs/'] } });
    expect(await stored('sparse', await reconcile(setting.world, reference))).toEqual([
      'docs/',
      'docs/x/',
      'docs/x/c.md',
    ]);
    await edit(setting.world, reference, { spec: { sparseCheckout: null } });
    const whole = await reconcile(setting.world, reference);
    expect(await stored('sparse', whole)).toContain('root.yaml');
    expect(whole.status.observedSparseCheckout).toBeUndefined();
  });

  test.each(['nowhere', '../app', 'app/../docs'])(
    '[GR-22 absent] of %s is told, and the artifact stays',
    async (path) => {
      const name = `absent-${path.length}`;
      await repository(name, files);
      const reference = sourceAt(setting, name);
      const before = await reconcile(setting.world, reference);
      await edit(setting.world, reference, { spec: { sparseCheckout: [path] } });

      const failed = await reconcile(setting.world, reference);

      expect(told(failed)).toBe(
        `False GitOperationFailed: failed to sparse checkout directories : sparse checkout dir '${path}' does not exist in repository`,
      );
      expect(failed.status.artifact).toEqual(before.status.artifact);
    },
  );
});

describe('include', () => {
  test('[GR-21 include] [GR-21 status] copies what another has, and follows it', async () => {
    await repository('library', { 'base/a.yaml': 'a: 1\n', 'notes.md': '# Notes' });
    const include = [
      { repository: { name: 'library' } },
      { repository: { name: 'library' }, fromPath: 'base', toPath: 'vendor/base' },
    ];
    await repository('app', { 'own.yaml': 'own: 1\n' }, { include });
    const reference = sourceAt(setting, 'app');

    const early = await reconcile(setting.world, reference);
    expect(told(early, 'IncludeUnavailable')).toBe(
      "True NoArtifact: no artifact available for include 'library'",
    );
    const library = await reconcile(setting.world, sourceAt(setting, 'library'));
    const first = await reconcile(setting.world, reference);
    expect(told(first)).toMatch(/^True Succeeded/);
    expect(await stored('app', first)).toEqual([
      ...['library/', 'library/base/', 'library/base/a.yaml', 'library/notes.md', 'own.yaml'],
      ...['vendor/', 'vendor/base/', 'vendor/base/a.yaml'],
    ]);
    expect(first.status.includedArtifacts).toEqual([library.status.artifact, library.status.artifact]);
    expect(first.status.observedInclude).toEqual(include);
    const again = await reconcile(setting.world, reference);
    expect(again.status).toEqual(first.status);

    await publish(setting, 'library', { 'base/b.yaml': 'b: 1\n' });
    await reconcile(setting.world, sourceAt(setting, 'library'));
    const followed = await reconcile(setting.world, reference);
    expect(await stored('app', followed)).toContain('vendor/base/b.yaml');
    expect(followed.status.artifact?.digest).not.toBe(first.status.artifact?.digest);
  });

  test('[GR-21 not-found] waits for what is not there', async () => {
    await repository('lonely', { 'a.yaml': 'a: 1\n' }, { include: [{ repository: { name: 'nobody' } }] });

    const waiting = await reconcile(setting.world, sourceAt(setting, 'lonely'));

    expect(told(waiting, 'IncludeUnavailable')).toMatch(
      /^True NotFound: could not get resource for include 'nobody'/,
    );
    expect(condition(waiting, 'Stalled')).toBeUndefined();
  });

  test.each([
    ['a place that is taken', { toPath: 'own' }, 'file exists'],
    ['a place below a file', { toPath: 'own/a.yaml/x' }, 'not a directory'],
    ['a place that is the root', { toPath: '..' }, 'file exists'],
    ['what is not there', { fromPath: 'nowhere' }, 'no such file or directory'],
  ])('[GR-21 copy] of %s fails', async (what, paths, why) => {
    const name = `copy-${what.replaceAll(/\W/g, '-')}`;
    await repository(`${name}-lib`, { 'a.yaml': 'a: 1\n' });
    await reconcile(setting.world, sourceAt(setting, `${name}-lib`));
    await repository(
      name,
      { 'own/a.yaml': 'a: 1\n' },
      { include: [{ repository: { name: `${name}-lib` }, ...paths }] },
    );

    const failed = await reconcile(setting.world, sourceAt(setting, name));

    expect(told(failed, 'StorageOperationFailed')).toMatch(
      `True CopyFailure: failed to copy '${name}-lib' include`,
    );
    expect(told(failed, 'StorageOperationFailed')).toContain(why);
  });

  test('[GR-21 traversal] cannot leave the tree', async () => {
    await repository('climber-lib', { 'a.yaml': 'a: 1\n' });
    await reconcile(setting.world, sourceAt(setting, 'climber-lib'));
    const include = [{ repository: { name: 'climber-lib' }, fromPath: '../../..', toPath: '../../escaped' }];
    await repository('climber', { 'b.yaml': 'b: 1\n' }, { include });

    const source = await reconcile(setting.world, sourceAt(setting, 'climber'));

    expect(await stored('climber', source)).toEqual(['b.yaml', 'escaped/', 'escaped/a.yaml']);
  });

  test('[GR-21 ignore] is subject to the rules of what is ignored', async () => {
    await repository('ignored-lib', { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' });
    await reconcile(setting.world, sourceAt(setting, 'ignored-lib'));
    const include = [{ repository: { name: 'ignored-lib' } }];
    await repository('ignored', { 'c.yaml': 'c: 1\n' }, { include, ignore: '/ignored-lib/b.yaml' });

    const source = await reconcile(setting.world, sourceAt(setting, 'ignored'));

    expect(await stored('ignored', source)).toEqual(['c.yaml', 'ignored-lib/', 'ignored-lib/a.yaml']);
  });
});

describe('recurseSubmodules', () => {
  test('[GR-20 submodules] [GR-20 off] are empty unless asked for, and then fetched with theirs', async () => {
    const inner = await publish(setting, 'inner', { 'inner.yaml': 'a: 1\n' });
    await publish(setting, 'middle', { 'middle.yaml': 'a: 1\n' });
    await link('middle', 'deep/inner', inner, '../inner.git');
    const middle = await git(directoryOf('middle'), ['rev-parse', 'refs/heads/main']);
    await repository('outer', { 'outer.yaml': 'a: 1\n' });
    await link('outer', 'modules/middle', middle, `${setting.world.git.url}/middle.git`);
    const reference = sourceAt(setting, 'outer');

    const without = await reconcile(setting.world, reference);
    expect((await stored('outer', without)).filter((path) => path.startsWith('modules'))).toEqual([
      'modules/',
      'modules/middle/',
    ]);
    await edit(setting.world, reference, { spec: { recurseSubmodules: true } });
    const all = await reconcile(setting.world, reference);

    expect((await stored('outer', all)).filter((path) => path.endsWith('.yaml'))).toEqual([
      ...['modules/middle/deep/inner/inner.yaml', 'modules/middle/middle.yaml', 'outer.yaml'],
    ]);
    expect(all.status.observedRecurseSubmodules).toBe(true);
    expect(all.status.artifact?.revision).toBe(without.status.artifact?.revision);
  });

  test('[GR-20 credentials] the credentials are shown to the same host, and to no other', async () => {
    const log: { authorization?: string; path: string }[] = [];
    const servers: GitServer[] = [];
    const start = async (options: object): Promise<string> => {
      const server = await startGitServer(setting.world.gitRoot, { log, ...options });
      servers.push(server);
      return server.url;
    };
    const [own, other] = [await start({ username: 'ada', password: 'secret-word' }), await start({})];
    const inner = await publish(setting, 'shared', { 'shared.yaml': 'a: 1\n' });
    await publish(setting, 'private', { 'a.yaml': 'a: 1\n' });
    await link('private', 'near', inner, '../shared.git');
    const stringData = { username: 'ada', password: 'secret-word' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'login' }, stringData };
    await setting.world.cluster.apply(secret, { fieldManager: 'person' });
    const spec = { recurseSubmodules: true, secretRef: { name: 'login' } };
    await create(
      setting.world,
      gitRepository(setting.world, namespace, 'private', { ...spec, url: `${own}/private.git` }),
    );
    const reference = sourceAt(setting, 'private');

    expect(told(await reconcile(setting.world, reference))).toMatch(/^True/);
    expect(log.every(({ authorization }) => authorization !== undefined)).toBe(true);
    await link('private', 'far', inner, `${other}/shared.git`);
    log.length = 0;
    expect(told(await reconcile(setting.world, reference))).toMatch(/^True/);
    const far = log.filter(({ authorization }) => authorization === undefined);
    await Promise.all(servers.map((server) => server.stop()));

    expect(far.map(({ path }) => path)).toContain('/shared.git/git-upload-pack');
  });

  test.each([
    ['another scheme', 'file:///etc', 'has a URL that cannot be fetched'],
    ['a repository that is not there', '../nowhere.git', "submodule 'sub': repository not found"],
    ['itself, for ever', '../loop.git', 'more than'],
  ])('[GR-20 bad] %s is told, and nothing hangs', async (what, url, message) => {
    const name = what.startsWith('itself') ? 'loop' : `bad-${what.length}`;
    const id = await repository(name, { 'a.yaml': 'a: 1\n' }, { recurseSubmodules: true });
    await link(name, 'sub', id, url);
    if (name === 'loop')
      for (let depth = 0; depth < 12; depth++) {
        await link(name, 'sub', await git(directoryOf(name), ['rev-parse', 'refs/heads/main']), url);
      }

    const failed = await reconcile(setting.world, sourceAt(setting, name));

    expect(told(failed)).toMatch(/^False GitOperationFailed: /);
    expect(told(failed)).toContain(message);
  });
});
