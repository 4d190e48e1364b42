import { beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { keepMirror, removeMirror } from '../../../shared/artifact/mirror.ts';
import { storeArtifact } from '../../../shared/artifact/store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { writeTarGz } from '../../../shared/core/tar/write-tar-gz.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { collect } from '../../contracts/collect.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const OWNER = { cluster: 'c1', kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const PREFIX = 'tree/c1/gitrepository/apps/podinfo/';
const MARKER = '.sluice-mirror.json';
const quiet = new AbortController().signal;

type Files = Readonly<Record<string, string>>;

let real: ObjectStore;
let log: string[];
let store: ObjectStore;

beforeEach(() => {
  real = createMemoryStore(createManualClock(NOW));
  log = [];
  store = {
    ...real,
    put: (key, body, condition) => {
      log.push(`put ${key.replace(PREFIX, '')}`);
      return real.put(key, body, condition);
    },
    delete: (key, condition) => {
      log.push(`delete ${key.replace(PREFIX, '')}`);
      return real.delete(key, condition);
    },
  };
});

/** Mirrors an artifact of these files through `through`; what was written on the way. */
async function mirror(
  files: Files,
  revision = 'r',
  through = store,
  signal = quiet,
): Promise<string | undefined> {
  const members = Object.entries(files).map(([path, text]) => ({
    path,
    kind: 'file' as const,
    data: Buffer.from(text),
  }));
  const packed = await writeTarGz(members, 1e9);
  const artifact = await storeArtifact(real, OWNER, { ...packed, revision, file: `${revision}.tar.gz` }, NOW);
  log.length = 0;
  return keepMirror(through, OWNER, artifact, signal);
}

async function mirrored(): Promise<Files> {
  const entries = await collect(real.list(PREFIX));
  const texts = entries
    .filter(({ key }) => key !== PREFIX + MARKER)
    .map(async ({ key }) => [
      key.slice(PREFIX.length),
      Buffer.from((await real.get(key))?.body ?? []).toString(),
    ]);
  return Object.fromEntries(await Promise.all(texts));
}

describe('a mirror', () => {
  test('is the files of the artifact, then a marker that tells which', async () => {
    const files = { 'a.yaml': 'a', 'b/c.yaml': 'c', __proto__x: 'p' };

    expect(await mirror(files, 'main@sha1:1')).toBeUndefined();

    expect(await mirrored()).toEqual(files);
    expect(log.at(-1)).toBe(`put ${MARKER}`);
    const marker = JSON.parse(Buffer.from((await real.get(PREFIX + MARKER))?.body ?? []).toString());
    expect(marker).toMatchObject({ revision: 'main@sha1:1', digest: expect.stringMatching(/^sha256:/) });
  });

  test('changes by the files that changed, then by deletions, then by the marker', async () => {
    await mirror({ 'same.yaml': 's', 'changes.yaml': '1', 'goes.yaml': 'g' }, 'r1');

    await mirror({ 'same.yaml': 's', 'changes.yaml': '2', 'comes.yaml': 'c' }, 'r2');

    expect(log).toEqual(['put changes.yaml', 'put comes.yaml', 'delete goes.yaml', `put ${MARKER}`]);
    expect(await mirrored()).toEqual({ 'same.yaml': 's', 'changes.yaml': '2', 'comes.yaml': 'c' });
  });

  test('is left alone while the artifact is the same', async () => {
    await mirror({ 'a.yaml': 'a' }, 'r1');
    await mirror({ 'a.yaml': 'a' }, 'r1');
    expect(log).toEqual([]);

    await mirror({ 'a.yaml': 'a' }, 'r2');
    expect(log).toEqual([`put ${MARKER}`]);
  });

  test('that broke off, or that somebody wrote into, is put right by the next artifact', async () => {
    await mirror({ a: '1', b: '1' }, 'r1');
    let left = 1;
    const dying: ObjectStore = {
      ...store,
      put: async (key, body) => {
        if (left-- <= 0) throw new Fault('unreachable', 'gone');
        return store.put(key, body);
      },
    };
    await faultOf(mirror({ a: '2', b: '2' }, 'r2', dying), 'unreachable');
    await real.put(`${PREFIX}stray`, Buffer.from('x'));

    await mirror({ a: '1', b: '1' }, 'r3');

    expect(await mirrored()).toEqual({ a: '1', b: '1' });
  });

  test('ends in time, and goes on at the next try', async () => {
    await faultOf(mirror({ a: '1' }, 'r1', store, AbortSignal.abort()), 'timeout');
    await mirror({ a: '1' }, 'r1');

    expect(await mirrored()).toEqual({ a: '1' });
  });

  test.each<[string, Files]>([
    ['a path that no key can hold', { [`${'x'.repeat(200)}/`.repeat(5)]: '' }],
    ['a file in the place of the marker', { [MARKER]: '{}' }],
    ['too many files', Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`f${i}`, '']))],
  ])('is refused, once, with %s', async (name, files) => {
    const odd = name.startsWith('a path') ? { [`${Object.keys(files)[0]}x`]: '' } : files;

    expect(await mirror(odd, 'r1')).toEqual(expect.any(String));
    expect(await mirror(odd, 'r1')).toBeUndefined();
    expect(await mirrored()).toEqual({});
  });

  test('goes with its object, whole and alone', async () => {
    await mirror({ a: '1', b: '2' });
    await real.put('tree/c1/gitrepository/apps/podinfo-2/a', Buffer.from('x'));

    expect(await removeMirror(store, OWNER)).toBe(3);
    expect((await collect(real.list('tree/'))).map(({ key }) => key)).toEqual([
      'tree/c1/gitrepository/apps/podinfo-2/a',
    ]);
  });

  test.each(['not json', '[]', '{"files":null}', '{"files":{"a":7}}'])(
    'with a broken marker is made anew: %s',
    async (text) => {
      await mirror({ a: '1' }, 'r1');
      await real.put(PREFIX + MARKER, Buffer.from(text));
      await real.put(`${PREFIX}a`, Buffer.from('old'));

      await mirror({ a: '1' }, 'r1');

      expect(await mirrored()).toEqual({ a: '1' });
    },
  );
});
