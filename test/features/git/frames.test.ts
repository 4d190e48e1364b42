import { describe, expect, test } from 'vitest';
import { blobKey } from '../../../shared/artifact/blobs.ts';
import { type ArtifactPointer, pointerKey, writePointer } from '../../../shared/artifact/store.ts';
import { noise } from '../../contracts/blobs.ts';
import { commit } from '../../servers/git-http.ts';
import {
  bytesOf,
  type Follower,
  fetchWhole,
  follow,
  loseFrame,
  OWNER,
  PATH,
  pointerOf,
} from './incremental.ts';
import { serveRepository } from './incremental-worlds.ts';

/** Of a repository that is worth remembering. */
const LARGE = noise(100 * 1024);

describe('[GR-05 incremental] what is kept and is no good', () => {
  test.each<[string, (follower: Follower, pointer: ArtifactPointer) => Promise<unknown>]>([
    ['the frame is lost', ({ store }, { frame }) => store.delete(blobKey(frame?.digest ?? ''))],
    ['the frame is damaged', ({ store }, { frame }) => store.put(blobKey(frame?.digest ?? ''), LARGE)],
    ['the artifact is lost', ({ store }, { digest }) => store.delete(blobKey(digest))],
    ['the artifact is damaged', ({ store }, { digest }) => store.put(blobKey(digest), LARGE)],
    ['the pointer is no pointer', ({ store }) => store.put(pointerKey(OWNER, PATH), Buffer.from('{"frame"'))],
    [
      'the frame is of another repository',
      (follower, pointer) => renote(follower, pointer, { of: 'another' }),
    ],
    [
      'the frame is the artifact',
      (follower, pointer) => renote(follower, pointer, { digest: pointer.digest }),
    ],
    ['the frame is of no digest', (follower, pointer) => renote(follower, pointer, { digest: '../secrets' })],
    [
      'the frame is of another commit',
      (follower, pointer) => renote(follower, pointer, { commit: '1'.repeat(40) }),
    ],
  ])('costs a whole fetch: %s', async (_what, harm) => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: LARGE, a: '1', 'deep/b': '1' }, 'first');
    const follower = follow(open);
    await follower.fetch();
    await harm(follower, await pointerOf(follower));
    await commit(directory, { a: '2' }, 'second');

    const { digest } = await follower.fetch();

    expect(bytesOf(follower)).toBeGreaterThan(LARGE.length);
    expect(digest).toBe(await fetchWhole(open()));
  });

  test('costs no more than it saves when a store does not take it', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: LARGE, a: '1' }, 'first');
    const follower = follow(open);
    await follower.fetch();
    await loseFrame(follower);

    await follower.fetch();

    expect(follower.fetches).toHaveLength(1);
  });
});

async function renote({ store }: Follower, pointer: ArtifactPointer, note: object): Promise<void> {
  const frame = { ...pointer.frame, ...note } as NonNullable<ArtifactPointer['frame']>;
  await writePointer(store, pointerKey(OWNER, PATH), { ...pointer, frame });
}
