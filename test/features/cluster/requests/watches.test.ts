import { expect, test } from 'vitest';
import type { Watched } from '../../../../infra/local/cluster/model.ts';
import { LOG_CHANGES } from '../../../../infra/local/cluster/store/change-log.ts';
import { metadataOf } from '../../../../infra/local/cluster/store/entry.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, type TestCluster } from './world.ts';

const MAPS = 'core/v1/a/configmaps';

function label(
  { api, call }: TestCluster,
  name: string,
  labels: Readonly<Record<string, string | null>>,
): void {
  api.patch(call(`${MAPS}/${name}`), { type: 'merge', patch: { metadata: { labels } } }, QUERY);
}

test('without a version what is there comes first, then what happens', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'a' } });

  const { events, stop } = cluster.watch(MAPS);
  label(cluster, 'a', { x: 'y' });
  cluster.create('core/v1/a/secrets', { metadata: { name: 'other' } });
  cluster.api.delete(cluster.call(`${MAPS}/a`), { dryRun: false });
  stop();
  cluster.create(MAPS, { metadata: { name: 'late' } });

  expect(events).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
});

test('from a version on what has happened since comes first', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'a' } });
  const resourceVersion = String(cluster.store.revision);
  cluster.create(MAPS, { metadata: { name: 'b' } });
  label(cluster, 'a', { x: 'y' });

  const { events } = cluster.watch(MAPS, { resourceVersion });
  cluster.create(MAPS, { metadata: { name: 'c' } });

  expect(events).toEqual(['ADDED b', 'MODIFIED a', 'ADDED c']);
});

test('what enters a selection is added, what leaves it is deleted as it was, with the version of its leaving', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'a' } });
  const seen: Watched[] = [];
  cluster.api.watch(cluster.call(MAPS), { labelSelector: 'on' }, (event) => void seen.push(event));

  label(cluster, 'a', { on: '1' });
  label(cluster, 'a', { on: '2' });
  label(cluster, 'a', { on: null });
  label(cluster, 'a', { off: '1' });

  expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  const last = seen.at(-1);
  if (last?.type !== 'DELETED') return expect.fail('expected a deletion');
  expect(metadataOf(last.entry)).toMatchObject({
    labels: { on: '2' },
    resourceVersion: String(last.entry.revision),
  });
  expect(last.entry.revision).toBe(cluster.store.revision - 1);
});

test('a watch of one object sees no other, one of a namespace no other namespace', () => {
  const cluster = openTestCluster();
  cluster.create('core/v1/-/namespaces', { metadata: { name: 'b' } });
  const byField = cluster.watch(MAPS, { fieldSelector: 'metadata.name=a' });
  const byName = cluster.watch(`${MAPS}/a`);
  const everywhere = cluster.watch('core/v1/-/configmaps');

  for (const name of ['a', 'b']) cluster.create(MAPS, { metadata: { name } });
  cluster.create('core/v1/b/configmaps', { metadata: { name: 'a' } });

  expect(byField.events).toEqual(['ADDED a']);
  expect(byName.events).toEqual(['ADDED a']);
  expect(everywhere.events).toEqual(['ADDED a', 'ADDED b', 'ADDED a']);
});

test('a streaming list ends with a bookmark, and goes on', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'a' } });

  const { events } = cluster.watch(MAPS, { sendInitialEvents: true });
  cluster.create(MAPS, { metadata: { name: 'b' } });

  expect(events).toEqual(['ADDED a', 'BOOKMARK initial-events-end', 'ADDED b']);
});

test('bookmarks come each minute, as long as somebody watches', () => {
  const cluster = openTestCluster();
  const { events, stop } = cluster.watch(MAPS);

  cluster.pass(59_000);
  expect(events).toEqual([]);
  cluster.pass(1_000);
  cluster.pass(60_000);
  stop();
  cluster.pass(60_000);

  expect(events).toEqual(['BOOKMARK', 'BOOKMARK']);
});

test('a version whose changes are forgotten is gone', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'a' } });
  const resourceVersion = String(cluster.store.revision);
  for (let n = 0; n <= LOG_CHANGES; n++) label(cluster, 'a', { n: String(n) });

  const refusal = refusalOf(() => cluster.watch(MAPS, { resourceVersion }));

  expect(refusal).toMatchObject({ code: 410, reason: 'Expired' });
  expect(refusal.message).toBe(`too old resource version: ${resourceVersion} (${cluster.store.oldest})`);
  expect(refusalOf(() => cluster.watch(MAPS, { resourceVersion: '1' })).code).toBe(410);
});

test('a watch that begins while others are told hears nothing twice', () => {
  const cluster = openTestCluster();
  const events: string[] = [];
  const stop = cluster.store.subscribe(({ entry }) => {
    if (entry.name !== 'first') return;
    cluster.create(MAPS, { metadata: { name: 'second' } });
    cluster.api.watch(cluster.call(MAPS), {}, (event) => {
      if (event.type !== 'BOOKMARK') events.push(`${event.type} ${event.entry.name}`);
    });
  });

  cluster.create(MAPS, { metadata: { name: 'first' } });
  stop();

  expect(events).toEqual(['ADDED first', 'ADDED second']);
});
