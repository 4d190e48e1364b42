import { expect, test } from 'vitest';
import { fetchArtifact, resolveRemote } from '../../../shared/artifact/git-source.ts';
import type { GitRemote } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit, git, tag } from '../../servers/git-http.ts';
import { follow } from './incremental.ts';
import { serveRepository } from './incremental-worlds.ts';

/** Tells of every tag that it is at `commit`, and sends that along. */
function lying(remote: GitRemote, commit: string): GitRemote {
  return {
    lsRefs: async (prefixes) => {
      const refs = await remote.lsRefs(prefixes);
      return refs.map((ref) => (ref.peeled === undefined ? ref : { ...ref, peeled: commit }));
    },
    fetchPack: (fetch, most) => remote.fetchPack({ ...fetch, want: [...fetch.want, commit] }, most),
  };
}

test('[GR-17 modes] a server cannot pass another commit off as the one that a signed tag names', async () => {
  const { directory, open } = await serveRepository(['http', 2]);
  const meant = await commit(directory, { a: 'meant' }, 'first');
  await tag(directory, 'v1', meant, 'signed by somebody');
  const other = await commit(directory, { a: 'other' }, 'second');
  const remote = lying(open(), other);
  const verified: unknown[] = [];
  const verify = async (raw: unknown) => void verified.push(raw);

  const resolved = await resolveRemote(remote, { tag: 'v1' });
  const fault = await faultOf(fetchArtifact(remote, resolved, { verify }), 'malformed');

  expect(resolved.commit).toBe(other);
  expect(fault.message).toBe(
    `the Git server says that tag ${resolved.want} is at ${other}; it is at ${meant}`,
  );
  expect(verified).toEqual([]);
});

test('[GR-17 modes] nor one that was fetched before', async () => {
  const { directory, open } = await serveRepository(['http', 2]);
  const meant = await commit(directory, { a: 'meant' }, 'first');
  await tag(directory, 'v1', meant, 'signed by somebody');
  const other = await commit(directory, { a: 'other' }, 'second');
  const follower = follow(() => lying(open(), other));
  await follower.fetch();

  await faultOf(follower.fetch({}, { tag: 'v1' }), 'malformed');
});

test('a tag of a tag is at the commit that the last of them names', async () => {
  const { directory, open } = await serveRepository(['http', 2]);
  const id = await commit(directory, { a: '1' }, 'first');
  const inner = await tag(directory, 'inner', id, 'of a commit');
  await tag(directory, 'outer', inner, 'of a tag');
  await git(directory, ['tag', '-d', 'inner']);

  const resolved = await resolveRemote(open(), { tag: 'outer' });

  expect((await fetchArtifact(open(), resolved)).commit.id).toBe(id);
});
