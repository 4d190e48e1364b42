import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { sweepBlobs } from '../../../shared/artifact/blob-sweep.ts';
import { keepFrame } from '../../../shared/artifact/git-base.ts';
import { removeArtifacts, storeArtifact } from '../../../shared/artifact/store.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { collect } from '../../contracts/collect.ts';

const OWNER = { cluster: 'c1', kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const DAY = 24 * 3_600_000;

test('what the next fetch builds on lives as long as its artifact, and no longer', async () => {
  const clock = createManualClock();
  const store = createMemoryStore(clock);
  const [body, frame] = [Buffer.from('artifact'), Buffer.from('frame')];
  const digest = await keepFrame(store, { body: frame, digest: `sha256:${sha256Hex(frame)}` }, clock.now());
  const note = { of: 'repository', commit: '1'.repeat(40), digest: digest ?? '' };
  const artifact = {
    file: 'a.tar.gz',
    revision: 'main',
    body,
    digest: `sha256:${sha256Hex(body)}`,
    frame: note,
  };
  await storeArtifact(store, OWNER, artifact, clock.now());
  await clock.advance(2 * DAY);

  const advertised = await sweepBlobs(store, clock);
  await removeArtifacts(store, OWNER);
  const removed = await sweepBlobs(store, clock);

  expect([advertised.deleted, removed.deleted]).toEqual([0, 2]);
  expect(await collect(store.list('blobs/'))).toEqual([]);
});
