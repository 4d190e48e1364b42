import { expect, test } from 'vitest';
import { forgetCluster } from '../../../infra/cli/forget.ts';
import type { State } from '../../../infra/cli/state.ts';
import { systemChance as chance, systemClock as clock } from '../../../shared/adapters/local/system.ts';
import { putHook } from '../../../shared/receive/hook-index.ts';
import { keepRepository } from '../../../shared/receive/repository-index.ts';
import { openStoredState } from '../../control-plane/cli-state.ts';
import { entry, KEY } from '../receive/world.ts';
import { openSession } from './recorded-world.ts';

test('a cluster that is forgotten leaves neither webhooks nor repositories behind, and those of others stay', async () => {
  const state = await openStoredState(openSession());
  const { store } = state;
  const digest = 'd'.repeat(64);
  for (const cluster of ['c1', 'c2']) {
    const owner = { cluster, namespace: 'apps', name: 'web' };
    await putHook({ store, clock, chance }, KEY, digest, entry({ owner }));
    await keepRepository(store, { ...owner, kind: 'GitRepository' }, 'https://host/org/app');
  }

  await forgetCluster(state as unknown as State, 'c1');

  const left: string[] = [];
  for await (const { key } of store.list('')) left.push(key);
  expect(left.filter((key) => key.includes('c1'))).toEqual([]);
  expect(left.filter((key) => key.includes('c2/GitRepository/apps/web'))).toHaveLength(2);
  const stored = Buffer.from((await store.get(`hooks/${digest}`))?.body ?? '').toString();
  expect(stored).toContain('c2/apps/web');
  expect(stored).not.toContain('c1/apps/web');
});
