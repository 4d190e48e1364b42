import { beforeAll, describe, test } from 'vitest';
import { dieEverywhere } from './crash/everywhere.ts';
import { useGrounds } from './crash/grounds.ts';
import { packShelves, type Shelves, SOURCE_SCENARIOS, startServers } from './crash/source-scenarios.ts';

const grounds = useGrounds('crash-source');
let shelves: Shelves;

beforeAll(async () => {
  shelves = await packShelves();
});

const open = async () => ({
  stage: await grounds.open(grounds.embedded),
  given: await startServers(grounds.commits, shelves),
});

describe('wherever the worker dies, a source comes to the same end', { timeout: 900_000 }, () => {
  for (const scenario of SOURCE_SCENARIOS)
    test(scenario.name, async ({ annotate }) => {
      await annotate(await dieEverywhere(scenario, open));
    });
});
