import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type RenderAnswer,
  type RenderCall,
  renderByCall,
} from '../../../shared/adapters/exec/render-call.ts';
import { serveRender } from '../../../shared/adapters/exec/render-serve.ts';
import { systemChance } from '../../../shared/adapters/local/system.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { packTree, unpackTree } from '../../../shared/core/file-tree.ts';
import type { Exec, FileTree, ObjectStore } from '../../../shared/ports.ts';

/** Everything that was ever put. */
const written: Uint8Array[] = [];
const memory = createMemoryStore(createManualClock());
const store: ObjectStore = {
  ...memory,
  put: (key, body, condition) => {
    written.push(body);
    return memory.put(key, body, condition);
  },
};
let links = '';
let ends: () => void = () => undefined;

/** A store whose links work for whoever has them. */
beforeAll(async () => {
  const server = createServer(async (request, response) => {
    const key = new URL(request.url ?? '', 'http://store').pathname.slice(1);
    if (request.method === 'GET') {
      const stored = await store.get(key);
      response.writeHead(stored ? 200 : 404).end(stored?.body);
      return;
    }
    await store.put(key, Buffer.concat((await request.toArray()) as Buffer[]));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  links = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  ends = () => server.close();
});
afterAll(() => ends());

const TREE: FileTree = new Map([
  ['app/kustomization.yaml', Buffer.from('resources: [a.yaml]')],
  ['app/a.yaml', Buffer.from('kind: é\n')],
  ['empty', new Uint8Array()],
]);
const FOREVER = new AbortController().signal;

function kustomize(build: (tree: FileTree, path: string) => string): Exec {
  return { kustomize: async (tree, path) => build(tree, path) };
}

/** Apply's side and render's, with JSON between them as Lambda has. */
function handOver(exec: Exec, lost = 0) {
  const calls: RenderCall[] = [];
  const invoke = async (call: RenderCall): Promise<RenderAnswer> => {
    calls.push(call);
    if (calls.length <= lost) throw new Fault('server-error', 'render crashed');
    return JSON.parse(JSON.stringify(await serveRender(JSON.parse(JSON.stringify(call)), exec, FOREVER)));
  };
  const linkTo = async (key: string) => links + key;
  return { calls, exec: renderByCall({ store, linkTo, invoke, chance: systemChance }) };
}

async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

describe('a tree that is handed to render', () => {
  test('arrives whole, its manifests come back, and nothing stays in the store', async () => {
    const { exec } = handOver(
      kustomize(
        (tree, path) =>
          `${path}: ${[...tree].map(([name, bytes]) => `${name}=${Buffer.from(bytes)}`).join()}`,
      ),
    );

    expect(await exec.kustomize(TREE, 'app', FOREVER)).toBe(
      'app: app/kustomization.yaml=resources: [a.yaml],app/a.yaml=kind: é\n,empty=',
    );
    expect(await keys()).toEqual([]);
  });

  test('is sealed while it lies in the store, as are its manifests, each by a key of its own', async () => {
    written.length = 0;
    const secret = new Map([['a', Buffer.from('correct-horse-4711')]]);
    const { exec, calls } = handOver(kustomize((tree) => `made of ${tree.get('a')}`));

    expect(await exec.kustomize(secret, '', FOREVER)).toBe('made of correct-horse-4711');
    expect(await exec.kustomize(secret, '', FOREVER)).toBe('made of correct-horse-4711');

    expect(written).toHaveLength(4);
    for (const body of written) {
      expect(Buffer.from(body).toString('latin1')).not.toContain('correct-horse');
      expect(() => unpackTree(body)).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
    expect(new Set(calls.map(({ key }) => key)).size).toBe(2);
    expect(await keys()).toEqual([]);
  });

  test("what kustomize says against it is told with kustomize's words, and it is not tried again", async () => {
    const { exec, calls } = handOver(
      kustomize(() => {
        throw new Fault('invalid', 'no such file: b.yaml');
      }),
    );

    await expect(exec.kustomize(TREE, 'app', FOREVER)).rejects.toMatchObject({
      code: 'invalid',
      message: 'no such file: b.yaml',
    });
    expect(calls).toHaveLength(1);
    expect(await keys()).toEqual([]);
  });

  test('a render that crashed is called once more, and only once', async () => {
    const done = handOver(
      kustomize(() => 'built'),
      1,
    );
    expect(await done.exec.kustomize(TREE, 'app', FOREVER)).toBe('built');

    const lost = handOver(
      kustomize(() => 'built'),
      2,
    );
    await expect(lost.exec.kustomize(TREE, 'app', FOREVER)).rejects.toMatchObject({ code: 'server-error' });
    expect(lost.calls).toHaveLength(2);
    expect(await keys()).toEqual([]);
  });

  test('nothing stays either when the caller gives up, or render leaves no manifests', async () => {
    const over = new AbortController();
    const gaveUp = handOver({
      kustomize: async () => {
        over.abort(new Error('over'));
        throw new Fault('timeout', 'too late');
      },
    });
    await expect(gaveUp.exec.kustomize(TREE, 'app', over.signal)).rejects.toThrow();
    expect(await keys()).toEqual([]);

    const invoke = async (): Promise<RenderAnswer> => ({ ok: true });
    const linkTo = async (key: string) => links + key;
    const silent = renderByCall({ store, linkTo, invoke, chance: systemChance });
    await expect(silent.kustomize(TREE, 'app', FOREVER)).rejects.toMatchObject({ code: 'server-error' });
    expect(await keys()).toEqual([]);
  });
});

describe('the form in which it travels', () => {
  test('gives back every file', () => {
    expect(unpackTree(packTree(TREE))).toEqual(
      new Map([...TREE].map(([path, bytes]) => [path, Buffer.from(bytes)])),
    );
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['something else', Buffer.from('PK')],
    ['a half', packTree(TREE).subarray(0, 40)],
  ])('%s is refused', (_, block) => {
    expect(() => unpackTree(block)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
