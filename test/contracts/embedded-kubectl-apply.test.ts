import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployment, openTerminal } from './embedded-tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const { kubectl, tryKubectl, write } = await openTerminal();

const settings = (data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: ${data}\n`;

test('apply creates, changes, removes what it no longer says, and then leaves alone', async () => {
  write('c.yaml', settings('{a: "1", b: "2"}'));
  const created = await kubectl('apply -f c.yaml');
  write('c.yaml', settings('{a: "3"}'));
  const configured = await kubectl('apply -f c.yaml');
  const unchanged = await kubectl('apply -f c.yaml');

  expect([created, configured, unchanged]).toEqual([
    'configmap/settings created\n',
    'configmap/settings configured\n',
    'configmap/settings unchanged\n',
  ]);
  expect(await kubectl('get configmap settings -o jsonpath={.data}')).toBe('{"a":"3"}');
});

test('diff shows what an apply would change, and ends with 1; with 0 when there is nothing', async () => {
  write('web.yaml', deployment('web', 'web:1'));
  await kubectl('apply -f web.yaml');
  const same = await tryKubectl('diff -f web.yaml');
  write('web.yaml', deployment('web', 'web:2'));
  const other = await tryKubectl('diff -f web.yaml');
  const bySide = await tryKubectl('diff --server-side --force-conflicts -f web.yaml');

  expect(same).toEqual({ code: 0, out: '', err: '' });
  for (const { code, out } of [other, bySide]) {
    expect(code).toBe(1);
    expect(out).toMatch(/^- +- image: web:1\n\+ +- image: web:2$/m);
    expect(out).not.toMatch(/^[-+] +uid:/m);
  }
});

test('server-side apply tells of a conflict, and forces it', async () => {
  write('owned.yaml', settings('{a: "1"}').replace('settings', 'owned'));
  await kubectl('apply --server-side -f owned.yaml --field-manager=ann');
  await kubectl('apply --server-side -f owned.yaml --field-manager=bob');
  write('owned.yaml', settings('{a: "2"}').replace('settings', 'owned'));

  const conflict = await tryKubectl('apply --server-side -f owned.yaml --field-manager=bob');
  const forced = await kubectl('apply --server-side --force-conflicts -f owned.yaml --field-manager=bob');

  expect(conflict.code).toBe(1);
  expect(conflict.err).toContain('Apply failed with 1 conflict: conflict with "ann": .data.a\n');
  expect(forced).toBe('configmap/owned serverside-applied\n');
  const managers = '{.metadata.managedFields[*].manager}';
  expect(await kubectl(`get configmap owned --show-managed-fields -o jsonpath=${managers}`)).toBe('bob');
});

test('a dry run changes nothing', async () => {
  write('dry.yaml', settings('{}').replace('settings', 'dry'));

  expect(await kubectl('apply --dry-run=server -f dry.yaml')).toBe(
    'configmap/dry created (server dry run)\n',
  );
  expect(await kubectl('get configmap dry --ignore-not-found')).toBe('');
});

test('apply --prune deletes what has left the set', async () => {
  const labelled = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {set: a}}\n`;
  write('set.yaml', `${labelled('one')}---\n${labelled('two')}`);
  await kubectl('apply -f set.yaml');
  write('set.yaml', labelled('one'));

  const shown = await kubectl('apply -f set.yaml --prune -l set=a --prune-allowlist=core/v1/ConfigMap');

  expect(shown).toContain('configmap/two pruned\n');
});

test('the example of the project comes with apply -k', async () => {
  await kubectl(`apply --server-side -f ${join(ROOT, 'infra/crds')}`);
  await kubectl('create namespace flux-system');

  const infrastructure = await kubectl(`apply -k ${join(ROOT, 'examples/gitops/infrastructure')}`);
  const apps = await kubectl(`apply -k ${join(ROOT, 'examples/gitops/apps')}`);
  const again = await kubectl(`apply -k ${join(ROOT, 'examples/gitops/apps')}`);

  expect(infrastructure).toMatch(/^namespace\/\S+ created$/m);
  expect(apps).toMatch(/^deployment.apps\/\S+ created$/m);
  expect(again.trim().split('\n')).toSatisfy((lines: string[]) =>
    lines.every((one) => / unchanged$/.test(one)),
  );
});

test("Flux's kinds are applied, described, explained and held to their schemas", async () => {
  const flux = (interval: string) => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: app}
spec: {interval: ${interval}, url: 'https://example.com/x'}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app}
spec: {interval: ${interval}, prune: true, path: ./, sourceRef: {kind: GitRepository, name: app}}
`;
  write('flux.yaml', flux('1m'));
  write('bad.yaml', flux('soon'));

  await kubectl('apply -f flux.yaml');
  const bad = await tryKubectl('apply -f bad.yaml');
  const waited = await tryKubectl('wait ks/app --for=condition=Ready --timeout=1s');

  expect(await kubectl('get gitrepositories')).toMatch(/^NAME +URL +AGE +READY +STATUS\napp +https:\/\//);
  expect(await kubectl('describe ks app')).toMatch(/^ {2}Source Ref:\n {4}Kind: +GitRepository$/m);
  expect(await kubectl('explain kustomization.spec.prune')).toContain('FIELD: prune <boolean>');
  expect(bad.err).toContain('Kustomization.kustomize.toolkit.fluxcd.io "app" is invalid: spec.interval');
  expect(waited.err).toContain('timed out waiting for the condition on kustomizations/app');
});
