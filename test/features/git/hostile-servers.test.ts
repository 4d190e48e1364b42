import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { packetLine } from '../../../shared/adapters/git/pkt-line.ts';
import { fetchArtifact, resolveRemote } from '../../../shared/artifact/git-source.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { GitRemote } from '../../../shared/ports.ts';
import { noise } from '../../contracts/blobs.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit, git } from '../../servers/git-http.ts';
import { copy, delta, idOf, insert, packOf, TYPE, treeEntry } from '../artifact/packs.ts';
import { serve } from '../http/web-server.ts';
import { gitWorld } from './git-world.ts';
import { fetchWhole, follow } from './incremental.ts';
import { serveRepository, WAYS } from './incremental-worlds.ts';

const LARGE = noise(100 * 1024);

describe('[GR-05 incremental] a server that answers what is new with something else', () => {
  test.each<[string, (known: Buffer) => Uint8Array]>([
    ['nothing', () => packOf([])],
    ['a broken pack', () => packOf([]).fill(1, 12)],
    ['a pack with a wrong checksum', () => Buffer.concat([packOf([]).subarray(0, -20), Buffer.alloc(20)])],
    ['a delta whose base nobody has', () => packOf([onBase(Buffer.alloc(20, 1), delta(1, 1, insert('x')))])],
    ['a delta of another base', (known) => packOf([onBase(idOf('blob', known), delta(7, 1, insert('x')))])],
    [
      'a delta that copies beyond its base',
      (known) => packOf([onBase(idOf('blob', known), delta(known.length, 9, copy(known.length - 2, 9)))]),
    ],
    [
      'a delta that makes terabytes',
      (known) => packOf([onBase(idOf('blob', known), delta(known.length, 2 ** 40, copy(0, 9)))]),
    ],
    ['another commit with a tree of its own', () => lies()],
  ])('costs a whole fetch: %s', async (_what, answer) => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: LARGE, a: '1' }, 'first');
    let lying = false;
    const follower = follow((): GitRemote => {
      const remote = open();
      return {
        ...remote,
        fetchPack: async (fetch, most) =>
          lying && fetch.have ? answer(LARGE) : remote.fetchPack(fetch, most),
      };
    });
    await follower.fetch();
    await commit(directory, { a: '2' }, 'second');
    lying = true;

    const { digest } = await follower.fetch();

    expect(follower.fetches.length).toBe(2);
    expect(digest).toBe(await fetchWhole(open()));
  });

  test.each<[FaultCode, object?]>([
    ['timeout'],
    ['unreachable'],
    ['unauthorized'],
    ['throttled'],
    ['server-error', { status: 503 }],
    ['not-found', { status: 404 }],
  ])('is not asked again at once after %s', async (code, data = {}) => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: LARGE, a: '1' }, 'first');
    let broken = false;
    const follower = follow((): GitRemote => {
      const remote = open();
      return {
        ...remote,
        async fetchPack(fetch, most) {
          if (broken) throw new Fault(code, 'no', { ...data });
          return remote.fetchPack(fetch, most);
        },
      };
    });
    await follower.fetch();
    await commit(directory, { a: '2' }, 'second');
    broken = true;

    await faultOf(follower.fetch(), code);

    expect(follower.fetches).toHaveLength(1);
  });
});

test.each(WAYS)(
  'over %s, version %i, a branch that moves between the look and the fetch gives the commit that was seen, or none',
  async (transport, version) => {
    const { directory, open } = await serveRepository([transport, version]);
    const seen = await commit(directory, { a: 'seen' }, 'seen');
    const remote = open();
    const resolved = await resolveRemote(remote, { branch: 'main' });
    await git(directory, ['update-ref', '-d', 'refs/heads/main']);
    await commit(directory, { a: 'moved' }, 'moved');

    const fetched = await fetchArtifact(remote, resolved).catch((error: unknown) => error as Fault);

    if (fetched instanceof Fault) expect(fetched.code).toBe('not-found');
    else {
      expect(fetched.commit.id).toBe(seen);
      expect(String(readTarGz(fetched.body, DEFAULT_LIMITS).get('a'))).toBe('seen');
    }
  },
);

describe('a server that does not end', () => {
  test.each([
    ['its progress', packetLine(`\x02${'.'.repeat(900)}\n`)],
    ['its pack', packetLine(`\x01${'x'.repeat(900)}`)],
    ['what it says before its pack', packetLine(`${'acknowledgments'.repeat(50)}\n`)],
  ])('%s is cut at what a pack may be', async (_what, line) => {
    const world = await gitWorld();
    const url = await serve((_request, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-result');
      response.write(packetLine('packfile\n'));
      pour(response, Buffer.from(line.repeat(50), 'latin1'));
    });

    const fault = await faultOf(
      world.open({}, `${url}/app.git`).fetchPack({ want: ['1'.repeat(40)] }, 100_000),
      'too-large',
    );

    expect(fault.message).toMatch(/larger than/);
  });
});

function onBase(base: Buffer, data: Buffer): { type: number; data: Buffer; base: Buffer } {
  return { type: TYPE.refDelta, data, base };
}

/** A commit that nobody asked for. */
function lies(): Uint8Array {
  const tree = treeEntry('100644', 'a', idOf('blob', 'lie'));
  const data = `tree ${idOf('tree', tree).toString('hex')}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx`;
  return packOf([
    { type: TYPE.blob, data: 'lie' },
    { type: TYPE.tree, data: tree },
    { type: TYPE.commit, data },
  ]);
}

/** Writes until nobody listens. */
function pour(response: ServerResponse, bytes: Buffer): void {
  const more = (): void => {
    while (!response.destroyed && response.write(bytes));
  };
  response.on('drain', more);
  more();
}
