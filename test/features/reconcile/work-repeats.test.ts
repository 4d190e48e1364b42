import { describe, expect, test } from 'vitest';
import type { WorkMessage } from '../../../shared/core/messages.ts';
import { work } from '../../../shared/reconcile/work.ts';
import { delivery, readyGitRepository, workMessage } from '../../builders.ts';
import { createWorld } from './world.ts';

const { signal } = new AbortController();

/** Handles messages about one source in one batch; how often its remote was asked, and who is done with. */
async function batchOf(messages: readonly Partial<WorkMessage>[]) {
  const world = createWorld({ objects: [readyGitRepository()] });
  let asked = 0;
  const ask = async (): Promise<never> => {
    throw new TypeError('a bug');
  };
  const git = {
    open: () => {
      asked++;
      return { lsRefs: ask, fetchPack: ask };
    },
  };
  const batch = messages.map((message, index) =>
    delivery(String(index), workMessage({ kind: 'GitRepository', ...message })),
  );
  const settled = await work(batch, { ...world.ports, git }, signal);
  return { asked, settled: settled.map(({ id, ok }) => `${id} ${ok}`) };
}

describe('messages for one object that lie in the queue together', () => {
  const webhook = { reason: 'delivery', trace: 'one' } as const;

  test('ask for one run when webhooks sent them, and all are done with it', async () => {
    const { asked, settled } = await batchOf([webhook, { ...webhook, trace: 'two' }, webhook]);

    expect(asked).toBe(1);
    expect(settled).toEqual(['0 true', '1 true', '2 true']);
  });

  test.each<readonly [string, Partial<WorkMessage>]>([
    ['a retry', { reason: 'retry', hops: 1 }],
    ['a visit of the sweep', { reason: 'sweep' }],
    ['one that broke off', { ...webhook, interrupted: true }],
    ['a later hop', { ...webhook, hops: 1 }],
  ])('ask for a run of its own when it is %s', async (_what, other) => {
    expect((await batchOf([webhook, other, webhook])).asked).toBe(3);
  });
});
