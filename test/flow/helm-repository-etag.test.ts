import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { serve } from '../features/http/web-server.ts';
import { create, edit, type Reconciled, reconcile } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import { secretsIn, told, useWorld } from './setting.ts';

const setting = useWorld('helm-etags');
const putSecret = secretsIn(setting);
const indexOf = (version: string): string => indexYaml({ app: [versionYaml('app', version)] });
const revisionOf = (index: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(index).digest('hex')}`;

/** What a server has, and how it answers a HEAD. */
interface Served {
  index: string;
  etag: string | undefined;
  /** Where it differs. */
  headEtag?: string;
  head?: 'refused' | 'broken';
  password?: string;
}

async function serveIndex(has: Served) {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.method ?? '');
    const isHead = request.method === 'HEAD';
    const proof = `Basic ${Buffer.from(`ada:${has.password}`).toString('base64')}`;
    if (has.password !== undefined && request.headers.authorization !== proof)
      return void response.writeHead(401).end();
    if (isHead && has.head === 'broken') return void request.socket.destroy();
    if (isHead && has.head === 'refused') return void response.writeHead(405).end();
    const etag = isHead ? (has.headEtag ?? has.etag) : has.etag;
    response.writeHead(200, etag === undefined ? {} : { etag }).end(has.index);
  });
  return { url, asked, has };
}

const visit = (name: string): Promise<Reconciled> => reconcile(setting.world, helmAt(setting, name));
const revision = ({ status }: Reconciled): string | undefined => status.artifact?.revision;

async function start(name: string, has: Served, spec: object = {}) {
  const server = await serveIndex(has);
  await create(setting.world, helmRepository(setting, name, server.url, spec));
  const first = await visit(name);
  expect(revision(first)).toBe(revisionOf(has.index));
  return { ...server, first };
}

describe('an index whose server tells its etag', () => {
  test('[HR-04 unchanged] [HR-07 fresh] costs a HEAD while it is the same, and is fetched when it is another', async () => {
    const { asked, has, first } = await start('plain', { index: indexOf('1.0.0'), etag: '"one"' });
    expect(asked).toEqual(['HEAD', 'GET']);

    const same = await visit('plain');
    expect(asked.splice(2)).toEqual(['HEAD']);
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);

    Object.assign(has, { index: indexOf('2.0.0'), etag: '"two"' });
    expect(revision(await visit('plain'))).toBe(revisionOf(has.index));
    expect(asked.splice(2)).toEqual(['HEAD', 'GET']);
  });

  test('another etag of the same bytes is noted, and told to nobody', async () => {
    const { asked, has, first } = await start('touched', { index: indexOf('1.0.0'), etag: '"one"' });
    has.etag = '"two"';

    const second = await visit('touched');
    const third = await visit('touched');

    expect(asked).toEqual(['HEAD', 'GET', 'HEAD', 'GET', 'HEAD']);
    expect([second, third].map(({ metadata }) => metadata.resourceVersion)).toEqual(
      Array(2).fill(first.metadata.resourceVersion),
    );
  });

  test.each<[string, Partial<Served>]>([
    ['a weak etag', { etag: 'W/"one"' }],
    ['none', { etag: undefined }],
    ['none to a HEAD', { head: 'refused' }],
    ['nothing to a HEAD', { head: 'broken' }],
  ])(
    'a server that tells %s is asked for the whole each time, and by no further HEAD',
    async (what, kind) => {
      const name = what.replaceAll(' ', '-').toLowerCase();
      const { asked, has, first } = await start(name, { index: indexOf('1.0.0'), etag: '"one"', ...kind });
      asked.length = 0;

      const same = await visit(name);
      has.index = indexOf('2.0.0');
      const other = await visit(name);

      expect(asked).toEqual(['GET', 'GET']);
      expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      expect(revision(other)).toBe(revisionOf(has.index));
    },
  );

  test('an older answer to the GET than to the HEAD is not taken for the new one', async () => {
    const old = { index: indexOf('1.0.0'), etag: '"old"', headEtag: '"new"' };
    const { has } = await start('behind', old);

    Object.assign(has, { index: indexOf('2.0.0'), etag: '"new"' });

    expect(revision(await visit('behind'))).toBe(revisionOf(has.index));
  });

  test('another server with the same etag is another index', async () => {
    await start('moved', { index: indexOf('1.0.0'), etag: '"1"' });
    const other = await serveIndex({ index: indexOf('9.0.0'), etag: '"1"' });
    await edit(setting.world, helmAt(setting, 'moved'), { spec: { url: other.url } });

    expect(revision(await visit('moved'))).toBe(revisionOf(other.has.index));
  });

  test('a lost artifact is made anew, whatever the etag says', async () => {
    const { first } = await start('lost', { index: indexOf('1.0.0'), etag: '"one"' });
    const { store } = setting.world.runtime.ports;
    const key = `blobs/${first.status.artifact?.digest.slice('sha256:'.length)}`;
    await store.put(key, Buffer.from('rotten'));

    const cured = await visit('lost');

    expect(cured.status.artifact?.digest).toBe(first.status.artifact?.digest);
    const body = (await store.get(key))?.body ?? new Uint8Array();
    expect(revisionOf(body)).toBe(first.status.artifact?.digest);
  });

  test('who is let in no more is told so, and gets nothing of what others fetched', async () => {
    await putSecret('right', { username: 'ada', password: 'word' });
    await putSecret('wrong', { username: 'ada', password: 'guess' });
    const has = { index: indexOf('1.0.0'), etag: '"one"', password: 'word' };
    const { url } = await start('guarded', has, { secretRef: { name: 'right' } });
    await create(
      setting.world,
      helmRepository(setting, 'guessing', url, { secretRef: { name: 'wrong' } }),
      helmRepository(setting, 'nobody', url),
    );
    await edit(setting.world, helmAt(setting, 'guarded'), { spec: { secretRef: { name: 'wrong' } } });

    for (const name of ['guarded', 'guessing', 'nobody'])
      expect(told(await visit(name), 'FetchFailed')).toMatch(/^True Failed: .* 401 Unauthorized$/);
    expect((await visit('nobody')).status.artifact).toBeUndefined();
  });
});
