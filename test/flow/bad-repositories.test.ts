import { beforeAll, describe, expect, test } from 'vitest';
import type { CommitFile } from '../servers/git-http.ts';
import { create, edit, gitRepository, kustomization, type Reconciled, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('bad-repositories');
const { namespace } = setting;

const BAD = applierAt(setting, 'bad');
let before: Reconciled;

/** One repository with a good directory and a bad one for each case: the Kustomization `bad` is pointed at one after the other. */
beforeAll(async () => {
  const files = [...UNBUILDABLE, ...OUTSIDE].flatMap(([name, , own]) => [
    [`${name}/good.yaml`, configMap(namespace, name, {})] as const,
    ...Object.entries(own).map(([path, file]) => [`${name}/${path}`, file] as const),
  ]);
  const good = { 'good/good.yaml': configMap(namespace, 'good', { a: '1' }) };
  await publish(setting, 'bad', { ...Object.fromEntries(files), ...good });
  const { world } = setting;
  const object = kustomization(namespace, 'bad', { path: './good' });
  await create(world, gitRepository(world, namespace, 'bad'), object);
  before = await sync(setting, 'bad');
});

async function pointedAt(directory: string): Promise<Reconciled> {
  await newEvents(setting, BAD);
  await edit(setting.world, BAD, { spec: { path: `./${directory}` } });
  return reconcile(setting.world, BAD);
}

type Files = Readonly<Record<string, CommitFile>>;

const kustomize = (text: string): Files => ({ 'kustomization.yaml': `resources: [good.yaml]\n${text}` });

/** More names than one status can hold, in few objects: names are as long as they may be. */
const many = Array.from({ length: 4000 }, (_, index) =>
  configMap(namespace, `${index}-`.padEnd(250, 'x'), {}),
);

const UNBUILDABLE: readonly [name: string, title: string, files: Files, wording: RegExp][] = [
  ['yaml', 'YAML that cannot be read', { 'x.yaml': 'a: 1\nb: [\n' }, /x\.yaml.*line|line.*x\.yaml/s],
  ['nameless', 'an object without a name', { 'x.yaml': 'apiVersion: v1\nkind: ConfigMap\n' }, /name/],
  ['missing', 'a file that is missing', kustomize('configurations: [nope.yaml]\n'), /nope\.yaml/],
  [
    'field',
    'a field in a base that kustomize does not know',
    { 'kustomization.yaml': 'resources: [good.yaml, sub]\n', 'sub/kustomization.yaml': 'resurces: []\n' },
    /sub\/kustomization\.yaml.*resurces/s,
  ],
  ['twice', 'the same object twice', { 'x.yaml': configMap(namespace, 'twice', {}) }, /twice/],
  [
    'patch',
    'a patch without target',
    kustomize('patches: [{patch: "kind: X\\nmetadata: {name: nobody}\\napiVersion: v1"}]\n'),
    /nobody/,
  ],
];

describe('what is wrong with a repository is told, and what was applied before stays', () => {
  test.each(UNBUILDABLE)(
    '[KS-07 build-failed] [KS-09 built-only] %s: %s',
    async (name, _title, _files, wording) => {
      const after = await pointedAt(name);

      expect(told(after)).toMatch(/^False BuildFailed: /);
      expect(told(after)).toMatch(wording);
      expect(told(after)).not.toMatch(/\/tmp\/|\/private\/|\/home\//);
      expect(after.status.inventory).toEqual(before.status.inventory);
      expect(after.status.lastAppliedRevision).toBe(before.status.lastAppliedRevision);
      expect(after.status.history).toEqual(before.status.history);
      expect(await newEvents(setting, BAD)).toEqual([told(after).replace('False', 'Warning')]);
    },
  );

  test('the good directory again, all is well', async () => {
    const good = await pointedAt('good');

    expect(told(good)).toContain('True ReconciliationSucceeded');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'good' };
    expect(await setting.world.cluster.get(map)).toBeDefined();
  });
});

const SECRET = '../../../../../../../etc/passwd';
const OUTSIDE: readonly [name: string, title: string, files: Files][] = [
  ['base', 'a base above the root', kustomize('components: [../../elsewhere]\n')],
  ['absolute', 'an absolute base', kustomize('components: [/etc]\n')],
  ['remote', 'a remote base', { 'kustomization.yaml': 'resources: ["https://example.com/x.yaml"]\n' }],
  ['git', 'a remote repository', { 'kustomization.yaml': 'resources: ["github.com/owner/name?ref=v1"]\n' }],
  ['patch-file', 'a patch file', kustomize(`patches: [{path: ${SECRET}, target: {kind: ConfigMap}}]\n`)],
  ['generator', 'a generator', kustomize(`configMapGenerator: [{name: x, files: [${SECRET}]}]\n`)],
  ['env', 'an env file', kustomize(`configMapGenerator: [{name: x, envs: [${SECRET}]}]\n`)],
  ['chart', 'a chart', kustomize('helmCharts: [{name: x, repo: "https://example.com"}]\n')],
  ['plugin', 'a plugin', kustomize('generators: ["apiVersion: x/v1\\nkind: X\\nmetadata: {name: x}"]\n')],
  [
    'symlink',
    'a symlink',
    { ...kustomize('configMapGenerator: [{name: x, files: [link]}]\n'), link: { symlink: '/etc/passwd' } },
  ],
];

describe('a repository that reads outside itself', () => {
  test.each(OUTSIDE)('%s: %s', async (name) => {
    const after = await pointedAt(name);

    expect(told(after)).toMatch(/^False BuildFailed: /);
    expect(told(after)).not.toMatch(/root:|\/tmp\//);
    expect(after.status.inventory).toEqual(before.status.inventory);
  });

  test('a path above the root ends at the root', async () => {
    await publish(setting, 'above', { 'good.yaml': configMap(namespace, 'above', {}) });
    const { world } = setting;
    const object = kustomization(namespace, 'above', { path: './../..' });
    await create(world, gitRepository(world, namespace, 'above'), object);

    const done = await sync(setting, 'above');

    // As upstream: the path is joined securely, so that it ends at the root.
    expect(done.status.inventory?.entries).toHaveLength(1);
  });

  test('[KS-08 last-attempted] [KS-07 artifact-failed] a path that is not there counts as not attempted', async () => {
    await publish(setting, 'pathless', { 'good.yaml': configMap(namespace, 'pathless', {}) });
    const { world } = setting;
    const object = kustomization(namespace, 'pathless', { path: './nope' });
    await create(world, gitRepository(world, namespace, 'pathless'), object);

    const refused = await sync(setting, 'pathless');

    expect(told(refused)).toMatch(/^False ArtifactFailed: kustomization path not found: .*nope/);
    expect(told(refused)).not.toMatch(/\/tmp\//);
    expect(refused.status.lastAttemptedRevision).toBeUndefined();
  });
});

describe("Flux's own controllers in the repository", () => {
  test('are refused with the patch to commit, and that patch helps', async () => {
    const labels = {
      'app.kubernetes.io/part-of': 'flux',
      'app.kubernetes.io/component': 'source-controller',
    };
    const controller = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'source-controller', namespace, labels },
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    const good = { 'app/good.yaml': configMap(namespace, 'bootstrap', {}) };
    await publish(setting, 'bootstrap', { ...good, 'app/components.yaml': controller });
    const { world } = setting;
    const object = kustomization(namespace, 'bootstrap', { path: './app' });
    await create(world, gitRepository(world, namespace, 'bootstrap'), object);

    const after = await sync(setting, 'bootstrap');

    expect(told(after)).toMatch(/^False BuildFailed: /);
    expect(told(after, 'Stalled')).toMatch(/^True BuildFailed: /);
    const patch = /^patches:\n[\s\S]*/m.exec(told(after))?.[0] ?? '';
    expect(patch).toContain('$patch: delete');
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'source-controller' };
    expect(await setting.world.cluster.get(deployment)).toBeUndefined();

    const resources = 'resources: [good.yaml, components.yaml]\n';
    await publish(setting, 'bootstrap', { 'app/kustomization.yaml': `${resources}${patch}` });
    expect(told(await sync(setting, 'bootstrap'))).toContain('True ReconciliationSucceeded');
  });
});

test('more objects than an inventory can track are refused before anything is applied', async () => {
  const after = await startsIn(setting)('many', { 'all.yaml': many.join('---\n') });

  expect(told(after)).toMatch(
    /^False ReconciliationFailed: the inventory of 4000 objects takes \d+ bytes, .* split it into several Kustomizations$/,
  );
  expect(after.status.inventory).toBeUndefined();
  const configMaps = await setting.world.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace });
  expect(configMaps.items.some(({ metadata }) => metadata.name.endsWith('xxx'))).toBe(false);
});
