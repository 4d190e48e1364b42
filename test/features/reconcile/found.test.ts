import { describe, expect, test } from 'vitest';
import { keepFound } from '../../../shared/reconcile/found.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord, gitRepository, readyGitRepository, workMessage } from '../../builders.ts';
import { createWorld } from './world.ts';

const URL = 'https://git.example.com/podinfo.git';
const MINUTES = 10;

/** How often the index was read in a day of runs. */
async function looksInADay(object: ReturnType<typeof gitRepository>) {
  const world = createWorld();
  let looks = 0;
  const store = {
    ...world.store,
    head: (key: string) => {
      looks += 1;
      return world.store.head(key);
    },
  };
  const scope = {
    ...{ ports: { ...world.ports, store }, record: clusterRecord() },
    message: workMessage({ kind: 'GitRepository' }),
  } as unknown as Scope;
  for (let minute = 0; minute < 24 * 60; minute += MINUTES) {
    await world.clock.advance(MINUTES * 60_000);
    await keepFound(URL, object, MINUTES * 60_000, scope);
  }
  const keys: string[] = [];
  for await (const { key } of world.store.list('urls/')) keys.push(key);
  return { looks, keys };
}

describe('the index of repositories', () => {
  test('is looked at about once an hour for an object that does not change', async () => {
    const { looks, keys } = await looksInADay(readyGitRepository());

    expect(looks).toBeGreaterThanOrEqual(23);
    expect(looks).toBeLessThanOrEqual(36);
    expect(keys).toHaveLength(2);
  });

  test('is looked at in each run until a new spec was handled', async () => {
    const { looks } = await looksInADay(gitRepository({ metadata: { generation: 2 } }));

    expect(looks).toBe((24 * 60) / MINUTES);
  });
});
