import { expect, test } from 'vitest';
import { LOG_CHANGES } from '../../../../infra/local/cluster/store/change-log.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, type TestCluster } from './world.ts';

const MAPS = 'core/v1/a/configmaps';

function withMaps(...names: readonly string[]): TestCluster {
  const cluster = openTestCluster();
  for (const name of names) cluster.create(MAPS, { metadata: { name } });
  return cluster;
}

function change({ api, call }: TestCluster, name: string, data: Readonly<Record<string, string>>): void {
  const query = { dryRun: false, fieldManager: 'x', fieldValidation: 'Strict' } as const;
  api.patch(call(`${MAPS}/${name}`), { type: 'merge', patch: { data } }, query);
}

test('pages follow each other, and tell how many are left', () => {
  const { api, call } = withMaps('a', 'b', 'c', 'd', 'e');

  const first = api.list(call(MAPS), { limit: 2 });
  const second = api.list(call(MAPS), { limit: 2, continue: first.continue ?? '' });
  const third = api.list(call(MAPS), { limit: 2, continue: second.continue ?? '' });

  const names = [first, second, third].map(({ entries }) => entries.map(({ name }) => name));
  expect(names).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect([first, second, third].map(({ remainingItemCount }) => remainingItemCount)).toEqual([
    3,
    1,
    undefined,
  ]);
  expect(third.continue).toBeUndefined();
  expect(new Set([first, second, third].map(({ resourceVersion }) => resourceVersion)).size).toBe(1);
});

test('pages of all namespaces go on in the next namespace', () => {
  const { api, call, create } = withMaps('a', 'b');
  create('core/v1/-/namespaces', { metadata: { name: 'b' } });
  create('core/v1/b/configmaps', { metadata: { name: 'a' } });
  const all = call('core/v1/-/configmaps');

  const first = api.list(all, { limit: 2 });
  const second = api.list(all, { limit: 2, continue: first.continue ?? '' });

  const keys = [...first.entries, ...second.entries].map(({ namespace, name }) => `${namespace}/${name}`);
  expect(keys).toEqual(['a/a', 'a/b', 'b/a']);
});

test('later pages show what was there when the first was made', () => {
  const cluster = withMaps('a', 'b', 'c', 'd');
  const { api, call, create } = cluster;
  const first = api.list(call(MAPS), { limit: 1 });

  api.delete(call(`${MAPS}/b`), { dryRun: false });
  create(MAPS, { metadata: { name: 'bb' } });
  change(cluster, 'c', { now: '1' });
  const rest = api.list(call(MAPS), { continue: first.continue ?? '' });

  expect(rest.entries.map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  expect(rest.entries[1]?.rest).not.toContain('now');
  expect(rest.resourceVersion).toBe(first.resourceVersion);
});

test('a page after too many changes has expired', () => {
  const cluster = withMaps('a', 'b');
  const first = cluster.api.list(cluster.call(MAPS), { limit: 1 });
  for (let n = 0; n <= LOG_CHANGES; n++) change(cluster, 'a', { n: String(n) });

  const refusal = refusalOf(() => cluster.api.list(cluster.call(MAPS), { continue: first.continue ?? '' }));

  expect(refusal).toMatchObject({ code: 410, reason: 'Expired' });
  expect(refusal.message).toMatch(/^The provided continue parameter is too old/);
});

test('with selectors a page is full, and nobody has counted the rest', () => {
  const cluster = openTestCluster();
  for (const n of [1, 2, 3, 4, 5, 6]) {
    cluster.create(MAPS, { metadata: { name: `m${n}`, labels: { odd: String(n % 2) } } });
  }

  const page = cluster.api.list(cluster.call(MAPS), { limit: 2, labelSelector: 'odd=1' });

  expect(page.entries.map(({ name }) => name)).toEqual(['m1', 'm3']);
  expect(page.continue).toBeDefined();
  expect(page.remainingItemCount).toBeUndefined();
});

test('an exact version is shown as it was, a version that is not reached is waited for no longer', () => {
  const cluster = withMaps('a');
  const { api, call, create, store } = cluster;
  const then = String(store.revision);
  create(MAPS, { metadata: { name: 'b' } });

  const exact = api.list(call(MAPS), { resourceVersion: then, resourceVersionMatch: 'Exact' });
  const notOlder = api.list(call(MAPS), { resourceVersion: then, resourceVersionMatch: 'NotOlderThan' });
  const late = refusalOf(() => api.list(call(MAPS), { resourceVersion: '99999999' }));

  expect(exact.entries.map(({ name }) => name)).toEqual(['a']);
  expect(exact.resourceVersion).toBe(then);
  expect(notOlder.entries.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(late).toMatchObject({
    code: 504,
    reason: 'Timeout',
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
  });
});

test.each([
  [{ resourceVersion: 'abc' }, 'invalid resource version: resourceVersion: Invalid value: "abc"'],
  [{ continue: 'abc' }, 'invalid continue token: continue key is not valid'],
])('%j is refused', (query, message) => {
  const { api, call } = openTestCluster();

  const refusal = refusalOf(() => api.list(call(MAPS), query));

  expect(refusal.code).toBe(400);
  expect(refusal.message).toContain(message);
});

test('a continuation at another version is refused', () => {
  const { api, call } = withMaps('a', 'b');
  const { continue: token = '', resourceVersion } = api.list(call(MAPS), { limit: 1 });

  expect(refusalOf(() => api.list(call(MAPS), { continue: token, resourceVersion }))).toMatchObject({
    code: 400,
    message: 'specifying resource version is not allowed when using continue',
  });
});
