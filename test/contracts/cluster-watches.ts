import { expect, test } from 'vitest';
import { referenceOf } from '../../shared/core/kubernetes-object.ts';
import type { WatchEvent } from '../../shared/ports.ts';
import { type ContractPart, MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

const PATIENCE_MS = 15_000;

/** Watching from a version on. */
export const watchContract: ContractPart = (fixture) => {
  const collection = () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: fixture().namespace });

  /** The first `count` events of objects whose name starts with `prefix`. */
  async function watchFor(prefix: string, count: number, resourceVersion: string, metadataOnly = false) {
    const events: WatchEvent[] = [];
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const options = { resourceVersion, signal, metadataOnly };
    for await (const event of fixture().cluster.watch(collection(), options)) {
      if (event.object.metadata.name?.startsWith(prefix)) events.push(event);
      if (events.length === count) break;
    }
    return events;
  }

  test('what happened after a list comes in order, whole', async () => {
    const { cluster, configMap } = fixture();
    await cluster.create(configMap('order-before'), MANAGER);
    const { resourceVersion } = await cluster.list(collection());
    const made = await cluster.create(configMap('order', { a: '1' }), MANAGER);
    const changed = await cluster.apply(configMap('order', { a: '2' }), MANAGER);
    await cluster.delete(referenceOf(made));

    const events = await watchFor('order', 3, resourceVersion);

    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(events[0]?.object).toEqual(made);
    expect(events[1]?.object).toEqual(changed);
    expect(events[2]?.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '2' } });
  });

  test('what happens later comes while it happens', async () => {
    const { cluster, configMap } = fixture();
    const { resourceVersion } = await cluster.list(collection());

    const events = watchFor('live', 2, resourceVersion);
    await cluster.create(configMap('live-1'), MANAGER);
    await cluster.create(configMap('live-2'), MANAGER);

    expect((await events).map(({ object }) => object.metadata.name)).toEqual(['live-1', 'live-2']);
  });

  test('a watch resumes after the version of the last event', async () => {
    const { cluster, configMap } = fixture();
    const { resourceVersion } = await cluster.list(collection());
    for (const n of [1, 2, 3]) await cluster.create(configMap(`resume-${n}`), MANAGER);

    const [first] = await watchFor('resume', 1, resourceVersion);
    const rest = await watchFor('resume', 2, first?.object.metadata.resourceVersion ?? '');

    expect(rest.map(({ object }) => object.metadata.name)).toEqual(['resume-2', 'resume-3']);
  });

  test('metadata alone, under its own kind', async () => {
    const { cluster, configMap } = fixture();
    const { resourceVersion } = await cluster.list(collection());
    const made = await cluster.create(configMap('metadata'), MANAGER);

    const [event] = await watchFor('metadata', 1, resourceVersion, true);

    const { metadata } = made;
    expect(event).toEqual({ type: 'ADDED', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
  });

  test('a version from before the kind existed is gone', async () => {
    const { cluster, widgets } = fixture();
    const { signal } = new AbortController();

    const watch = cluster.watch(widgets, { resourceVersion: '1', signal })[Symbol.asyncIterator]();

    const { data } = await faultOf(watch.next(), 'gone');
    expect(data).toMatchObject({ status: 410, reason: 'Expired' });
  });

  test('its signal ends it quietly, before and while it waits', async () => {
    const { cluster } = fixture();
    const { resourceVersion } = await cluster.list(collection());
    const names: string[] = [];

    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(200)]) {
      const watch = cluster.watch({ ...collection(), kind: 'Secret' }, { resourceVersion, signal });
      for await (const { object } of watch) names.push(object.metadata.name);
    }

    expect(names).toEqual([]);
  });
};
