import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../../shared/adapters/kubernetes/connect.ts';
import type { WatchEvent } from '../../shared/ports.ts';
import { type ApiStub, sendJson, startApiStub, statusOf } from '../servers/api-stub.ts';
import { collect } from './collect.ts';
import { faultOf } from './fault-of.ts';

const COLLECTION = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps' };

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function configMap(name: string, value = ''): unknown {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, resourceVersion: '7' }, data: { value } };
}

function startWatched(send: (response: ServerResponse) => void): Promise<ApiStub> {
  return startApiStub((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    send(response);
  });
}

function watchAt(
  stub: ApiStub,
  options: Partial<ConnectOptions> = {},
  signal = new AbortController().signal,
) {
  const cluster = connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: {}, ...options });
  return cluster.watch(COLLECTION, { resourceVersion: '5', signal });
}

test('events are read across chunks, several in one and one in several, until the server ends', async () => {
  await using stub = await startWatched((response) => {
    const bytes = Buffer.from(
      line('ADDED', configMap('a', 'é😀')) +
        line('MODIFIED', configMap('b')) +
        line('DELETED', configMap('c')),
    );
    // Inside the two bytes of é.
    const cut = bytes.indexOf(0xc3) + 1;
    response.write(bytes.subarray(0, cut));
    setTimeout(() => response.end(bytes.subarray(cut)), 20);
  });

  const events = await collect(watchAt(stub));

  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'a'],
    ['MODIFIED', 'b'],
    ['DELETED', 'c'],
  ]);
  expect(events[0]?.object).toEqual(configMap('a', 'é😀'));
  const query = new URL(stub.requests[1]?.split(' ')[1] ?? '', stub.server).searchParams;
  expect(Object.fromEntries(query)).toMatchObject({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '5',
  });
});

test('a bookmark carries the collection kind and the version to resume from', async () => {
  const partial = {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '9' },
  };
  await using stub = await startWatched((response) => response.end(line('BOOKMARK', partial)));

  const [event] = await collect(watchAt(stub));

  expect(event).toEqual({
    type: 'BOOKMARK',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '9' } },
  });
});

test('410 is gone, as an event and as an answer', async () => {
  const gone = statusOf(410, 'Expired', 'too old resource version: 5 (9)');
  await using late = await startWatched((response) =>
    response.write(line('ADDED', configMap('a')) + line('ERROR', gone)),
  );
  await using early = await startApiStub((_, response) => sendJson(response, 410, gone));
  const seen: WatchEvent[] = [];

  const events = async () => {
    for await (const event of watchAt(late)) seen.push(event);
  };
  const { data } = await faultOf(events(), 'gone');
  await faultOf(collect(watchAt(early)), 'gone');

  expect(seen).toHaveLength(1);
  expect(data).toMatchObject({ status: 410, reason: 'Expired' });
});

test('silence is a timeout, events and bookmarks are not silence', async () => {
  await using stub = await startWatched((response) => {
    let left = 6;
    const timer = setInterval(() => {
      response.write(line('BOOKMARK', configMap('')));
      left -= 1;
      if (left === 0) clearInterval(timer);
    }, 100);
  });
  const seen: WatchEvent[] = [];

  const events = async () => {
    for await (const event of watchAt(stub, { watchStallMs: 400 })) seen.push(event);
  };
  await faultOf(events(), 'timeout');

  expect(seen).toHaveLength(6);
});

test('an event that trickles in is not silence', async () => {
  await using stub = await startWatched((response) => {
    const pieces = line('ADDED', configMap('a')).match(/.{1,20}\n?/g) ?? [];
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) return response.write(piece);
      clearInterval(timer);
      return response.end();
    }, 150);
  });

  expect(await collect(watchAt(stub, { watchStallMs: 400 }))).toHaveLength(1);
});

test('time that the consumer takes is not silence', async () => {
  await using stub = await startWatched((response) => {
    response.write(line('ADDED', configMap('a')));
    setTimeout(() => response.end(line('ADDED', configMap('b'))), 300);
  });
  const seen: WatchEvent[] = [];

  for await (const event of watchAt(stub, { watchStallMs: 200 })) {
    seen.push(event);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  expect(seen).toHaveLength(2);
});

test('a connection that breaks is unreachable, an end inside an event and other text are malformed', async () => {
  await using broken = await startWatched((response) => {
    response.write(line('ADDED', configMap('a')));
    setTimeout(() => response.destroy(), 20);
  });
  await using half = await startWatched((response) => response.end('{"type":"ADDED"'));
  await using text = await startWatched((response) => response.end('<html>\n'));
  await using unknown = await startWatched((response) => response.end(line('CHANGED', configMap('a'))));

  await faultOf(collect(watchAt(broken)), 'unreachable');
  for (const stub of [half, text, unknown]) await faultOf(collect(watchAt(stub)), 'malformed');
});

test('an endless event is too-large', async () => {
  await using stub = await startWatched((response) => {
    const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => clearInterval(timer));
  });

  const { message } = await faultOf(collect(watchAt(stub, { maxBytes: 100_000 })), 'too-large');

  expect(message).toContain('100000');
});

test('its own signal ends a watch quietly, another one with a fault, and both close the connection', async () => {
  let open = 0;
  await using stub = await startWatched((response) => {
    open += 1;
    response.on('close', () => {
      open -= 1;
    });
    response.write(line('ADDED', configMap('a')));
  });
  const own = new AbortController();
  const other = new AbortController();
  const cluster = connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: {} });
  const watch = (signal: AbortSignal) =>
    cluster.until(other.signal).watch(COLLECTION, { resourceVersion: '5', signal });

  for await (const _ of watch(own.signal)) own.abort();
  const events = async () => {
    for await (const _ of watch(new AbortController().signal)) other.abort();
  };
  await faultOf(events(), 'timeout');
  for await (const _ of cluster.watch(COLLECTION, {
    resourceVersion: '5',
    signal: new AbortController().signal,
  }))
    break;

  await expect.poll(() => open).toBe(0);
  expect(stub.requests.filter((request) => request.includes('watch=true'))).toHaveLength(3);
});

test('watches do not take the sockets of requests', async () => {
  await using stub = await startApiStub((request, response) => {
    if (request.url?.includes('watch=true')) response.writeHead(200).flushHeaders();
    else sendJson(response, 200, configMap('a'));
  });
  const stop = new AbortController();
  const cluster = connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: {} });

  const watches = Array.from({ length: 40 }, () =>
    collect(cluster.watch(COLLECTION, { resourceVersion: '5', signal: stop.signal })),
  );
  await expect.poll(() => stub.requests.length).toBe(41);

  expect(await cluster.get({ ...COLLECTION, name: 'a' })).toBeDefined();
  stop.abort();
  await Promise.all(watches);
});
