import { describe, test } from 'vitest';
import { dieEverywhere } from './crash/everywhere.ts';
import { useGrounds } from './crash/grounds.ts';
import { SCENARIOS } from './crash/scenarios.ts';
import type { Ground } from './crash/stage.ts';

const grounds = useGrounds('crash');

const openOn = (ground: Ground) => async () => ({
  stage: await grounds.open(ground),
  given: grounds.commits,
});

describe('wherever the worker dies, the next one comes to the same end', { timeout: 900_000 }, () => {
  for (const scenario of SCENARIOS)
    test(`${scenario.name}, on the embedded cluster`, async ({ annotate }) => {
      await annotate(await dieEverywhere(scenario, openOn(grounds.embedded)));
    });

  test('an upgrade that prunes, on a real API server', async ({ annotate }) => {
    const scenario = SCENARIOS.find(({ name }) => name === 'an upgrade that prunes');
    if (scenario === undefined) throw new Error('no such scenario');
    await annotate(await dieEverywhere(scenario, openOn(grounds.real)));
  });
});
