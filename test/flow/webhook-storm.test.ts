import { beforeAll, expect, test } from 'vitest';
import { useOwnPlane } from './own-plane.ts';
import { useWorld } from './setting.ts';
import { storm } from './storm.ts';

const own = useOwnPlane();
const setting = useWorld('storm', own.place);
const DELIVERIES = 200;
const KUSTOMIZATIONS = 200;

beforeAll(() => setting.world.start());

test('200 deliveries for one repository with 200 Kustomizations cost two fetches, and no Kustomization is applied more than twice (P7)', {
  timeout: 600_000,
}, async ({ annotate }) => {
  const { answered, applied, quiet, ...counts } = await storm(setting, DELIVERIES, KUSTOMIZATIONS);

  await annotate(
    `answered in ${answered} ms, applied after ${applied} ms, quiet after ${quiet} ms: ${JSON.stringify(counts)}`,
  );
  expect(counts.refused).toBe(0);
  expect(counts.newest).toBe(KUSTOMIZATIONS);
  expect(counts.fetches).toBeLessThanOrEqual(2);
  expect(counts.most).toBeLessThanOrEqual(2);
  expect(counts.fewest).toBeGreaterThanOrEqual(1);
});
