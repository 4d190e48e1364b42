import { expect, test } from 'vitest';
import { PAGE_SIZE, readAllPages } from '../../../shared/adapters/kubernetes/lists.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const COLLECTION = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps' };

interface Script {
  readonly total: number;
  /** Faults by the number of the request, from 1. */
  readonly faults?: Readonly<Record<number, Fault>>;
  /** Pages of more items are too large. */
  readonly tooMany?: number;
}

/** A server that pages through `total` items as Kubernetes does. */
function startPaging(script: Script) {
  const queries: string[] = [];
  const read = async (query: string): Promise<unknown> => {
    queries.push(query);
    const fault = script.faults?.[queries.length];
    if (fault) throw fault;
    const asked = new URLSearchParams(query);
    const limit = Number(asked.get('limit'));
    const start = Number(asked.get('continue') ?? 0);
    const end = Math.min(start + limit, script.total);
    if (end - start > (script.tooMany ?? Number.POSITIVE_INFINITY)) throw new Fault('too-large', 'page');
    const items = Array.from({ length: end - start }, (_, n) => ({
      metadata: { name: `item-${start + n}` },
    }));
    const next = end < script.total ? { continue: String(end) } : {};
    return { metadata: { resourceVersion: String(100 + queries.length), ...next }, items };
  };
  return { queries, read };
}

const GONE = new Fault('gone', 'the continue token has expired');

test('all pages, in order, with the kind and the version of the first page', async () => {
  const { queries, read } = startPaging({ total: 1_201 });

  const { items, resourceVersion } = await readAllPages(COLLECTION, {}, read);

  expect(items.map((item) => item.metadata.name)).toEqual(
    Array.from({ length: 1_201 }, (_, n) => `item-${n}`),
  );
  expect(items.every((item) => item.kind === 'ConfigMap' && item.apiVersion === 'v1')).toBe(true);
  expect(resourceVersion).toBe('101');
  expect(queries).toEqual([
    `?limit=${PAGE_SIZE}`,
    `?limit=${PAGE_SIZE}&continue=500`,
    `?limit=${PAGE_SIZE}&continue=1000`,
  ]);
});

test('selectors are sent with every page', async () => {
  const { queries, read } = startPaging({ total: 600 });

  await readAllPages(COLLECTION, { labelSelector: 'a=b,c', fieldSelector: 'metadata.name=x' }, read);

  for (const query of queries) {
    const asked = new URLSearchParams(query);
    expect([asked.get('labelSelector'), asked.get('fieldSelector')]).toEqual(['a=b,c', 'metadata.name=x']);
  }
});

test('a token that expires on the way starts the list over, once', async () => {
  const once = startPaging({ total: 1_100, faults: { 3: GONE } });
  const twice = startPaging({ total: 1_100, faults: { 3: GONE, 5: GONE } });

  const { items, resourceVersion } = await readAllPages(COLLECTION, {}, once.read);

  expect(items).toHaveLength(1_100);
  expect(resourceVersion).toBe('104');
  await faultOf(readAllPages(COLLECTION, {}, twice.read), 'gone');
});

test('any other fault on a later page is the fault of the list', async () => {
  const { read } = startPaging({ total: 1_100, faults: { 2: new Fault('server-error', 'no') } });

  await faultOf(readAllPages(COLLECTION, {}, read), 'server-error');
});

test('pages that are too large are asked for smaller, until one object alone is', async () => {
  const large = startPaging({ total: 30, tooMany: 7 });
  const hopeless = startPaging({ total: 30, tooMany: 0 });

  const { items } = await readAllPages(COLLECTION, {}, large.read);

  expect(new Set(items.map((item) => item.metadata.name)).size).toBe(30);
  await faultOf(readAllPages(COLLECTION, {}, hopeless.read), 'too-large');
});

test('an empty list may come as null, anything else that is no list is malformed', async () => {
  const metadata = { resourceVersion: '1' };

  const { items } = await readAllPages(COLLECTION, {}, async () => ({ metadata, items: null }));

  expect(items).toEqual([]);
  for (const body of [{}, { metadata }, { metadata, items: 'x' }, { metadata: {}, items: [] }]) {
    await faultOf(
      readAllPages(COLLECTION, {}, async () => body),
      'malformed',
    );
  }
});
