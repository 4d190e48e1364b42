import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_WATCH_BACKLOG, WATCH_SECONDS } from '../../../../infra/local/cluster/http/watch.ts';
import { eventsOf, type ServedCluster, servedCluster } from './served.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const STREAMED = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };

let cluster: ServedCluster;
beforeEach(async () => {
  cluster = await servedCluster();
});
afterEach(() => cluster.close());

const make = (name: string, more = {}) =>
  cluster.ask('POST', MAPS, { body: { metadata: { name }, ...more } });

async function watching(query: string, headers = {}) {
  const response = await cluster.open(`${MAPS}?${query}`, headers);
  const events = eventsOf(response);
  const next = async () => (await events.next()).value;
  return { response, next, isOver: async () => (await events.next()).done };
}

test('what is there comes first, then what happens, each as one line', async () => {
  await make('a');
  const { response, next } = await watching('watch=1');

  const first = await next();
  await make('b');
  await cluster.ask('DELETE', `${MAPS}/a`);

  expect(response.headers).toMatchObject({
    'content-type': 'application/json',
    'transfer-encoding': 'chunked',
  });
  expect(first).toMatchObject({
    type: 'ADDED',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } },
  });
  expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
  expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'a' } } });
});

test('a streaming list ends with a bookmark, for those who take bookmarks', async () => {
  await make('a');
  const told = await watching(`${STREAMED}&allowWatchBookmarks=true`);
  const untold = await watching(STREAMED);

  expect((await told.next())?.type).toBe('ADDED');
  expect(await told.next()).toMatchObject({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
  });
  expect((await untold.next())?.type).toBe('ADDED');
  await make('b');
  expect(await untold.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
});

test('a bookmark tells the revision each minute', async () => {
  const { next } = await watching('watch=true&allowWatchBookmarks=true&labelSelector=none');
  const { json } = await make('other');

  cluster.pass(60);

  expect(await next()).toEqual({
    type: 'BOOKMARK',
    object: {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { resourceVersion: json.metadata.resourceVersion },
    },
  });
});

test('a Table has its headers in the first event only', async () => {
  await make('a', { data: { x: '1' } });
  await make('b');
  const { next } = await watching('watch=true', TABLE);

  const first = await next();
  const second = await next();

  expect(first?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 1, '0s'] }] });
  expect(first?.object.columnDefinitions).toHaveLength(3);
  expect(first?.object.metadata).toEqual({ resourceVersion: expect.any(String) });
  expect(second?.object).toMatchObject({ columnDefinitions: null, rows: [{ cells: ['b', 0, '0s'] }] });
});

test('metadata alone', async () => {
  await make('a', { data: { x: '1' } });
  const { next } = await watching('watch=true', METADATA);

  const event = await next();

  expect(event?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  expect(event?.object).not.toHaveProperty('data');
});

test('it ends after the seconds that were asked for, else after those that a server gives', async () => {
  const short = await watching('watch=true&timeoutSeconds=5');
  const long = await watching('watch=true');

  cluster.pass(5);
  expect(await short.isOver()).toBe(true);

  await make('a');
  expect((await long.next())?.type).toBe('ADDED');
  cluster.pass(WATCH_SECONDS);
  expect(await long.isOver()).toBe(true);
});

test('a version that is too old is told within the stream', async () => {
  const { response, next, isOver } = await watching('watch=true&resourceVersion=1');

  expect(response.statusCode).toBe(200);
  expect(await next()).toMatchObject({
    type: 'ERROR',
    object: { kind: 'Status', code: 410, reason: 'Expired' },
  });
  expect(await isOver()).toBe(true);
});

test('a client that goes is forgotten', async () => {
  const { response, next } = await watching('watch=true');
  await make('a');
  await next();
  expect(cluster.watches).toBe(1);

  response.destroy();

  await expect.poll(() => cluster.watches).toBe(0);
});

test('who does not read is cut off before the process pays for it', async () => {
  const { response } = await watching('watch=true');
  response.pause();
  const data = { x: 'y'.repeat(900_000) };
  // Beside our own buffer there are those of two sockets.
  const enough = Math.ceil((MAX_WATCH_BACKLOG * 3) / 900_000);

  for (let index = 0; index < enough; index++) await make(`m${index}`, { data });
  const received = await response.toArray().catch((error: NodeJS.ErrnoException) => error.code);

  expect(received).toBe('ECONNRESET');
  expect(cluster.watches).toBe(0);
});

test('a WebSocket and YAML are refused', async () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
  const socket = await cluster.ask('GET', `${MAPS}?watch=true`, { headers: upgrade });
  const yaml = await cluster.ask('GET', `${MAPS}?watch=true`, { headers: { accept: 'application/yaml' } });

  expect(socket.json).toMatchObject({ code: 400 });
  expect(socket.json.message).toContain('WebSocket');
  expect(yaml.status).toBe(406);
});

test('closing ends open watches in order', async () => {
  const other = await servedCluster();
  const response = await other.open(`${MAPS}?watch=true`);

  await other.close();

  expect(await response.toArray()).toEqual([]);
  expect(response.complete).toBe(true);
});
