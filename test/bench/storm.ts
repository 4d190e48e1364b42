import { storm } from '../flow/storm.ts';
import { withWorld } from './cluster.ts';
import type { BenchRow } from './row.ts';

const DELIVERIES = 200;
const SIZES = [200];
const NAMESPACE = 'storm';

/** P7: 200 deliveries for one repository at once, while it changes once more. */
export async function run(sizes: readonly number[] = SIZES): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of sizes) rows.push(...(await runOnce(size)));
  return rows;
}

function runOnce(size: number): Promise<BenchRow[]> {
  const requests: { method: string; path: string }[] = [];
  return withWorld(
    async (world) => {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
      await world.cluster.create(namespace, { fieldManager: 'bench' });
      world.start();
      const seen = await storm({ world, namespace: NAMESPACE, requests }, DELIVERIES, size);
      const what = `${DELIVERIES} deliveries, ${size} Kustomizations`;
      const row = (name: string, ours: number, unit: string, note?: string): BenchRow => {
        return { id: 'P7', what: `${what}, ${name}`, ours, unit, ...(note !== undefined && { note }) };
      };
      return [
        row('fetches', seen.fetches, 'fetches', `${seen.looks} looks at the refs; at most 2`),
        row('applies of one, the most', seen.most, 'applies', `at least ${seen.fewest}; at most 2`),
        row('at the newest revision', seen.newest, 'objects'),
        row('until all are applied', seen.applied / 1000, 's', `answered after ${seen.answered} ms`),
      ];
    },
    { onRequest: (request) => requests.push(request) },
  );
}
